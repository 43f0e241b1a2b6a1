import { error } from "@sveltejs/kit";
import { call } from "#console/api/call.ts";
import { pageOf } from "#console/list/address.ts";
import { logQuery } from "#console/logs/log-query.ts";
import { userTabs } from "#console/users/user-tabs.ts";
import type { PageLoad } from "./$types";

const groupQuery = (url: URL) => ({ ...pageOf(url), q: url.searchParams.get("q") ?? undefined });

export const load: PageLoad = ({ params, url, depends }) => {
  depends("console:page");
  const tab = userTabs.find((name) => name === (params.tab ?? "profile"));
  if (tab === undefined) error(404);
  const { id } = params;
  return {
    tab,
    id,
    groups: tab === "groups" ? call("listUserGroups", { params: { id }, query: groupQuery(url) }) : undefined,
    apps: tab === "apps" ? call("listUserApps", { params: { id } }) : undefined,
    attributes: tab === "profile" ? call("listAttributes") : undefined,
    devices: tab === "devices" || tab === "security" ? call("listUserDevices", { params: { id } }) : undefined,
    identities: tab === "security" ? call("listUserIdentities", { params: { id } }) : undefined,
    // Who may not see the connections sees what is linked, and links nothing.
    connections: tab === "security" ? call("listConnections").catch(() => ({ items: [] })) : undefined,
    sessions: tab === "sessions" ? call("listUserSessions", { params: { id } }) : undefined,
    events:
      tab === "log"
        ? call("listEvents", { query: { ...logQuery(url), subject: id } })
        : tab === "profile"
          ? call("listEvents", { query: { subject: id, limit: 6 } })
          : undefined,
  };
};
