import { error } from "@sveltejs/kit";
import { call } from "#console/api/call.ts";
import { appTabs } from "#console/apps/app-tabs.ts";
import { pageOf } from "#console/list/address.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = ({ params, url, depends }) => {
  depends("console:page");
  const tab = appTabs.find((name) => name === (params.tab ?? "connect"));
  if (tab === undefined) error(404);
  const { id } = params;
  const holderQuery = { ...pageOf(url), q: url.searchParams.get("q") ?? undefined };
  const of = url.searchParams.get("of");
  return {
    tab,
    id,
    assignments: tab === "access" ? call("listAppAssignments", { params: { id }, query: holderQuery }) : undefined,
    permissions: tab === "permissions" ? call("listEntitlements", { params: { id } }) : undefined,
    holders:
      tab === "permissions" && of !== null
        ? call("listEntitlementHolders", { params: { id, entitlementId: of }, query: holderQuery })
        : undefined,
    logouts: tab === "signouts" ? call("listAppLogouts", { params: { id }, query: pageOf(url) }) : undefined,
  };
};
