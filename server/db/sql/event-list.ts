import { isIP } from "node:net";
import { firstIdAt, isId } from "../../kernel/ids.ts";
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
 * One page of events, newest first. Ids are ordered by time, so events_order serves order, time and page; somebody's
 * events come from events_subject and events_actor, a kind from events_type, failures from events_failures, an address
 * from events_address.
 */
export async function selectEventPage(
  from: Queryable,
  filter: EventListFilter,
  page: { cursor?: string | undefined; limit: number },
): Promise<Page<EventListRow>> {
  const cursor = page.cursor === undefined ? undefined : readCursor(page.cursor, "events");
  const binds = new Binds();
  const people = await peopleOf(from, filter.q);
  const conditions = matching(filter, binds);
  const { where, orderBy } = keyset({ expression: "e.id", type: "uuid" }, "e.id", "desc", cursor, binds);
  const found = source(
    [...conditions, where],
    `order by ${orderBy} limit ${binds.bind(page.limit + 1)}`,
    people,
    binds,
  );
  const rows = await from.rows<EventListRow>(
    `with page as materialized (
       select * from (${found("*")}) e order by ${orderBy} limit ${binds.bind(page.limit + 1)}
     )
     select e.id, e.at, e.type, e.outcome, e.reason, e.actor_kind, e.actor_id, e.actor_name, e.subject_kind, e.subject_id,
       e.subject_name, e.app_id, a.name as app_name, e.changes, e.details, host(e.address) as address, e.user_agent, e.request_id,
       (au.deleted_at is not null) as actor_is_deleted, (su.deleted_at is not null) as subject_is_deleted
     from page e left join apps a on a.id = e.app_id
     left join users au on au.id = ${idOfUser("actor")}
     left join users su on su.id = ${idOfUser("subject")}
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
  const people = await peopleOf(from, filter.q);
  const conditions = matching(filter, binds);
  const found = source(conditions, `limit ${binds.bind(most + 1)}`, people, binds);
  const row = await from.row<{ count: number }>(
    `select count(*)::int as count from (select from (${found("id")}) e limit ${binds.bind(most + 1)}) e`,
    binds.values,
  );
  return row?.count ?? 0;
}

/** The conditions of a filter on `events e`, for whoever reads all that match. */
export async function eventConditions(from: Queryable, filter: EventListFilter, binds: Binds): Promise<string[]> {
  const people = await peopleOf(from, filter.q);
  const conditions = matching(filter, binds);
  if (people === undefined) return conditions;
  const ids = `${binds.bind(people)}::text[]`;
  return [...conditions, `(e.subject_id = any(${ids}) or e.actor_id = any(${ids}))`];
}

/**
 * The events that meet all conditions. What somebody did and what happened to them lie in two indexes, each in the order
 * of the log: both are read only as far as the page needs, however much there is of somebody.
 *
 * @param end order and limit of each part
 */
function source(conditions: readonly string[], end: string, people: readonly string[] | undefined, binds: Binds) {
  if (people === undefined) {
    return (columns: string) => `(select ${columns} from events e where ${conditions.join(" and ")} ${end})`;
  }
  const ids = binds.bind(people);
  const part = (column: string, columns: string) =>
    `(select ${columns} from events e where e.${column} = person.id and ${conditions.join(" and ")} ${end})`;
  return (columns: string) =>
    `select distinct on (e.id) e.* from unnest(${ids}::text[]) person (id) cross join lateral (
       ${part("subject_id", columns)} union all ${part("actor_id", columns)}) e`;
}

function matching(filter: EventListFilter, binds: Binds): string[] {
  const conditions = ["true"];
  const q = filter.q?.trim() ?? "";
  if (isAddress(q)) conditions.push(`e.address = ${binds.bind(q)}::inet`);
  if (filter.type !== undefined) {
    const type = binds.bind(filter.type);
    // A range instead of LIKE, so that the plain index serves in every locale.
    conditions.push(
      filter.type.includes(".") ? `e.type = ${type}` : `e.type >= ${type} || '.' and e.type < ${type} || '/'`,
    );
  }
  // Written out, so that the index of the few that failed is known to serve.
  if (filter.outcome !== undefined)
    conditions.push(`e.outcome = '${filter.outcome === "failure" ? "failure" : "success"}'`);
  if (filter.subject !== undefined) conditions.push(`e.subject_id = ${binds.bind(filter.subject)}`);
  // The time finds the partitions, and the ids their rows: an id begins with the time.
  if (filter.after !== undefined) {
    conditions.push(`e.at >= ${binds.bind(filter.after)}`, `e.id >= ${binds.bind(firstIdAt(filter.after))}::uuid`);
  }
  if (filter.before !== undefined) {
    conditions.push(`e.at < ${binds.bind(filter.before)}`, `e.id < ${binds.bind(firstIdAt(filter.before))}::uuid`);
  }
  return conditions;
}

/** The id of a party that is a user, in the type of users_pkey: the other way round, all users would be read. */
function idOfUser(party: "actor" | "subject"): string {
  return `case when e.${party}_kind = 'user' and e.${party}_id ~ '^[0-9a-f-]{36}$' then e.${party}_id::uuid end`;
}

function isAddress(q: string): boolean {
  return isIP(q) !== 0 && !q.includes("%");
}

/**
 * The ids that a search is about: the one that it names, or those of the users with a username or email. Uses
 * users_username_key and users_email_values.
 *
 * @returns undefined when the search is about nobody in particular
 */
async function peopleOf(from: Queryable, asked: string | undefined): Promise<string[] | undefined> {
  const q = asked?.trim() ?? "";
  if (q === "" || isAddress(q)) return undefined;
  if (isId(q)) return [q.toLowerCase()];
  const rows = await from.rows<{ id: string }>(
    `select id::text as id from users where lower(username) = lower($1)
     union (select id::text from users_with_email($1) as id limit 20)`,
    [q],
  );
  return rows.map((row) => row.id);
}
