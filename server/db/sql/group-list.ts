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

/**
 * One page of the users in a group, in the order of their ids: the order of the primary key, so that a page of a group
 * of 100,000 costs what a page of ten costs. Uses group_members_pkey.
 */
export async function selectGroupMemberPage(
  from: Queryable,
  groupId: string,
  asked: Asked,
): Promise<Page<GroupMemberRow>> {
  const of = `members.${groupId}`;
  const cursor = asked.cursor === undefined ? undefined : readCursor(asked.cursor, of);
  const binds = new Binds();
  const group = binds.bind(groupId);
  const { where, orderBy } = keyset({ expression: "m.user_id", type: "uuid" }, "m.user_id", "asc", cursor, binds);
  const part = asked.q?.trim() ?? "";
  const search = part === "" ? "true" : `u.search like ${binds.bind(partPattern(part))}`;
  const rows = await from.rows<GroupMemberRow>(
    `select u.id, u.username, u.display_name, u.email, u.status from group_members m join users u on u.id = m.user_id
     where m.group_id = ${group} and ${search} and ${where} order by ${orderBy} limit ${binds.bind(asked.limit + 1)}`,
    binds.values,
  );
  return cutPage(rows, asked.limit, cursor, of, (row) => ({ value: row.id, id: row.id }));
}

/** How many users of a group match a part of a name, counted no further than `most` + 1. */
export async function countGroupMembers(
  from: Queryable,
  groupId: string,
  q: string | undefined,
  most: number,
): Promise<number> {
  const part = q?.trim() ?? "";
  const row = await from.row<{ count: number }>(
    `select count(*)::int as count from (
       select 1 from group_members m join users u on u.id = m.user_id
       where m.group_id = $1 and ($2::text is null or u.search like $2) limit $3) m`,
    [groupId, part === "" ? null : partPattern(part), most + 1],
  );
  return row?.count ?? 0;
}

function matching(q: string | undefined, binds: Binds): string {
  const part = q?.trim() ?? "";
  return part === "" ? "true" : `lower(g.display_name) like ${binds.bind(partPattern(part))}`;
}
