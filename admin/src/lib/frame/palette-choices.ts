import { resolve } from "$app/paths";
import { call } from "#console/api/call.ts";
import type { IconName } from "#console/parts/icons.ts";
import { userTabs } from "#console/users/user-tabs.ts";
import { say, viewer } from "#console/words/say.svelte.ts";
import { sectionGroups } from "./sections.ts";

/** Somewhere that the palette leads to. */
export interface Choice {
  icon: IconName;
  text: string;
  kind: string;
  href: string;
}

/** The sections of the console, what can be begun, and the settings: all that needs no asking. */
export function knownPlaces(): Choice[] {
  const sections = sectionGroups
    .flatMap((group) => group.sections)
    .map(({ icon, name, href }) => ({ icon, text: say.sections[name], kind: say.palette.section, href }));
  const begin = (text: string, href: string): Choice => ({ icon: "plus", text, kind: say.people.palette.action, href });
  return [
    ...sections,
    begin(say.users.create, resolve("/users/new")),
    begin(say.people.palette.createApp, resolve("/apps/new")),
    begin(say.people.palette.createApi, resolve("/apis/new")),
    begin(say.people.palette.createConnection, resolve("/connections/new")),
    begin(say.attributes.create, resolve("/attributes/new")),
    { icon: "clock", text: say.people.bulk.title, kind: say.sections.users, href: resolve("/users/bulk") },
    ...Object.entries(say.settingNames).map(([key, name]) => ({
      icon: "settings" as const,
      text: `${say.settingGroups[key.split(".")[0] ?? ""] ?? say.sections.settings}: ${name}`,
      kind: say.sections.settings,
      href: `${resolve("/settings")}#setting-${key.replaceAll(".", "-")}`,
    })),
  ];
}

/** What there is to see and do of the user whose page is open. */
export function placesOfUser(id: string): Choice[] {
  return [
    {
      icon: "edit",
      text: say.people.palette.editThis,
      kind: say.people.palette.thisUser,
      href: resolve("/users/[id]/edit", { id }),
    },
    ...userTabs.map((tab) => ({
      icon: "user" as const,
      text: say.user.tabs[tab],
      kind: say.people.palette.thisUser,
      href: resolve("/users/[id]/[[tab]]", tab === "profile" ? { id } : { id, tab }),
    })),
  ];
}

/**
 * Users, groups, apps and directories by part of their name. What the viewer may not see, or what fails, is left out: the
 * palette is a shortcut, not a page.
 */
export async function search(q: string): Promise<Choice[]> {
  const [users, groups, apps, directories] = await Promise.allSettled([
    call("listUsers", { query: { q, limit: 5 } }),
    call("listGroups", { query: { q, limit: 3 } }),
    // There are few: they come whole and are looked through here.
    call("listApps", { query: { limit: 200 } }),
    call("listDirectories", { query: { limit: 200 } }),
  ]);
  const found = <Item>(part: PromiseSettledResult<{ items: Item[] }>) =>
    part.status === "fulfilled" ? part.value.items : [];
  const named = ({ name }: { name: string }) => name.toLowerCase().includes(q.toLowerCase());
  return [
    ...found(users).map((user) => ({
      icon: "user" as const,
      text: `${user.displayName} · ${user.username}`,
      kind: say.palette.user,
      href: resolve("/users/[id]/[[tab]]", { id: user.id }),
    })),
    ...found(groups).map((group) => ({
      icon: "groups" as const,
      text: group.displayName,
      kind: say.palette.group(viewer.write.number(group.memberCount)),
      href: resolve("/groups/[id]", { id: group.id }),
    })),
    ...found(apps)
      .filter(named)
      .slice(0, 3)
      .map((app) => ({
        icon: "apps" as const,
        text: app.name,
        kind: say.people.palette.app,
        href: resolve("/apps/[id]/[[tab]]", { id: app.id }),
      })),
    ...found(directories)
      .filter(named)
      .slice(0, 3)
      .map((directory) => ({
        icon: "directory" as const,
        text: directory.name,
        kind: say.people.palette.directory,
        href: resolve("/directories/[id]/[[tab]]", { id: directory.id }),
      })),
  ];
}
