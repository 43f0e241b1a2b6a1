import { call } from "#console/api/call.ts";
import type { LayoutLoad } from "./$types";

export const load: LayoutLoad = ({ params, depends }) => {
  depends("console:group");
  return { group: call("getGroup", { params }) };
};
