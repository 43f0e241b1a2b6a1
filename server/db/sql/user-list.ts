import { isId } from "../../kernel/ids.ts";
import type { UserId } from "../../kernel/ids.ts";
import type { FactorKind, InvitationState, Status, userSorts } from "../../contract/users.ts";
import type { Queryable } from "../queryable.ts";
import { isInvitation } from "./onboardings.ts";
import { Binds, cutPage, keyset, partPattern, readCursor } from "../keyset.ts";
import type { Page, SortKey } from "../keyset.ts";

export interface UserListFilter {
  q?: string;
  statuses?: readonly Status[];
  onboarded?: boolean;
  groupId?: string;
  roleId?: string;
  /** Null: local accounts. */
  directoryId?: string | null;
  /** A value of an attribute of the organization. */
  attribute?: AttributeCondition;
  /** Whether a second factor is enrolled; codes by email count only where they are in use. */
  factor?: { isEnrolled: boolean; countsEmail: boolean };
  createdAfter?: Date;
  createdBefore?: Date;
  activeAfter?: Date;
  activeBefore?: Date;
  /** How far the invitation has come of those who are not onboarded. */
  invitations?: readonly InvitationState[];
}

/** A value that is looked for, by the column of `user_attribute_keys` that its type is kept in. */
export interface AttributeCondition {
  number: number;
  column: "text_key" | "number_key" | "time_key" | "boolean_key";
  value: string | number | boolean;
  /** Whether texts are kept in small letters. */
  ignoresCase: boolean;
  /** Whether a text only has to begin with the value. */
  isBeginning: boolean;
}

export type UserSort = (typeof userSorts)[number];

export interface UserListRow {
  id: UserId;
  username: string;
  display_name: string;
  given_name: string | null;
  family_name: string | null;
  email: string | null;
  status: Status;
  onboarded_at: Date | null;
  role_id: string;
  role_name: string;
  directory_id: string | null;
  directory_name: string | null;
  sign_in_count: number;
  last_active_at: Date | null;
  last_address: string | null;
  created_at: Date;
  session_count: number;
  device_count: number;
  group_count: number;
  groups: { id: string; name: string }[];
  factor_kinds: FactorKind[];
  custom: Record<string, unknown>;
}

// Each stands on an index of users of the same expression, ended by id.
const sortKeys: Record<UserSort, SortKey> = {
  created: { expression: "u.created_at", type: "timestamptz" },
  name: { expression: "lower(u.display_name)", type: "text" },
  username: { expression: "lower(u.username)", type: "text" },
  email: { expression: "lower(u.email)", type: "text", nullable: true },
  lastActive: { expression: "u.last_active_at", type: "timestamptz", nullable: true },
  signIns: { expression: "u.sign_in_count", type: "bigint" },
};

/**
 * One page of the user list. The page is cut first; groups and sessions are looked up for its rows alone.
 * Uses the index of the sort key, users_search for parts of a name, users_status for a status.
 */
export async function selectUserPage(
  from: Queryable,
  filter: UserListFilter,
  order: { sort: UserSort; direction: "asc" | "desc" },
  page: { cursor?: string; limit: number; now: Date; countsEmail: boolean },
): Promise<Page<UserListRow>> {
  const of = `users.${order.sort}.${order.direction}`;
  const cursor = page.cursor === undefined ? undefined : readCursor(page.cursor, of);
  const binds = new Binds();
  const where = userConditions(filter, binds);
  const { where: after, orderBy } = keyset(sortKeys[order.sort], "u.id", order.direction, cursor, binds);
  const limit = binds.bind(page.limit + 1);
  const now = binds.bind(page.now);
  const countsEmail = binds.bind(page.countsEmail);
  const rows = await from.rows<UserListRow & { sort_value: string | null }>(
    `with page as materialized (
       select u.*, ${sortKeys[order.sort].expression}::text as sort_value, row_number() over () as place
       from (select * from users u where ${[...where, after].join(" and ")} order by ${orderBy} limit ${limit}) u
     )
     select u.id, u.username, u.display_name, u.given_name, u.family_name, u.email, u.status, u.onboarded_at, u.role_id,
       r.name as role_name, u.directory_id, d.name as directory_name, u.sign_in_count, u.last_active_at,
       host(u.last_address) as last_address, u.created_at, u.custom, u.sort_value,
       (select count(*)::int from sessions s where s.user_id = u.id and s.ended_at is null and s.expires_at > ${now}) as session_count,
       (select count(*)::int from devices d where d.user_id = u.id and d.removed_at is null) as device_count,
       (select count(*)::int from group_members m where m.user_id = u.id) as group_count,
       coalesce((select json_agg(json_build_object('id', g.id, 'name', g.display_name)) from (
         select g.id, g.display_name from group_members m join groups g on g.id = m.group_id
         where m.user_id = u.id order by lower(g.display_name) limit 2) g), '[]') as groups,
       coalesce((select json_agg(f.kind) from (select distinct e.kind from enrolled_factors e
         where e.user_id = u.id and (${countsEmail} or e.kind <> 'email')) f), '[]') as factor_kinds
     from page u join roles r on r.id = u.role_id left join directories d on d.id = u.directory_id
     order by u.place`,
    binds.values,
  );
  const isNumber = sortKeys[order.sort].type === "bigint";
  const valueOf = (text: string | null) => (isNumber && text !== null ? Number(text) : text);
  return cutPage(rows, page.limit, cursor, of, (row) => ({ value: valueOf(row.sort_value), id: row.id }));
}

/** How many users match, counted no further than `most` + 1; without it, all of them. */
export async function countUserList(from: Queryable, filter: UserListFilter, most?: number): Promise<number> {
  const binds = new Binds();
  const where = userConditions(filter, binds);
  const row = await from.row<{ count: number }>(
    `select count(*)::int as count from (
       select 1 from users u where ${where.join(" and ")} limit ${binds.bind(most === undefined ? null : most + 1)}::bigint
     ) matching`,
    binds.values,
  );
  return row?.count ?? 0;
}

/** The conditions on `users u` of a filter; deleted accounts are in no list. */
export function userConditions(filter: UserListFilter, binds: Binds): string[] {
  const where = ["u.deleted_at is null"];
  const q = filter.q?.trim() ?? "";
  if (isId(q)) where.push(`u.id = ${binds.bind(q)}::uuid`);
  else
    for (const part of q.split(/\s+/).filter((text) => text !== ""))
      where.push(`u.search like ${binds.bind(partPattern(part))}`);
  if (filter.statuses !== undefined) where.push(`u.status = any(${binds.bind(filter.statuses)}::text[])`);
  if (filter.onboarded !== undefined) where.push(`u.onboarded_at is ${filter.onboarded ? "not " : ""}null`);
  if (filter.roleId !== undefined) where.push(`u.role_id = ${binds.bind(filter.roleId)}::uuid`);
  if (filter.directoryId === null) where.push("u.directory_id is null");
  else if (filter.directoryId !== undefined) where.push(`u.directory_id = ${binds.bind(filter.directoryId)}::uuid`);
  if (filter.attribute !== undefined) where.push(hasValue(filter.attribute, binds));
  if (filter.groupId !== undefined) {
    where.push(
      `exists (select 1 from group_members m where m.user_id = u.id and m.group_id = ${binds.bind(filter.groupId)}::uuid)`,
    );
  }
  if (filter.factor !== undefined) where.push(hasFactor(filter.factor));
  // Use users_created and users_last_active.
  if (filter.createdAfter !== undefined) where.push(`u.created_at >= ${binds.bind(filter.createdAfter)}`);
  if (filter.createdBefore !== undefined) where.push(`u.created_at < ${binds.bind(filter.createdBefore)}`);
  if (filter.activeAfter !== undefined) where.push(`u.last_active_at >= ${binds.bind(filter.activeAfter)}`);
  if (filter.activeBefore !== undefined) where.push(`u.last_active_at < ${binds.bind(filter.activeBefore)}`);
  if (filter.invitations !== undefined) where.push("u.onboarded_at is null", isInvitation(filter.invitations));
  return where;
}

// A join either way, so that few who have one are found from them, and many along the order of the list.
function hasFactor({ isEnrolled, countsEmail }: { isEnrolled: boolean; countsEmail: boolean }): string {
  const enrolled = `enrolled_factors f${countsEmail ? "" : " where f.kind <> 'email'"}`;
  if (isEnrolled) return `u.id in (select f.user_id from ${enrolled})`;
  return `not exists (select from ${enrolled} ${countsEmail ? "where" : "and"} f.user_id = u.id)`;
}

const casts = { text_key: "text", number_key: "numeric", time_key: "timestamptz", boolean_key: "boolean" };

// Uses the index of user_attribute_keys for the column.
function hasValue(asked: AttributeCondition, binds: Binds): string {
  const { number, column, value, ignoresCase, isBeginning } = asked;
  const given = `${binds.bind(value)}::${casts[column]}`;
  const bind = ignoresCase ? `lower(${given})` : given;
  const condition = isBeginning ? `starts_with(k.${column}, ${bind})` : `k.${column} = ${bind}`;
  return `exists (select 1 from user_attribute_keys k where k.user_id = u.id and k.attribute = ${number} and ${condition})`;
}
