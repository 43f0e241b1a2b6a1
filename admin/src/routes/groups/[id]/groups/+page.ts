import { call } from "#console/api/call.ts";
import { pageOf } from "#console/list/address.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ params, url, depends }) => {
  depends("console:page");
  const q = url.searchParams.get("q") ?? undefined;
  return { id: params.id, groups: call("listGroupGroups", { params, query: { ...pageOf(url), q } }) };
};
