import type { Status } from "../../contract/users.ts";
import { isId } from "../../kernel/ids.ts";
import { Binds, cutPage, keyset, partPattern, readCursor } from "../keyset.ts";
import type { Page } from "../keyset.ts";
import type { Queryable } from "../queryable.ts";

export interface OwnedUserRow {
  id: string;
  username: string;
  display_name: string;
  email: string | null;
  status: Status;
  external_id: string | null;
  created_at: Date;
  updated_at: Date;
}

export interface OwnedGroupRow {
  id: string;
  display_name: string;
  external_id: string | null;
  member_count: number;
  created_at: Date;
  updated_at: Date;
}

interface Asked {
  q?: string | undefined;
  cursor?: string | undefined;
  limit: number;
}

/** One page of the accounts of a directory, newest first. Uses users_directory; parts of a name use users_search. */
export async function selectOwnedUsers(
  from: Queryable,
  directoryId: string,
  asked: Asked,
): Promise<Page<OwnedUserRow>> {
  const of = `owned.${directoryId}`;
  const cursor = asked.cursor === undefined ? undefined : readCursor(asked.cursor, of);
  const binds = new Binds();
  const owned = ownedUsers(directoryId, asked.q, binds);
  const { where, orderBy } = keyset({ expression: "u.id", type: "uuid" }, "u.id", "desc", cursor, binds);
  const rows = await from.rows<OwnedUserRow>(
    `select u.id, u.username, u.display_name, u.email, u.status, u.external_id, u.created_at, u.updated_at
     from users u where ${owned} and ${where} order by ${orderBy} limit ${binds.bind(asked.limit + 1)}`,
    binds.values,
  );
  return cutPage(rows, asked.limit, cursor, of, (row) => ({ value: row.id, id: row.id }));
}

/** How many accounts of a directory match, counted no further than `most` + 1. */
export async function countOwnedUsers(
  from: Queryable,
  directoryId: string,
  q: string | undefined,
  most: number,
): Promise<number> {
  const binds = new Binds();
  const row = await from.row<{ count: number }>(
    `select count(*)::int as count from (
       select 1 from users u where ${ownedUsers(directoryId, q, binds)} limit ${binds.bind(most + 1)}) u`,
    binds.values,
  );
  return row?.count ?? 0;
}

function ownedUsers(directoryId: string, q: string | undefined, binds: Binds): string {
  const owned = `u.directory_id = ${binds.bind(directoryId)}::uuid and u.deleted_at is null`;
  const sought = q?.trim() ?? "";
  if (sought === "") return owned;
  if (isId(sought)) return `${owned} and u.id = ${binds.bind(sought)}::uuid`;
  const parts = sought.split(/\s+/).map((part) => `u.search like ${binds.bind(partPattern(part))}`);
  return `${owned} and ((${parts.join(" and ")}) or u.external_id = ${binds.bind(sought)})`;
}

/** One page of the groups of a directory by name. Uses groups_name_key, whose first part is the directory. */
export async function selectOwnedGroups(
  from: Queryable,
  directoryId: string,
  asked: Asked,
): Promise<Page<OwnedGroupRow>> {
  const of = `ownedGroups.${directoryId}`;
  const cursor = asked.cursor === undefined ? undefined : readCursor(asked.cursor, of);
  const binds = new Binds();
  const owned = ownedGroups(directoryId, asked.q, binds);
  const key = { expression: "lower(g.display_name)", type: "text" } as const;
  const { where, orderBy } = keyset(key, "g.id", "asc", cursor, binds);
  const rows = await from.rows<OwnedGroupRow & { sort_value: string }>(
    `select g.id, g.display_name, g.external_id, g.member_count, g.created_at, g.updated_at,
       lower(g.display_name) as sort_value
     from groups g where ${owned} and ${where} order by ${orderBy} limit ${binds.bind(asked.limit + 1)}`,
    binds.values,
  );
  return cutPage(rows, asked.limit, cursor, of, (row) => ({ value: row.sort_value, id: row.id }));
}

/** How many groups of a directory match, counted no further than `most` + 1. */
export async function countOwnedGroups(
  from: Queryable,
  directoryId: string,
  q: string | undefined,
  most: number,
): Promise<number> {
  const binds = new Binds();
  const row = await from.row<{ count: number }>(
    `select count(*)::int as count from (
       select 1 from groups g where ${ownedGroups(directoryId, q, binds)} limit ${binds.bind(most + 1)}) g`,
    binds.values,
  );
  return row?.count ?? 0;
}

function ownedGroups(directoryId: string, q: string | undefined, binds: Binds): string {
  // Written as the index is.
  const owned = `coalesce(g.directory_id, '00000000-0000-0000-0000-000000000000'::uuid) = ${binds.bind(directoryId)}::uuid`;
  const sought = q?.trim() ?? "";
  if (sought === "") return owned;
  if (isId(sought)) return `${owned} and g.id = ${binds.bind(sought)}::uuid`;
  return `${owned} and (lower(g.display_name) like ${binds.bind(partPattern(sought))} or g.external_id = ${binds.bind(sought)})`;
}
