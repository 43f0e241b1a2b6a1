import type * as groups from "../../contract/groups.ts";
import type { GroupMemberRow } from "../../db/sql/group-list.ts";
import { inWork } from "../../db/work.ts";
import type { Work } from "../../db/work.ts";
import { changeGroup } from "../../groups/change-group.ts";
import { addMembers, addUserToGroups, removeMembers, removeUserFromGroups } from "../../groups/change-members.ts";
import { createGroup } from "../../groups/create-group.ts";
import { deleteGroup } from "../../groups/delete-group.ts";
import {
  findChildren,
  findGroups,
  findGroupsOfUser,
  findMembers,
  findOtherGroups,
  findStrangers,
  presentGroup,
  presentGroupRow,
  readGroupDetails,
} from "../../groups/find-groups.ts";
import type { GroupId } from "../../kernel/ids.ts";
import { given } from "./handler.ts";
import type { Handlers } from "./handler.ts";

type Operations = Pick<
  typeof groups,
  | "listGroups"
  | "getGroup"
  | "createGroup"
  | "updateGroup"
  | "deleteGroup"
  | "listGroupMembers"
  | "findGroupCandidates"
  | "addGroupMembers"
  | "removeGroupMembers"
  | "listGroupGroups"
  | "listUserGroups"
  | "findUserGroupCandidates"
  | "addUserToGroups"
  | "removeUserFromGroups"
>;

export const groupHandlers: Handlers<Operations> = {
  listGroups: async ({ house, by, query }) =>
    await inWork(house, by, async (work) => withItems(await findGroups(work, query), presentGroupRow)),

  getGroup: async ({ house, by, params }) => await inWork(house, by, async (work) => await details(work, params.id)),

  createGroup: async ({ house, by, body }) =>
    await inWork(house, by, async (work) => await details(work, await createGroup(work, body))),

  updateGroup: async ({ house, by, params, body, requireVersion }) =>
    await inWork(house, by, async (work) => {
      const expect = (group: { version: string }) => (requireVersion(group), true);
      await changeGroup(work, params.id as GroupId, [{ kind: "set", ...given(body) }], { expect });
      return await details(work, params.id);
    }),

  deleteGroup: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => {
      await deleteGroup(work, params.id as GroupId);
      return undefined;
    }),

  listGroupMembers: async ({ house, by, params, query }) =>
    await inWork(house, by, async (work) => withItems(await findMembers(work, params.id, query), presentMember)),

  findGroupCandidates: async ({ house, by, params, query }) =>
    await inWork(house, by, async (work) => {
      const found = await findStrangers(work, params.id, query.q);
      return {
        users: found.users.map(presentMember),
        groups: found.groups.map(presentGroupRow),
        hasMore: found.hasMore,
      };
    }),

  addGroupMembers: async ({ house, by, params, body }) =>
    await inWork(house, by, async (work) => ({
      added: await addMembers(work, params.id, [...(body.userIds ?? []), ...(body.groupIds ?? [])]),
    })),

  removeGroupMembers: async ({ house, by, params, body }) =>
    await inWork(house, by, async (work) => ({ removed: await removeMembers(work, params.id, body.ids) })),

  listGroupGroups: async ({ house, by, params, query }) =>
    await inWork(house, by, async (work) => withItems(await findChildren(work, params.id, query), presentGroupRow)),

  listUserGroups: async ({ house, by, params, query }) =>
    await inWork(house, by, async (work) => {
      const found = await findGroupsOfUser(work, params.id, query);
      const through = found.through.map((row) => ({
        ...presentGroupRow(row),
        via: { id: row.via_id, name: row.via_name },
      }));
      return { ...withItems(found, presentGroupRow), through };
    }),

  findUserGroupCandidates: async ({ house, by, params, query }) =>
    await inWork(house, by, async (work) => {
      const found = await findOtherGroups(work, params.id, query.q);
      return { items: found.groups.map(presentGroupRow), hasMore: found.hasMore };
    }),

  addUserToGroups: async ({ house, by, params, body }) =>
    await inWork(house, by, async (work) => ({ added: await addUserToGroups(work, params.id, body.groupIds) })),

  removeUserFromGroups: async ({ house, by, params, body }) =>
    await inWork(house, by, async (work) => ({ removed: await removeUserFromGroups(work, params.id, body.groupIds) })),
};

async function details(work: Work, id: string) {
  const { group, extras } = await readGroupDetails(work, id);
  const { directory, groupCount, parents } = extras;
  return { ...presentGroup(group, directory), groupCount, parents, version: group.version };
}

function withItems<Row, Item, Found extends { rows: readonly Row[] }>(found: Found, present: (row: Row) => Item) {
  return { ...found, items: found.rows.map(present) };
}

function presentMember(row: GroupMemberRow) {
  return {
    id: row.id,
    username: row.username,
    displayName: row.display_name,
    email: row.email,
    status: row.status,
  };
}
