import { call } from "#console/api/call.ts";
import { listQuery } from "#console/users/list-query.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ url, depends }) => {
  depends("console:page");
  return { users: call("listUsers", { query: listQuery(url) }) };
};
