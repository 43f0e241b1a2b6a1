import { call } from "#console/api/call.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ params, depends }) => {
  depends("console:page");
  return {
    id: params.id,
    resource: call("getResource", { params }),
    apps: call("listApps", { query: { limit: 200 } }),
  };
};
