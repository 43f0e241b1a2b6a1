import { call } from "#console/api/call.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ depends }) => {
  depends("console:page");
  return { roles: call("listRoles") };
};
