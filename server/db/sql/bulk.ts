import type { BulkAction, BulkOutcome, BulkState } from "../../contract/bulk.ts";
import { Binds, cutPage, keyset, readCursor } from "../keyset.ts";
import type { Page } from "../keyset.ts";
import type { Queryable } from "../queryable.ts";
import type { UserId } from "../../kernel/ids.ts";
import { userConditions } from "./user-list.ts";
import type { UserListFilter } from "./user-list.ts";

/** What a bulk action is about beside the users, with the name that it had at the start. */
export interface BulkTarget {
  roleId?: string;
  roleName?: string;
  groupId?: string;
  groupName?: string;
}

/** How the users of a bulk action were chosen, for people who look at it later. */
export interface BulkChoice {
  kind: "ids" | "filter" | "changedBy";
  filter?: Record<string, string>;
  changedBy?: string;
}

export interface BulkJobRow {
  id: string;
  action: BulkAction;
  target: BulkTarget;
  selection: BulkChoice;
  state: BulkState;
  reason: string | null;
  actor_kind: string;
  actor_id: string | null;
  actor_name: string;
  address: string | null;
  user_agent: string | null;
  request_id: string;
  total: number;
  changed: number;
  unchanged: number;
  refused: number;
  reached: string | null;
  created_at: Date;
  ended_at: Date | null;
}

const columns = `b.id, b.action, b.target, b.selection, b.state, b.reason, b.actor_kind, b.actor_id, b.actor_name,
  host(b.address) as address, b.user_agent, b.request_id, b.total, b.changed, b.unchanged, b.refused, b.reached,
  b.created_at, b.ended_at`;

export type NewBulkJob = Pick<
  BulkJobRow,
  | "id"
  | "action"
  | "target"
  | "selection"
  | "actor_kind"
  | "actor_id"
  | "actor_name"
  | "address"
  | "user_agent"
  | "request_id"
  | "created_at"
>;

/** Adds a bulk action, for nobody yet. */
export async function insertBulkJob(to: Queryable, job: NewBulkJob): Promise<void> {
  await to.run(
    `insert into bulk_jobs (id, action, target, selection, actor_kind, actor_id, actor_name, address, user_agent,
       request_id, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      job.id,
      job.action,
      JSON.stringify(job.target),
      JSON.stringify(job.selection),
      job.actor_kind,
      job.actor_id,
      job.actor_name,
      job.address,
      job.user_agent,
      job.request_id,
      job.created_at,
    ],
  );
}

/** Whom a bulk action is for. */
export type BulkUsers =
  | { kind: "ids"; ids: readonly string[] }
  | { kind: "filter"; filter: UserListFilter; except: readonly string[] }
  | { kind: "changedBy"; jobId: string };

/**
 * Settles whom a bulk action is for. In the order of their ids, so that a million rows go to the end of the index.
 *
 * @returns how many they are
 */
export async function insertBulkUsers(to: Queryable, jobId: string, users: BulkUsers): Promise<number> {
  const binds = new Binds();
  const job = binds.bind(jobId);
  const total = await to.run(
    `insert into bulk_results (job_id, user_id) select ${job}::uuid, u.id from users u
     where ${chosen(users, binds).join(" and ")} order by u.id`,
    binds.values,
  );
  await to.run("update bulk_jobs set total = $2 where id = $1", [jobId, total]);
  return total;
}

function chosen(users: BulkUsers, binds: Binds): string[] {
  if (users.kind === "filter") {
    const where = userConditions(users.filter, binds);
    return users.except.length === 0 ? where : [...where, `u.id <> all(${binds.bind(users.except)}::uuid[])`];
  }
  if (users.kind === "ids") return ["u.deleted_at is null", `u.id = any(${binds.bind(users.ids)}::uuid[])`];
  const others = `select r.user_id from bulk_results r where r.job_id = ${binds.bind(users.jobId)}::uuid and r.outcome = 'changed'`;
  return ["u.deleted_at is null", `u.id in (${others})`];
}

/** One bulk action. Uses bulk_jobs_pkey. */
export async function selectBulkJob(from: Queryable, id: string): Promise<BulkJobRow | undefined> {
  return await from.row<BulkJobRow>(`select ${columns} from bulk_jobs b where b.id = $1`, [id]);
}

/** The same, locked: its batches follow each other, and a stop comes between them. Uses bulk_jobs_pkey. */
export async function lockBulkJob(from: Queryable, id: string): Promise<BulkJobRow | undefined> {
  return await from.row<BulkJobRow>(`select ${columns} from bulk_jobs b where b.id = $1 for no key update`, [id]);
}

/** One page of bulk actions, newest first. Uses bulk_jobs_pkey: ids are ordered by time. */
export async function selectBulkPage(
  from: Queryable,
  page: { cursor?: string | undefined; limit: number },
): Promise<Page<BulkJobRow>> {
  const cursor = page.cursor === undefined ? undefined : readCursor(page.cursor, "bulk");
  const binds = new Binds();
  const { where, orderBy } = keyset({ expression: "b.id", type: "uuid" }, "b.id", "desc", cursor, binds);
  const rows = await from.rows<BulkJobRow>(
    `select ${columns} from bulk_jobs b where ${where} order by ${orderBy} limit ${binds.bind(page.limit + 1)}`,
    binds.values,
  );
  return cutPage(rows, page.limit, cursor, "bulk", (row) => ({ value: row.id, id: row.id }));
}

/** How many there are, counted no further than `most` + 1. */
export async function countBulkJobs(from: Queryable, most: number): Promise<number> {
  const row = await from.row<{ count: number }>(
    "select count(*)::int as count from (select 1 from bulk_jobs limit $1) b",
    [most + 1],
  );
  return row?.count ?? 0;
}

/** The users who come next. Uses bulk_results_pkey. */
export async function selectNextUsers(from: Queryable, job: BulkJobRow, most: number): Promise<UserId[]> {
  const rows = await from.rows<{ user_id: UserId }>(
    `select user_id from bulk_results where job_id = $1 and ($2::uuid is null or user_id > $2)
     order by user_id limit $3`,
    [job.id, job.reached, most],
  );
  return rows.map((row) => row.user_id);
}

/** What has become of a user. */
export interface BulkResult {
  userId: UserId;
  outcome: BulkOutcome;
  reason: string | null;
}

/** Notes what has become of a batch, in the order of their ids. Uses bulk_results_pkey, bulk_jobs_pkey. */
export async function saveBulkResults(to: Queryable, jobId: string, results: readonly BulkResult[]): Promise<void> {
  await to.run(
    `with given as (
       select user_id, outcome, reason from unnest($2::uuid[], $3::text[], $4::text[]) as g (user_id, outcome, reason)
     ), noted as (
       update bulk_results r set outcome = g.outcome, reason = g.reason from given g
       where r.job_id = $1 and r.user_id = g.user_id
     )
     update bulk_jobs set
       changed = changed + (select count(*) from given where outcome = 'changed'),
       unchanged = unchanged + (select count(*) from given where outcome = 'unchanged'),
       refused = refused + (select count(*) from given where outcome = 'refused'),
       reached = $5
     where id = $1`,
    [
      jobId,
      results.map((one) => one.userId),
      results.map((one) => one.outcome),
      results.map((one) => one.reason),
      results.at(-1)?.userId ?? null,
    ],
  );
}

/** Ends a bulk action. Uses bulk_jobs_pkey. */
export async function endBulkJob(
  to: Queryable,
  id: string,
  end: { state: Exclude<BulkState, "working">; reason: string | null; now: Date },
): Promise<void> {
  await to.run("update bulk_jobs set state = $2, reason = $3, ended_at = $4 where id = $1", [
    id,
    end.state,
    end.reason,
    end.now,
  ]);
}

/** Locks users until the transaction ends, in the order of their ids, as everything that holds several does. */
export async function lockUsers(from: Queryable, ids: readonly UserId[]): Promise<void> {
  await from.rows("select id from users where id = any($1::uuid[]) order by id for update", [ids]);
}

/** Which of these users are in a group. Uses group_members_pkey. */
export async function selectThoseIn(
  from: Queryable,
  groupId: string,
  userIds: readonly UserId[],
): Promise<{ id: UserId; display_name: string; is_in: boolean }[]> {
  return await from.rows(
    `select u.id, u.display_name,
       exists (select from group_members m where m.group_id = $1 and m.user_id = u.id) as is_in
     from users u where u.id = any($2::uuid[]) and u.deleted_at is null`,
    [groupId, userIds],
  );
}

/** Codes of the refusals, the most frequent first. Uses bulk_results_odd. */
export async function countRefusals(from: Queryable, jobId: string): Promise<{ code: string; count: number }[]> {
  return await from.rows(
    `select reason as code, count(*)::int as count from bulk_results
     where job_id = $1 and outcome = 'refused' group by reason order by count(*) desc, reason`,
    [jobId],
  );
}

export interface BulkResultRow {
  id: string;
  display_name: string;
  username: string | null;
  outcome: BulkOutcome | null;
  reason: string | null;
}

/** One page of results by user. Uses bulk_results_pkey or bulk_results_odd, and users_pkey for the rows of the page. */
export async function selectBulkResults(
  from: Queryable,
  jobId: string,
  outcome: BulkOutcome | undefined,
  page: { cursor?: string | undefined; limit: number },
): Promise<Page<BulkResultRow>> {
  const of = `bulkResults.${outcome ?? "all"}`;
  const cursor = page.cursor === undefined ? undefined : readCursor(page.cursor, of);
  const binds = new Binds();
  const conditions = [`r.job_id = ${binds.bind(jobId)}::uuid`];
  // Written out: what the partial index stands on must be seen when the statement is planned.
  if (outcome !== undefined) conditions.push(`r.outcome = '${outcome}'`);
  const { where, orderBy } = keyset({ expression: "r.user_id", type: "uuid" }, "r.user_id", "asc", cursor, binds);
  const rows = await from.rows<BulkResultRow>(
    `with page as materialized (
       select r.user_id, r.outcome, r.reason from bulk_results r
       where ${[...conditions, where].join(" and ")} order by ${orderBy} limit ${binds.bind(page.limit + 1)}
     )
     select u.id, u.display_name, u.username, r.outcome, r.reason from page r join users u on u.id = r.user_id
     order by ${orderBy}`,
    binds.values,
  );
  return cutPage(rows, page.limit, cursor, of, (row) => ({ value: row.id, id: row.id }));
}
