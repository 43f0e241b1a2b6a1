import type { Queryable } from "../queryable.ts";

/** What takes as long to count as there are accounts. */
export interface Counts {
  pending: number;
  active: number;
  blocked: number;
  disabled: number;
  accounts_this_week: number;
  onboarded: number;
  groups: number;
  /** Users by enrolled second factor, and with any. */
  factors: { totp: number; passkey: number; email: number; any: number };
}

/** What is counted as it happens, or is little. */
export interface Figures {
  monthly_active: number;
  /** Oldest first, months without anybody included; the last one is not over. */
  months: { month: string; users: number }[];
  apps: number;
  failure_reasons: { reason: string; count: number }[];
  directories: {
    id: string;
    name: string;
    is_paused: boolean;
    last_request_at: string | null;
    failed: number;
    token_ends_at: string | null;
  }[];
  mails_waiting: number;
  mails_failed: number;
  mails_kept: number;
  jobs_waiting: number;
  jobs_running: number;
  jobs_failed: number;
}

export interface SignInDay {
  day: string;
  signed_in: number;
  failed: number;
}

/**
 * Counts accounts, groups and factors. It reads users_status, users_created and the tables of factors from end to end:
 * about a second for a million accounts.
 */
export async function countAll(from: Queryable, now: Date): Promise<Counts> {
  const row = await from.row<Counts>(
    `with by_status as (select status, count(*)::int as count, count(onboarded_at)::int as onboarded
       from users where deleted_at is null group by status),
     by_user as (select user_id, bool_or(kind = 'totp') as totp, bool_or(kind = 'passkey') as passkey, bool_or(kind = 'email') as email
       from enrolled_factors group by user_id),
     setting as (select coalesce((select (value #>> '{}')::boolean from settings where key = 'factors.email'), false) as email)
     select
       coalesce((select count from by_status where status = 'pending'), 0) as pending,
       coalesce((select count from by_status where status = 'active'), 0) as active,
       coalesce((select count from by_status where status = 'blocked'), 0) as blocked,
       coalesce((select count from by_status where status = 'disabled'), 0) as disabled,
       coalesce((select sum(onboarded)::int from by_status), 0) as onboarded,
       (select count(*)::int from users where deleted_at is null and created_at > $1::timestamptz - interval '7 days') as accounts_this_week,
       (select count(*)::int from groups) as groups,
       (select json_build_object('totp', count(*) filter (where totp), 'passkey', count(*) filter (where passkey),
           'email', count(*) filter (where by_user.email and setting.email),
           'any', count(*) filter (where totp or passkey or (by_user.email and setting.email)))
         from by_user, setting) as factors`,
    [now],
  );
  if (row === undefined) throw new Error("The statement of the counts answers one row.");
  return row;
}

/** The counts as they were last kept. */
export async function selectCounts(from: Queryable): Promise<{ counts: Counts; counted_at: Date } | undefined> {
  return await from.row("select counts, counted_at from overview_counts");
}

/** Keeps the counts for whoever asks next. */
export async function saveCounts(to: Queryable, counts: Counts, now: Date): Promise<void> {
  await to.run(
    `insert into overview_counts as o (counts, counted_at) values ($1, $2)
     on conflict (is_only) do update set counts = excluded.counts, counted_at = excluded.counted_at
     where o.counted_at < excluded.counted_at`,
    [JSON.stringify(counts), now],
  );
}

// Past this, a number says that there are many, and counting on would take its time.
const mostCounted = 10_000;
const counted = (what: string) => `(select count(*)::int from (select 1 from ${what} limit ${mostCounted}) counted)`;

/**
 * What is counted as it happens, or is little, in one round trip. Failures of a day are found by the time in their ids.
 * Uses activity_days_pkey, activity_months_pkey, events_type, directory_requests_directory_at, mails_state.
 *
 * @param since an id that no event of the last day comes before
 */
export async function selectFigures(from: Queryable, now: Date, since: string): Promise<Figures> {
  const row = await from.row<Figures>(
    `with failures as (select coalesce(reason, 'unknown') as reason, count(*)::int as count from events
       where type = 'signin.failed' and id >= $2::uuid and at > $1::timestamptz - interval '1 day' and at <= $1 group by 1),
     months as (select generate_series(date_trunc('month', $1::timestamptz at time zone 'UTC') - interval '11 months',
       date_trunc('month', $1::timestamptz at time zone 'UTC'), interval '1 month')::date as month)
     select
       (select coalesce(sum(users), 0)::int from activity_days where day > ($1::timestamptz at time zone 'UTC')::date - 30) as monthly_active,
       (select json_agg(json_build_object('month', to_char(m.month, 'YYYY-MM'),
           'users', (select coalesce(sum(a.users), 0)::int from activity_months a where a.month = m.month)) order by m.month)
         from months m) as months,
       (select count(*)::int from apps where not is_built_in) as apps,
       coalesce((select json_agg(json_build_object('reason', reason, 'count', count) order by count desc) from failures), '[]') as failure_reasons,
       coalesce((select json_agg(json_build_object('id', d.id, 'name', d.name, 'is_paused', d.paused_at is not null,
           'last_request_at', d.last_request_at,
           'failed', (select count(*)::int from directory_requests q
             where q.directory_id = d.id and q.id >= $2::uuid and q.at > $1::timestamptz - interval '1 day' and q.status >= 400),
           'token_ends_at', (select nullif(max(coalesce(t.expires_at, 'infinity')), 'infinity') from directory_tokens t
             where t.directory_id = d.id and (t.expires_at is null or t.expires_at > $1))) order by lower(d.name))
         from (select * from directories order by lower(name) limit 50) d), '[]') as directories,
       ${counted("mails where state = 'waiting'")} as mails_waiting,
       ${counted("mails where state = 'failed'")} as mails_failed,
       ${counted("mails where state = 'kept'")} as mails_kept,
       ${counted("graphile_worker.jobs where attempts < max_attempts and locked_at is null")} as jobs_waiting,
       ${counted("graphile_worker.jobs where locked_at is not null")} as jobs_running,
       ${counted("graphile_worker.jobs where attempts >= max_attempts and locked_at is null")} as jobs_failed`,
    [now, since],
  );
  if (row === undefined) throw new Error("The statement of the figures answers one row.");
  return row;
}

/** Sign-ins and failures by day, oldest first, days without any included. Uses sign_in_days_pkey. */
export async function selectSignInDays(from: Queryable, now: Date, days: number): Promise<SignInDay[]> {
  return await from.rows<SignInDay>(
    `with days as (
       select generate_series(date_trunc('day', $1::timestamptz at time zone 'UTC') - make_interval(days => $2 - 1),
         date_trunc('day', $1::timestamptz at time zone 'UTC'), interval '1 day')::date as day
     )
     select to_char(d.day, 'YYYY-MM-DD') as day, coalesce(sum(c.succeeded), 0)::int as signed_in,
       coalesce(sum(c.failed), 0)::int as failed
     from days d left join sign_in_days c on c.day = d.day group by d.day order by d.day`,
    [now, days],
  );
}
