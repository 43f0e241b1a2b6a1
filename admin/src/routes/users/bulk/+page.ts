import { call } from "#console/api/call.ts";
import { pageOf } from "#console/list/address.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ url, depends }) => {
  depends("console:bulk");
  return { jobs: call("listBulkJobs", { query: pageOf(url) }) };
};
