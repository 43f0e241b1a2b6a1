import { isIP } from "node:net";
import { isId } from "../../kernel/ids.ts";
import type { Queryable } from "../queryable.ts";
import { Binds, cutPage, keyset, readCursor } from "../keyset.ts";
import type { Page } from "../keyset.ts";

export interface EventListFilter {
  /** A username, user id, email or network address. */
  q?: string | undefined;
  /** A type, or its first part. */
  type?: string | undefined;
  outcome?: "success" | "failure" | undefined;
  /** Id of the one it happened to. */
  subject?: string | undefined;
  after?: Date | undefined;
  before?: Date | undefined;
}

export interface EventListRow {
  id: string;
  at: Date;
  type: string;
  outcome: "success" | "failure";
  reason: string | null;
  actor_kind: string;
  actor_id: string | null;
  actor_name: string | null;
  actor_is_deleted: boolean;
  subject_kind: string | null;
  subject_id: string | null;
  subject_name: string | null;
  subject_is_deleted: boolean;
  app_id: string | null;
  app_name: string | null;
  changes: Record<string, { from: unknown; to: unknown }> | null;
  details: Record<string, unknown> | null;
  address: string | null;
  user_agent: string | null;
  request_id: string | null;
}

/**
 * One page of events, newest first. Ids are ordered by time, so events_order serves both order and page; a person uses
 * events_subject and events_actor, a kind events_type, an address events_address.
 */
export async function selectEventPage(
  from: Queryable,
  filter: EventListFilter,
  page: { cursor?: string | undefined; limit: number },
): Promise<Page<EventListRow>> {
  const cursor = page.cursor === undefined ? undefined : readCursor(page.cursor, "events");
  const binds = new Binds();
  const conditions = await eventConditions(from, filter, binds);
  const { where, orderBy } = keyset({ expression: "e.id", type: "uuid" }, "e.id", "desc", cursor, binds);
  const rows = await from.rows<EventListRow>(
    `with page as materialized (
       select * from events e where ${[...conditions, where].join(" and ")} order by ${orderBy} limit ${binds.bind(page.limit + 1)}
     )
     select e.id, e.at, e.type, e.outcome, e.reason, e.actor_kind, e.actor_id, e.actor_name, e.subject_kind, e.subject_id,
       e.subject_name, e.app_id, a.name as app_name, e.changes, e.details, host(e.address) as address, e.user_agent, e.request_id,
       (au.deleted_at is not null) as actor_is_deleted, (su.deleted_at is not null) as subject_is_deleted
     from page e left join apps a on a.id = e.app_id
     left join users au on e.actor_kind = 'user' and au.id::text = e.actor_id
     left join users su on e.subject_kind = 'user' and su.id::text = e.subject_id
     order by ${orderBy}`,
    binds.values,
  );
  return cutPage(rows, page.limit, cursor, "events", (row) => ({ value: row.id, id: row.id }));
}

/** The same for what happened to one person. Uses events_subject. */
export async function selectOwnEventPage(
  from: Queryable,
  userId: string,
  page: { cursor?: string | undefined; limit: number },
): Promise<Page<EventListRow>> {
  return await selectEventPage(from, { subject: userId }, page);
}

/** How many events match, counted no further than `most` + 1. */
export async function countEvents(from: Queryable, filter: EventListFilter, most: number): Promise<number> {
  const binds = new Binds();
  const conditions = await eventConditions(from, filter, binds);
  const row = await from.row<{ count: number }>(
    `select count(*)::int as count from (
       select 1 from events e where ${conditions.join(" and ")} limit ${binds.bind(most + 1)}) e`,
    binds.values,
  );
  return row?.count ?? 0;
}

/** The conditions of a filter on `events e`. */
export async function eventConditions(from: Queryable, filter: EventListFilter, binds: Binds): Promise<string[]> {
  const conditions = ["true"];
  const q = filter.q?.trim() ?? "";
  if (isIP(q) !== 0 && !q.includes("%")) conditions.push(`e.address = ${binds.bind(q)}::inet`);
  else if (q !== "") {
    const ids = binds.bind(isId(q) ? [q.toLowerCase()] : await idsOf(from, q));
    conditions.push(`(e.subject_id = any(${ids}::text[]) or e.actor_id = any(${ids}::text[]))`);
  }
  if (filter.type !== undefined) {
    const type = binds.bind(filter.type);
    // A range instead of LIKE, so that the plain index serves in every locale.
    conditions.push(`(e.type = ${type} or (e.type >= ${type} || '.' and e.type < ${type} || '/'))`);
  }
  if (filter.outcome !== undefined) conditions.push(`e.outcome = ${binds.bind(filter.outcome)}`);
  if (filter.subject !== undefined) conditions.push(`e.subject_id = ${binds.bind(filter.subject)}`);
  if (filter.after !== undefined) conditions.push(`e.at >= ${binds.bind(filter.after)}`);
  if (filter.before !== undefined) conditions.push(`e.at < ${binds.bind(filter.before)}`);
  return conditions;
}

/** The users with a username or email. Uses users_username_key and users_email. */
async function idsOf(from: Queryable, name: string): Promise<string[]> {
  const rows = await from.rows<{ id: string }>(
    `select id::text as id from users where lower(username) = lower($1)
     union select id::text from users where lower(email) = lower($1) and deleted_at is null limit 100`,
    [name],
  );
  return rows.map((row) => row.id);
}
