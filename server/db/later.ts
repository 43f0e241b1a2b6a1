import { prepared } from "./queryable.ts";
import type { Queryable } from "./queryable.ts";
import { newUserBinds, newUserColumns } from "./sql/users.ts";
import type { NewUserRow } from "./sql/users.ts";

/** A line of the audit log, as it is stored. */
export interface EventRow {
  id: string;
  at: Date;
  type: string;
  outcome: string;
  reason: string | null;
  actor_kind: string;
  actor_id: string | null;
  actor_name: string | null;
  subject_kind: string | null;
  subject_id: string | null;
  subject_name: string | null;
  app_id: string | null;
  changes: unknown;
  details: unknown;
  address: string | null;
  user_agent: string | null;
  request_id: string | null;
}

/** A job of the queue (graphile-worker's add_job). */
export interface JobRow {
  identifier: string;
  payload: unknown;
  max_attempts: number;
  job_key: string | null;
  queue_name: string | null;
  run_at: Date | null;
}

/**
 * What follows from a change: its events and its jobs. They are collected while the transaction runs and written in
 * one statement before it commits, so that a change costs one round trip for them however many there are.
 */
export class Later {
  readonly events: EventRow[] = [];
  readonly jobs: JobRow[] = [];
  /** A user that is made together with them, where nothing else of the work needs its row. */
  user: NewUserRow | undefined;

  /** Writes what was collected. Called once, when the work is done. */
  async write(to: Queryable): Promise<void> {
    const lists = [JSON.stringify(this.events), JSON.stringify(this.jobs)];
    const hasSignIn = this.events.some((event) => signIns.includes(event.type));
    // Whoever is only just made has not signed in.
    if (this.user !== undefined) await to.rows(withUser, [...lists, ...newUserBinds(this.user)]);
    else if (hasSignIn) await to.rows(withSignIn, lists);
    else if (this.events.length > 0 || this.jobs.length > 0) await to.rows(withoutUser, lists);
  }
}

// A key replaces the waiting job of the same key; a job without one is always new.
const writing = `recorded as (
    insert into events
      (id, at, type, outcome, reason, actor_kind, actor_id, actor_name, subject_kind, subject_id, subject_name, app_id,
       changes, details, address, user_agent, request_id)
    select id, at, type, outcome, reason, actor_kind, actor_id, actor_name, subject_kind, subject_id, subject_name, app_id,
       changes, details, address, user_agent, request_id
    from jsonb_to_recordset($1::jsonb) as e
      (id uuid, at timestamptz, type text, outcome text, reason text, actor_kind text, actor_id text, actor_name text,
       subject_kind text, subject_id text, subject_name text, app_id uuid, changes jsonb, details jsonb, address inet,
       user_agent text, request_id text)
  )
  select graphile_worker.add_job(identifier, payload, queue_name := queue_name, max_attempts := max_attempts,
    job_key := job_key, run_at := run_at)
  from jsonb_to_recordset($2::jsonb) as j
    (identifier text, payload json, queue_name text, max_attempts int, job_key text, run_at timestamptz)`;

// What the overview counts by day (migration 0049): in the transaction of the event, so that they never differ.
const signIns: readonly string[] = ["signin.succeeded", "signin.failed"];
const counting = `counted as (
    insert into sign_in_days as d (day, part, succeeded, failed)
    select (at at time zone 'UTC')::date, pg_backend_pid() % 64, count(*) filter (where type = 'signin.succeeded'),
      count(*) filter (where type = 'signin.failed')
    from jsonb_to_recordset($1::jsonb) as e (at timestamptz, type text)
    where type in ('signin.succeeded', 'signin.failed') group by 1 order by 1
    on conflict (day, part) do update set succeeded = d.succeeded + excluded.succeeded, failed = d.failed + excluded.failed
  )`;

const userBinds = newUserColumns.map((_, index) => `$${index + 3}`);
const withUser = prepared(
  `with made as (insert into users (${newUserColumns.join(", ")}) values (${userBinds.join(", ")})), ${writing}`,
);
const withoutUser = prepared(`with ${writing}`);
const withSignIn = prepared(`with ${counting}, ${writing}`);
