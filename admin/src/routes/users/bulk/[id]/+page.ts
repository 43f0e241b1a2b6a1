import { bulkOutcomes } from "#contract/bulk.ts";
import { call } from "#console/api/call.ts";
import { pageOf } from "#console/list/address.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ params, url, depends }) => {
  depends("console:bulk");
  const outcome = bulkOutcomes.find((name) => name === url.searchParams.get("outcome"));
  return {
    outcome,
    job: call("getBulkJob", { params }),
    results: call("listBulkResults", { params, query: { ...pageOf(url), outcome } }),
  };
};
