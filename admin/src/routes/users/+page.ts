import { call } from "#console/api/call.ts";
import { attributeIn, columnsIn, rememberedColumns } from "#console/users/columns.svelte.ts";
import { listQuery } from "#console/users/list-query.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ url, depends, parent }) => {
  depends("console:page");
  const { me } = await parent();
  const columns = columnsIn(url) ?? rememberedColumns(me?.userId ?? null);
  const attributes = columns.flatMap((column) => attributeIn(column) ?? []);
  return {
    users: call("listUsers", { query: { ...listQuery(url), attributes: attributes.join(",") } }),
    attributes: call("listAttributes"),
  };
};
