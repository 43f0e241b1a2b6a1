import { call } from "#console/api/call.ts";
import { pageOf } from "#console/list/address.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ url, depends }) => {
  depends("console:page");
  const q = url.searchParams.get("q") ?? undefined;
  return { groups: call("listGroups", { query: { ...pageOf(url), q } }) };
};
