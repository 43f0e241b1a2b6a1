import { call } from "#console/api/call.ts";
import type { Reply } from "#console/api/call.ts";
import { say, viewer } from "#console/words/say.svelte.ts";

/** Something that can be ticked: a user or a group. */
export interface Pick {
  id: string;
  kind: "user" | "group";
  name: string;
  /** What tells it apart from others of the same name. */
  aside: string;
}

/** How a dialog finds what can be added, and adds it. */
export interface PickCalls {
  find(q: string): Promise<{ picks: Pick[]; hasMore: boolean }>;
  add(picks: readonly Pick[]): Promise<{ added: number }>;
}

type GroupLike = Reply<"listUserGroups">["items"][number];

function groupPick(group: GroupLike): Pick {
  const members = say.group.members(viewer.write.number(group.memberCount));
  const aside = group.directory === null ? members : `${members} · ${group.directory.name}`;
  return { id: group.id, kind: "group", name: group.displayName, aside };
}

const asked = (q: string) => (q === "" ? {} : { q });

/** Users and groups that go into a group. */
export function picksForGroup(id: string): PickCalls {
  return {
    async find(q) {
      const found = await call("findGroupCandidates", { params: { id }, query: asked(q) });
      const users = found.users.map((user): Pick => {
        const aside =
          user.email === null || user.email === user.username ? user.username : `${user.username} · ${user.email}`;
        return { id: user.id, kind: "user", name: user.displayName, aside };
      });
      return { picks: [...users, ...found.groups.map(groupPick)], hasMore: found.hasMore };
    },
    async add(picks) {
      const idsOf = (kind: Pick["kind"]) => picks.filter((one) => one.kind === kind).map((one) => one.id);
      return await call("addGroupMembers", {
        params: { id },
        body: { userIds: idsOf("user"), groupIds: idsOf("group") },
      });
    },
  };
}

/** Groups that a user goes into. */
export function picksForUser(id: string): PickCalls {
  return {
    async find(q) {
      const found = await call("findUserGroupCandidates", { params: { id }, query: asked(q) });
      return { picks: found.items.map(groupPick), hasMore: found.hasMore };
    },
    async add(picks) {
      return await call("addUserToGroups", { params: { id }, body: { groupIds: picks.map((one) => one.id) } });
    },
  };
}
