import type { Status } from "../../contract/users.ts";
import type { Queryable } from "../queryable.ts";
import { Binds, cutPage, keyset, partPattern, readCursor } from "../keyset.ts";
import type { Page } from "../keyset.ts";

export interface GroupListRow {
  id: string;
  display_name: string;
  directory_id: string | null;
  directory_name: string | null;
  member_count: number;
  created_at: Date;
  updated_at: Date;
}

export interface GroupMemberRow {
  id: string;
  username: string;
  display_name: string;
  email: string | null;
  status: Status;
}

interface Asked {
  q?: string | undefined;
  cursor?: string | undefined;
  limit: number;
}

/** One page of groups by name. Uses groups_name_order; parts of a name use groups_search. */
export async function selectGroupPage(from: Queryable, asked: Asked): Promise<Page<GroupListRow>> {
  const cursor = asked.cursor === undefined ? undefined : readCursor(asked.cursor, "groups");
  const binds = new Binds();
  const { where, orderBy } = keyset(
    { expression: "lower(g.display_name)", type: "text" },
    "g.id",
    "asc",
    cursor,
    binds,
  );
  const rows = await from.rows<GroupListRow & { sort_value: string }>(
    `select g.id, g.display_name, g.directory_id, d.name as directory_name, g.member_count, g.created_at, g.updated_at,
       lower(g.display_name) as sort_value
     from groups g left join directories d on d.id = g.directory_id
     where ${matching(asked.q, binds)} and ${where} order by ${orderBy} limit ${binds.bind(asked.limit + 1)}`,
    binds.values,
  );
  return cutPage(rows, asked.limit, cursor, "groups", (row) => ({ value: row.sort_value, id: row.id }));
}

/** How many groups match, counted no further than `most` + 1. */
export async function countGroups(from: Queryable, q: string | undefined, most: number): Promise<number> {
  const binds = new Binds();
  const row = await from.row<{ count: number }>(
    `select count(*)::int as count from (select 1 from groups g where ${matching(q, binds)} limit ${binds.bind(most + 1)}) g`,
    binds.values,
  );
  return row?.count ?? 0;
}

// Up to so many people with a part in their name, the index of names leads to them; with more, those in the group are
// walked, and a page of them is soon full.
const fewFound = 2000;
// A shorter part has nothing in the index of names, which is one of threes of letters.
const shortestIndexed = 3;

/** Which of a group's members a search is about. */
export type MemberSearch =
  { kind: "all" } | { kind: "ids"; ids: readonly string[] } | { kind: "pattern"; like: string };

/**
 * Works out how to search in a group, before its page and its count are asked for. Uses users_search.
 *
 * @param q part of a username, name or email
 */
export async function planMemberSearch(from: Queryable, q: string | undefined): Promise<MemberSearch> {
  const part = q?.trim() ?? "";
  if (part === "") return { kind: "all" };
  const like = partPattern(part);
  if ([...part].length < shortestIndexed) return { kind: "pattern", like };
  const rows = await from.rows<{ id: string }>(
    "select id from users where search like $1 and deleted_at is null limit $2",
    [like, fewFound + 1],
  );
  return rows.length > fewFound ? { kind: "pattern", like } : { kind: "ids", ids: rows.map((row) => row.id) };
}

/**
 * One page of the users in a group, in the order of their ids: the order of the primary key, so that a page of a group
 * of 100,000 costs what a page of ten costs. Uses group_members_pkey.
 */
export async function selectGroupMemberPage(
  from: Queryable,
  groupId: string,
  search: MemberSearch,
  asked: Asked,
): Promise<Page<GroupMemberRow>> {
  const of = `members.${groupId}`;
  const cursor = asked.cursor === undefined ? undefined : readCursor(asked.cursor, of);
  const binds = new Binds();
  const source = members(groupId, search, binds);
  const { where, orderBy } = keyset({ expression: "m.user_id", type: "uuid" }, "m.user_id", "asc", cursor, binds);
  const rows = await from.rows<GroupMemberRow>(
    `select u.id, u.username, u.display_name, u.email, u.status from ${source} and ${where}
     order by ${orderBy} limit ${binds.bind(asked.limit + 1)}`,
    binds.values,
  );
  return cutPage(rows, asked.limit, cursor, of, (row) => ({ value: row.id, id: row.id }));
}

/** How many users of a group a search is about, counted no further than `most` + 1. Uses group_members_pkey. */
export async function countGroupMembers(
  from: Queryable,
  groupId: string,
  search: MemberSearch,
  most: number,
): Promise<number> {
  const binds = new Binds();
  const source = search.kind === "pattern" ? members(groupId, search, binds) : bareMembers(groupId, search, binds);
  const row = await from.row<{ count: number }>(
    `select count(*)::int as count from (select 1 from ${source} limit ${binds.bind(most + 1)}) m`,
    binds.values,
  );
  return row?.count ?? 0;
}

function bareMembers(groupId: string, search: MemberSearch, binds: Binds): string {
  const narrowed = search.kind === "ids" ? ` and m.user_id = any(${binds.bind(search.ids)}::uuid[])` : "";
  return `group_members m where m.group_id = ${binds.bind(groupId)}${narrowed}`;
}

function members(groupId: string, search: MemberSearch, binds: Binds): string {
  const narrowed =
    search.kind === "ids"
      ? ` and m.user_id = any(${binds.bind(search.ids)}::uuid[])`
      : search.kind === "pattern"
        ? ` and u.search like ${binds.bind(search.like)}`
        : "";
  return `group_members m join users u on u.id = m.user_id where m.group_id = ${binds.bind(groupId)}${narrowed}`;
}

const groupColumns =
  "g.id, g.display_name, g.directory_id, d.name as directory_name, g.member_count, g.created_at, g.updated_at";

/** One page of the groups in a group, by name. Uses group_groups_pkey; few groups are in one, so they are sorted. */
export async function selectChildPage(from: Queryable, groupId: string, asked: Asked): Promise<Page<GroupListRow>> {
  return await selectPageOf(
    from,
    `children.${groupId}`,
    (binds) => `group_groups c join groups g on g.id = c.child_id where c.group_id = ${binds.bind(groupId)}`,
    asked,
  );
}

/** How many groups in a group match a part of a name. Uses group_groups_pkey. */
export async function countChildren(from: Queryable, groupId: string, q?: string): Promise<number> {
  const binds = new Binds();
  const row = await from.row<{ count: number }>(
    `select count(*)::int as count from group_groups c join groups g on g.id = c.child_id
     where c.group_id = ${binds.bind(groupId)} and ${matching(q, binds)}`,
    binds.values,
  );
  return row?.count ?? 0;
}

/** Groups that a group is in, the first 50 by name. Uses group_groups_child. */
export async function selectParents(from: Queryable, groupId: string): Promise<{ id: string; name: string }[]> {
  return await from.rows(
    `select g.id, g.display_name as name from group_groups c join groups g on g.id = c.group_id
     where c.child_id = $1 order by lower(g.display_name), g.id limit 50`,
    [groupId],
  );
}

/** One page of the groups of a user, by name. Uses group_members_user; a user is in few groups, so they are sorted. */
export async function selectUserGroupPage(from: Queryable, userId: string, asked: Asked): Promise<Page<GroupListRow>> {
  return await selectPageOf(
    from,
    `groups.${userId}`,
    (binds) => `group_members m join groups g on g.id = m.group_id where m.user_id = ${binds.bind(userId)}`,
    asked,
  );
}

/** How many groups of a user match a part of a name. Uses group_members_user. */
export async function countUserGroups(from: Queryable, userId: string, q?: string): Promise<number> {
  const binds = new Binds();
  const row = await from.row<{ count: number }>(
    `select count(*)::int as count from group_members m join groups g on g.id = m.group_id
     where m.user_id = ${binds.bind(userId)} and ${matching(q, binds)}`,
    binds.values,
  );
  return row?.count ?? 0;
}

async function selectPageOf(
  from: Queryable,
  of: string,
  source: (binds: Binds) => string,
  asked: Asked,
): Promise<Page<GroupListRow>> {
  const cursor = asked.cursor === undefined ? undefined : readCursor(asked.cursor, of);
  const binds = new Binds();
  const rowsOf = source(binds);
  const { where, orderBy } = keyset(
    { expression: "lower(g.display_name)", type: "text" },
    "g.id",
    "asc",
    cursor,
    binds,
  );
  const rows = await from.rows<GroupListRow & { sort_value: string }>(
    `select g.*, d.name as directory_name from (
       select g.*, lower(g.display_name) as sort_value from ${rowsOf} and ${matching(asked.q, binds)} and ${where}
       order by ${orderBy} limit ${binds.bind(asked.limit + 1)}) g
     left join directories d on d.id = g.directory_id order by ${orderBy}`,
    binds.values,
  );
  return cutPage(rows, asked.limit, cursor, of, (row) => ({ value: row.sort_value, id: row.id }));
}

export interface IndirectGroupRow extends GroupListRow {
  via_id: string;
  via_name: string;
}

/**
 * Groups that a user is in through another one, the first 50 by name, with one of those that lead there.
 * Uses group_members_user, group_groups_child and groups_pkey.
 */
export async function selectIndirectGroups(from: Queryable, userId: string): Promise<IndirectGroupRow[]> {
  return await from.rows<IndirectGroupRow>(
    `with recursive up (id, via) as (
       select group_id, group_id from group_members where user_id = $1
       union
       select parent.group_id, up.via from up join group_groups parent on parent.child_id = up.id
     )
     select distinct on (lower(g.display_name), g.id) ${groupColumns}, v.id as via_id, v.display_name as via_name
     from up join groups g on g.id = up.id join groups v on v.id = up.via left join directories d on d.id = g.directory_id
     where up.id <> up.via and not exists (select from group_members m where m.user_id = $1 and m.group_id = up.id)
     order by lower(g.display_name), g.id, lower(v.display_name), v.id limit 50`,
    [userId],
  );
}

/**
 * Users who are not in a group, by name. Uses users_search for parts of a name, else users_name, and group_members_pkey
 * for each: taken together, a large group and all users would be read to find a few.
 */
export async function selectStrangers(
  from: Queryable,
  groupId: string,
  q: string | undefined,
  limit: number,
): Promise<GroupMemberRow[]> {
  const binds = new Binds();
  const part = q?.trim() ?? "";
  const search = part === "" ? "" : `and u.search like ${binds.bind(partPattern(part))}`;
  return await from.rows<GroupMemberRow>(
    `select u.id, u.username, u.display_name, u.email, u.status from users u
     where u.deleted_at is null ${search}
       and (select true from group_members m where m.group_id = ${binds.bind(groupId)} and m.user_id = u.id) is null
     order by lower(u.display_name), u.id limit ${binds.bind(limit)}`,
    binds.values,
  );
}

/**
 * Groups that could be put into a group, by name: neither in it, nor itself, nor one that it is in at any depth.
 * Uses groups_name_order, groups_search, group_groups_child and group_groups_pkey.
 */
export async function selectPossibleChildren(
  from: Queryable,
  groupId: string,
  q: string | undefined,
  limit: number,
): Promise<GroupListRow[]> {
  const binds = new Binds();
  const id = `${binds.bind(groupId)}::uuid`;
  return await from.rows<GroupListRow>(
    `with recursive above (id) as (
       select ${id} union select parent.group_id from above join group_groups parent on parent.child_id = above.id
     )
     select ${groupColumns} from groups g left join directories d on d.id = g.directory_id
     where ${matching(q, binds)} and g.id not in (select id from above)
       and not exists (select from group_groups c where c.group_id = ${id} and c.child_id = g.id)
     order by lower(g.display_name), g.id limit ${binds.bind(limit)}`,
    binds.values,
  );
}

/** Groups made here that a user is not in, by name. Uses groups_name_order, groups_search and group_members_pkey. */
export async function selectGroupsWithout(
  from: Queryable,
  userId: string,
  q: string | undefined,
  limit: number,
): Promise<GroupListRow[]> {
  const binds = new Binds();
  return await from.rows<GroupListRow>(
    `select g.id, g.display_name, g.directory_id, null::text as directory_name, g.member_count, g.created_at, g.updated_at
     from groups g
     where g.directory_id is null and ${matching(q, binds)}
       and not exists (select from group_members m where m.group_id = g.id and m.user_id = ${binds.bind(userId)})
     order by lower(g.display_name), g.id limit ${binds.bind(limit)}`,
    binds.values,
  );
}

function matching(q: string | undefined, binds: Binds): string {
  const part = q?.trim() ?? "";
  return part === "" ? "true" : `lower(g.display_name) like ${binds.bind(partPattern(part))}`;
}
