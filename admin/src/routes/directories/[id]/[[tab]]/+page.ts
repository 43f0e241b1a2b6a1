import { error } from "@sveltejs/kit";
import { call } from "#console/api/call.ts";
import { directoryTabs } from "#console/directories/directory-tabs.ts";
import { failedOf, requestQuery } from "#console/directories/request-query.ts";
import { pageOf } from "#console/list/address.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ params, url, depends }) => {
  depends("console:page");
  const tab = directoryTabs.find((name) => name === (params.tab ?? "connect"));
  if (tab === undefined) error(404);
  const of = { id: params.id };
  const owned = { ...pageOf(url), q: url.searchParams.get("q") ?? undefined };
  const latest = { limit: 8, failed: failedOf(url) };
  const isAbout = (...tabs: (typeof tab)[]) => tabs.includes(tab);
  return {
    tab,
    id: params.id,
    requests: isAbout("connect", "requests")
      ? call("listDirectoryRequests", { params: of, query: tab === "connect" ? latest : requestQuery(url) })
      : undefined,
    users: isAbout("users") ? call("listDirectoryUsers", { params: of, query: owned }) : undefined,
    groups: isAbout("groups") ? call("listDirectoryGroups", { params: of, query: owned }) : undefined,
    tests: isAbout("connect", "test") ? call("listDirectoryTests", { params: of }) : undefined,
  };
};
