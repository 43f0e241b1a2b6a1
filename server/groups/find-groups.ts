import type { z } from "zod";
import { failure } from "../contract/failure.ts";
import type { groupRow } from "../contract/groups.ts";
import { totalLimit } from "../contract/shapes.ts";
import {
  countChildren,
  countGroupMembers,
  countGroups,
  countUserGroups,
  planMemberSearch,
  selectChildPage,
  selectGroupMemberPage,
  selectGroupPage,
  selectGroupsWithout,
  selectIndirectGroups,
  selectParents,
  selectPossibleChildren,
  selectStrangers,
  selectUserGroupPage,
} from "../db/sql/group-list.ts";
import type { GroupListRow, GroupMemberRow, IndirectGroupRow } from "../db/sql/group-list.ts";
import { selectGroup } from "../db/sql/groups.ts";
import type { GroupRow } from "../db/sql/groups.ts";
import { selectUser } from "../db/sql/users.ts";
import type { Page } from "../db/keyset.ts";
import type { Work } from "../db/work.ts";
import { isId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { userRules } from "../users/policy.ts";
import { targetOf } from "../users/update-user.ts";
import { groupRules } from "./policy.ts";

interface Asked {
  q?: string | undefined;
  cursor?: string | undefined;
  limit: number;
}

type Counted<Row> = Page<Row> & { total: number; totalIsMore: boolean };

/** One page of groups by name. @throws access.denied request.cursorInvalid */
export async function findGroups(work: Work, asked: Asked): Promise<Counted<GroupListRow>> {
  if (!work.actor.can("groups")) throw failure("access.denied");
  const count = await countGroups(work.tx, asked.q, totalLimit);
  return { ...(await selectGroupPage(work.tx, asked)), ...capped(count) };
}

/** One group. @throws group.missing access.denied */
export async function readGroup(work: Work, id: string): Promise<GroupRow> {
  const group = isId(id) ? await selectGroup(work.tx, id) : undefined;
  if (group === undefined) throw failure("group.missing");
  allow(groupRules, work.actor, "group.read", { directoryId: group.directory_id });
  return group;
}

/** What the page of a group shows beside its row. */
export interface GroupExtras {
  directory: Named | null;
  groupCount: number;
  parents: Named[];
}

interface Named {
  id: string;
  name: string;
}

/** A group with what is around it. @throws group.missing access.denied */
export async function readGroupDetails(work: Work, id: string): Promise<{ group: GroupRow; extras: GroupExtras }> {
  const group = await readGroup(work, id);
  const directory =
    group.directory_id === null
      ? null
      : await work.tx.row<Named>("select id, name from directories where id = $1", [group.directory_id]);
  return {
    group,
    extras: {
      directory: directory ?? null,
      groupCount: await countChildren(work.tx, group.id),
      parents: await selectParents(work.tx, group.id),
    },
  };
}

/** One page of the users in a group. @throws group.missing access.denied request.cursorInvalid */
export async function findMembers(work: Work, id: string, asked: Asked): Promise<Counted<GroupMemberRow>> {
  const group = await readGroup(work, id);
  const search = await planMemberSearch(work.tx, asked.q);
  const count = await countGroupMembers(work.tx, group.id, search, totalLimit);
  return { ...(await selectGroupMemberPage(work.tx, group.id, search, asked)), ...capped(count) };
}

/** One page of the groups in a group. @throws group.missing access.denied request.cursorInvalid */
export async function findChildren(work: Work, id: string, asked: Asked): Promise<Counted<GroupListRow>> {
  const group = await readGroup(work, id);
  const count = await countChildren(work.tx, group.id, asked.q);
  return { ...(await selectChildPage(work.tx, group.id, asked)), ...capped(count) };
}

// As many as a person looks through; who looks for another types more of the name.
const [mostUsers, mostGroups] = [20, 20];

/** Users and groups that could be put into a group. @throws group.missing access.denied */
export async function findStrangers(
  work: Work,
  id: string,
  q: string | undefined,
): Promise<{ users: GroupMemberRow[]; groups: GroupListRow[]; hasMore: boolean }> {
  const group = await readGroup(work, id);
  const users = await selectStrangers(work.tx, group.id, q, mostUsers + 1);
  const groups = await selectPossibleChildren(work.tx, group.id, q, mostGroups + 1);
  return {
    users: users.slice(0, mostUsers),
    groups: groups.slice(0, mostGroups),
    hasMore: users.length > mostUsers || groups.length > mostGroups,
  };
}

/** One page of a user's groups, and those that hold one of them. @throws user.missing access.denied request.cursorInvalid */
export async function findGroupsOfUser(
  work: Work,
  id: string,
  asked: Asked,
): Promise<Counted<GroupListRow> & { through: IndirectGroupRow[] }> {
  const userId = await requireReadable(work, id);
  const count = await countUserGroups(work.tx, userId, asked.q);
  return {
    ...(await selectUserGroupPage(work.tx, userId, asked)),
    ...capped(count),
    through: await selectIndirectGroups(work.tx, userId),
  };
}

/** Groups that a user is not in, as far as people are put into them here. @throws user.missing access.denied */
export async function findOtherGroups(
  work: Work,
  id: string,
  q: string | undefined,
): Promise<{ groups: GroupListRow[]; hasMore: boolean }> {
  if (!work.actor.can("groups")) throw failure("access.denied");
  const user = isId(id) ? await selectUser(work.tx, id) : undefined;
  if (user === undefined || user.deleted_at !== null) throw failure("user.missing");
  const found = await selectGroupsWithout(work.tx, user.id, q, mostGroups + 1);
  return { groups: found.slice(0, mostGroups), hasMore: found.length > mostGroups };
}

/** @throws user.missing access.denied */
async function requireReadable(work: Work, id: string): Promise<string> {
  const user = isId(id) ? await selectUser(work.tx, id) : undefined;
  if (user === undefined) throw failure("user.missing");
  allow(userRules, work.actor, "user.read", targetOf(user));
  return user.id;
}

type Presentable = Pick<GroupListRow, "id" | "display_name" | "member_count" | "created_at" | "updated_at">;

/** A group in the words of the contract. */
export function presentGroup(row: Presentable, directory: Named | null): z.infer<typeof groupRow> {
  return {
    id: row.id,
    displayName: row.display_name,
    directory,
    memberCount: row.member_count,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

/** A row of a list of groups in the words of the contract. */
export function presentGroupRow(row: GroupListRow): z.infer<typeof groupRow> {
  return presentGroup(row, row.directory_id === null ? null : { id: row.directory_id, name: row.directory_name ?? "" });
}

function capped(count: number) {
  return { total: Math.min(count, totalLimit), totalIsMore: count > totalLimit };
}
