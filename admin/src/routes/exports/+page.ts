import { call } from "#console/api/call.ts";
import { pageOf } from "#console/list/address.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ url, depends }) => {
  depends("console:page");
  return { exports: call("listExports", { query: pageOf(url) }) };
};
