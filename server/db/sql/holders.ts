import { Binds, cutPage, keyset, partPattern, readCursor } from "../keyset.ts";
import type { Page } from "../keyset.ts";
import type { Queryable } from "../queryable.ts";

/** What users and groups hold: access to an app, or an entitlement of one. */
export type Held = { kind: "app" | "entitlement"; id: string };

// Names of tables and columns are these four words, never a caller's.
const tables = {
  app: { table: "app_assignments", column: "app_id" },
  entitlement: { table: "entitlement_grants", column: "entitlement_id" },
} as const;

/** A user or group that holds something. */
export interface HolderRow {
  kind: "user" | "group";
  id: string;
  name: string;
  /** The username of a user. */
  username: string | null;
  /** How many members a group has. */
  member_count: number | null;
  created_at: Date;
}

/**
 * Gives something to users and groups; those that have it are left alone.
 * Uses the unique indexes on user and group.
 *
 * @returns ids of those that did not have it
 */
export async function insertHolders(
  to: Queryable,
  held: Held,
  ids: { userIds: readonly string[]; groupIds: readonly string[] },
  now: Date,
): Promise<string[]> {
  const { table, column } = tables[held.kind];
  const rows = await to.rows<{ id: string }>(
    `insert into ${table} (${column}, user_id, group_id, created_at)
     select $1::uuid, user_id, null::uuid, $4::timestamptz from unnest($2::uuid[]) as user_id
     union all
     select $1::uuid, null, group_id, $4::timestamptz from unnest($3::uuid[]) as group_id
     on conflict do nothing returning coalesce(user_id, group_id) as id`,
    [held.id, ids.userIds, ids.groupIds, now],
  );
  return rows.map((row) => row.id);
}

/** Takes it away from a user or group. @returns whether that had it */
export async function deleteHolder(
  to: Queryable,
  held: Held,
  holderId: string,
): Promise<{ kind: "user" | "group"; name: string } | undefined> {
  const { table, column } = tables[held.kind];
  return await to.row(
    `with gone as (
       delete from ${table} where ${column} = $1 and (user_id = $2 or group_id = $2) returning user_id, group_id
     )
     select case when gone.user_id is null then 'group' else 'user' end as kind,
       coalesce(u.display_name, g.display_name) as name
     from gone left join users u on u.id = gone.user_id left join groups g on g.id = gone.group_id`,
    [held.id, holderId],
  );
}

interface Asked {
  q?: string | undefined;
  cursor?: string | undefined;
  limit: number;
}

/** One page of holders by name. Uses the indexes on app or entitlement, then sorts: holders are chosen one by one. */
export async function selectHolderPage(from: Queryable, held: Held, asked: Asked): Promise<Page<HolderRow>> {
  const of = `holders.${held.id}`;
  const cursor = asked.cursor === undefined ? undefined : readCursor(asked.cursor, of);
  const binds = new Binds();
  const source = holders(held, asked.q, binds);
  const { where, orderBy } = keyset({ expression: "lower(h.name)", type: "text" }, "h.id", "asc", cursor, binds);
  const rows = await from.rows<HolderRow & { sort_value: string }>(
    `select h.*, lower(h.name) as sort_value from (${source}) h
     where ${where} order by ${orderBy} limit ${binds.bind(asked.limit + 1)}`,
    binds.values,
  );
  return cutPage(rows, asked.limit, cursor, of, (row) => ({ value: row.sort_value, id: row.id }));
}

/** How many hold it, counted no further than `most` + 1. */
export async function countHolders(from: Queryable, held: Held, q: string | undefined, most: number): Promise<number> {
  const binds = new Binds();
  const row = await from.row<{ count: number }>(
    `select count(*)::int as count from (select 1 from (${holders(held, q, binds)}) h limit ${binds.bind(most + 1)}) h`,
    binds.values,
  );
  return row?.count ?? 0;
}

function holders(held: Held, q: string | undefined, binds: Binds): string {
  const { table, column } = tables[held.kind];
  const id = binds.bind(held.id);
  const part = q === undefined || q.trim() === "" ? undefined : binds.bind(partPattern(q.trim()));
  return `select 'user' as kind, u.id, u.display_name as name, u.username, null::int as member_count, t.created_at
      from ${table} t join users u on u.id = t.user_id
      where t.${column} = ${id} ${part === undefined ? "" : `and u.search like ${part}`}
    union all
    select 'group', g.id, g.display_name, null::text, g.member_count, t.created_at
      from ${table} t join groups g on g.id = t.group_id
      where t.${column} = ${id} ${part === undefined ? "" : `and lower(g.display_name) like ${part}`}`;
}

/** A user or group that could be chosen. */
export interface CandidateRow {
  kind: "user" | "group";
  id: string;
  name: string;
  username: string | null;
  member_count: number | null;
  /** The directory of a group: names are unique only there. */
  directory: string | null;
  has_it: boolean;
}

/**
 * Users and groups by part of their name, a few of each, with whether they hold it already.
 * Uses users_search and groups_search; parts of one or two letters walk users_name until enough are found.
 */
export async function selectCandidates(from: Queryable, held: Held, q: string, limit: number): Promise<CandidateRow[]> {
  const { table, column } = tables[held.kind];
  return await from.rows<CandidateRow>(
    `(select 'group' as kind, g.id, g.display_name as name, null::text as username, g.member_count, d.name as directory,
        exists (select from ${table} t where t.${column} = $1 and t.group_id = g.id) as has_it
      from groups g left join directories d on d.id = g.directory_id
      where lower(g.display_name) like $2 order by lower(g.display_name), g.id limit $3)
     union all
     (select 'user', u.id, u.display_name, u.username, null::int, null::text,
        exists (select from ${table} t where t.${column} = $1 and t.user_id = u.id)
      from users u where u.search like $2 and u.deleted_at is null order by lower(u.display_name), u.id limit $3)`,
    [held.id, partPattern(q.trim()), limit],
  );
}
