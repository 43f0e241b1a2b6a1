import type { Queryable } from "../queryable.ts";

export interface OverviewRow {
  pending: number;
  active: number;
  blocked: number;
  disabled: number;
  accounts_this_week: number;
  monthly_active: number;
  onboarded: number;
  groups: number;
  apps: number;
  failed_sign_ins: number;
  failure_reasons: { reason: string; count: number }[];
  directories: { id: string; name: string; is_paused: boolean; last_request_at: string | null; failed: number }[];
  mails_waiting: number;
  mails_failed: number;
  mails_kept: number;
}

export interface SignInDay {
  day: string;
  signed_in: number;
  failed: number;
}

/**
 * The figures of the overview in one round trip. Counts by status come from users_status (369 ms for a million
 * accounts were measured for such a count), sign-ins of a day from events_type, apps used from app_uses.
 */
export async function selectOverview(from: Queryable, now: Date): Promise<OverviewRow> {
  const row = await from.row<OverviewRow>(
    `with by_status as (select status, count(*)::int as count, count(onboarded_at)::int as onboarded
       from users where deleted_at is null group by status),
     failures as (select coalesce(reason, 'unknown') as reason, count(*)::int as count from events
       where type = 'signin.failed' and at > $1::timestamptz - interval '1 day' and at <= $1 group by 1)
     select
       coalesce((select count from by_status where status = 'pending'), 0) as pending,
       coalesce((select count from by_status where status = 'active'), 0) as active,
       coalesce((select count from by_status where status = 'blocked'), 0) as blocked,
       coalesce((select count from by_status where status = 'disabled'), 0) as disabled,
       coalesce((select sum(onboarded)::int from by_status), 0) as onboarded,
       (select count(*)::int from users where deleted_at is null and created_at > $1::timestamptz - interval '7 days') as accounts_this_week,
       (select count(distinct user_id)::int from app_uses where last_at > $1::timestamptz - interval '30 days') as monthly_active,
       (select count(*)::int from groups) as groups,
       (select count(*)::int from apps where not is_built_in) as apps,
       coalesce((select sum(count)::int from failures), 0) as failed_sign_ins,
       coalesce((select json_agg(json_build_object('reason', reason, 'count', count) order by count desc) from failures), '[]') as failure_reasons,
       coalesce((select json_agg(json_build_object('id', d.id, 'name', d.name, 'is_paused', d.paused_at is not null,
           'last_request_at', d.last_request_at,
           'failed', (select count(*)::int from directory_requests q
             where q.directory_id = d.id and q.at > $1::timestamptz - interval '1 day' and q.status >= 400)) order by lower(d.name))
         from (select * from directories order by lower(name) limit 50) d), '[]') as directories,
       (select count(*)::int from mails where state = 'waiting') as mails_waiting,
       (select count(*)::int from mails where state = 'failed') as mails_failed,
       (select count(*)::int from mails where state = 'kept') as mails_kept`,
    [now],
  );
  if (row === undefined) throw new Error("The overview statement answers one row.");
  return row;
}

/** Sign-ins and failures by day, oldest first, days without any included. Uses events_type. */
export async function selectSignInDays(from: Queryable, now: Date, days: number): Promise<SignInDay[]> {
  return await from.rows<SignInDay>(
    `with days as (
       select generate_series(date_trunc('day', $1::timestamptz at time zone 'UTC') - make_interval(days => $2 - 1),
         date_trunc('day', $1::timestamptz at time zone 'UTC'), interval '1 day') as day
     ), counts as (
       select date_trunc('day', at at time zone 'UTC') as day,
         count(*) filter (where type = 'signin.succeeded')::int as signed_in,
         count(*) filter (where type = 'signin.failed')::int as failed
       from events where type in ('signin.succeeded', 'signin.failed') and at > $1::timestamptz - make_interval(days => $2)
       group by 1
     )
     select to_char(d.day, 'YYYY-MM-DD') as day, coalesce(c.signed_in, 0) as signed_in, coalesce(c.failed, 0) as failed
     from days d left join counts c on c.day = d.day order by d.day`,
    [now, days],
  );
}
