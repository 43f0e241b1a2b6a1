import type { Queryable } from "../queryable.ts";

export interface OnboardingTotals {
  accounts: number;
  onboarded: number;
  waiting: number;
  uninvited: number;
  expired: number;
  failed: number;
  median_seconds: number | null;
  counted_at: Date;
}

export interface OnboardingDay {
  day: string;
  created: number;
  onboarded: number;
  invited: number;
  sent: number;
  opened: number;
  activated: number;
  onboarded_total: number;
  accounts_total: number;
}

/** How many days back are counted anew: what becomes of an invitation is known by then. */
export const countedDays = 90;

/**
 * Counts everybody: the figures of the moment, and those of the last days. It reads all users and all invitations, so
 * it is a job's; pages read what it leaves.
 */
export async function countOnboarding(to: Queryable, now: Date): Promise<void> {
  await to.run(
    `insert into onboarding_days as t (day, created, onboarded, invited, sent, opened, activated)
     with days as (
       select ((($1::timestamptz at time zone 'UTC')::date - ${countedDays - 1}) + step) as day
       from generate_series(0, ${countedDays - 1}) step
     ), since as (select min(day)::timestamp at time zone 'UTC' as at from days),
     made as (select (created_at at time zone 'UTC')::date as day, count(*)::int as count
       from users where deleted_at is null and created_at >= (select at from since) group by 1),
     done as (select (onboarded_at at time zone 'UTC')::date as day, count(*)::int as count
       from users where deleted_at is null and onboarded_at >= (select at from since) group by 1),
     asked as (select (invited_at at time zone 'UTC')::date as day, count(*)::int as invited,
         count(first_sent_at)::int as sent, count(coalesce(first_opened_at, completed_at))::int as opened,
         count(completed_at)::int as activated
       from onboardings where invited_at >= (select at from since) group by 1)
     select d.day, coalesce(m.count, 0), coalesce(o.count, 0), coalesce(i.invited, 0), coalesce(i.sent, 0),
       coalesce(i.opened, 0), coalesce(i.activated, 0)
     from days d left join made m using (day) left join done o using (day) left join asked i using (day)
     on conflict (day) do update set created = excluded.created, onboarded = excluded.onboarded,
       invited = excluded.invited, sent = excluded.sent, opened = excluded.opened, activated = excluded.activated`,
    [now],
  );
  await to.run(
    `insert into onboarding_totals (accounts, onboarded, waiting, uninvited, expired, failed, median_seconds, counted_at)
     select count(*), count(u.onboarded_at), count(*) filter (where u.status = 'pending'),
       count(*) filter (where u.status = 'pending' and o.user_id is null),
       count(*) filter (where u.status = 'pending' and o.mail_state is distinct from 'failed' and o.expires_at <= $1),
       count(*) filter (where u.status = 'pending' and o.mail_state = 'failed'),
       (select percentile_cont(0.5) within group (order by extract(epoch from completed_at - invited_at))::int
        from onboardings where invited_at >= $1::timestamptz - interval '30 days' and completed_at >= invited_at),
       $1
     from users u left join onboardings o on o.user_id = u.id and o.completed_at is null where u.deleted_at is null
     on conflict (id) do update set accounts = excluded.accounts, onboarded = excluded.onboarded,
       waiting = excluded.waiting, uninvited = excluded.uninvited, expired = excluded.expired,
       failed = excluded.failed, median_seconds = excluded.median_seconds, counted_at = excluded.counted_at`,
    [now],
  );
}

/** The figures of the moment; undefined before they were counted. Reads one row. */
export async function selectOnboardingTotals(from: Queryable): Promise<OnboardingTotals | undefined> {
  return await from.row(
    `select accounts, onboarded, waiting, uninvited, expired, failed, median_seconds, counted_at
     from onboarding_totals`,
  );
}

/**
 * The figures of the last days, oldest first. How many there were in all at the end of a day follows from how many there
 * are, less those who came later. Uses onboarding_days_pkey.
 */
export async function selectOnboardingDays(from: Queryable, days: number): Promise<OnboardingDay[]> {
  return await from.rows(
    `with last as (select * from onboarding_days order by day desc limit $1)
     select to_char(d.day, 'YYYY-MM-DD') as day, d.created, d.onboarded, d.invited, d.sent, d.opened, d.activated,
       (t.onboarded - coalesce(sum(d.onboarded) over later, 0))::int as onboarded_total,
       (t.accounts - coalesce(sum(d.created) over later, 0))::int as accounts_total
     from last d cross join onboarding_totals t
     window later as (order by d.day desc rows between unbounded preceding and 1 preceding)
     order by d.day`,
    [days],
  );
}
