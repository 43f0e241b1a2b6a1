import { call } from "#console/api/call.ts";
import { usersFilterOf } from "#console/exports/export-form.ts";
import { filterOf } from "#console/users/list-query.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ url, depends }) => {
  depends("console:page");
  const filter = url.searchParams.get("data") === "log" ? undefined : usersFilterOf(url);
  return {
    attributes: call("listAttributes"),
    /** How many users the filter of the list leaves. */
    matching: filter === undefined ? undefined : call("countUsers", { query: filterOf(url) }),
  };
};
