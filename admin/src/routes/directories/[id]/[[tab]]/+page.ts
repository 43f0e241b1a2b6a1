import { error } from "@sveltejs/kit";
import { call } from "#console/api/call.ts";
import { directoryTabs } from "#console/directories/directory-tabs.ts";
import { pageOf } from "#console/list/address.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ params, url, depends }) => {
  depends("console:page");
  const tab = directoryTabs.find((name) => name === (params.tab ?? "connect"));
  if (tab === undefined) error(404);
  const failed = url.searchParams.get("failed") === "yes" ? ("yes" as const) : undefined;
  const page = tab === "connect" ? { limit: 8 } : pageOf(url);
  return {
    tab,
    id: params.id,
    requests:
      tab === "settings"
        ? undefined
        : call("listDirectoryRequests", { params: { id: params.id }, query: { ...page, failed } }),
  };
};
