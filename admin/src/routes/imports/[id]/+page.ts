import { rowKinds } from "#contract/imports.ts";
import { call } from "#console/api/call.ts";
import { pageOf } from "#console/list/address.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ params, url, depends }) => {
  depends("console:import");
  depends("console:page");
  const kind = rowKinds.find((name) => name === url.searchParams.get("kind"));
  return {
    id: params.id,
    kind,
    one: call("getImport", { params }),
    rows: call("listImportRows", { params, query: { ...pageOf(url), kind } }),
    attributes: call("listAttributes"),
  };
};
