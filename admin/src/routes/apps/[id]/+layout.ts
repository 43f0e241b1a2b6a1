import { call } from "#console/api/call.ts";
import type { LayoutLoad } from "./$types";

export const load: LayoutLoad = ({ params, depends }) => {
  depends("console:app");
  return { app: call("getApp", { params }) };
};
