import type { Queryable } from "#server/db/queryable.ts";
import { withoutIndexes } from "./seed-people.ts";

const chunk = 1_000_000;

/**
 * Makes an installation that was only filled look used: events of sign-ins and changes over the last ninety days up to a
 * number of them, some users onboarded and active, and what the overview counts. All in a few statements; indexes are made
 * again afterwards.
 *
 * @param events how many there shall be in all
 */
export async function seedUse(to: Queryable, events: number): Promise<void> {
  const { users, there } = (await to.row<{ users: number; there: number }>(
    `select (select count(*)::int from users where deleted_at is null) as users, (select count(*)::int from events) as there`,
  )) ?? { users: 0, there: 0 };
  await to.run(
    "select ensure_event_partition((now() - step * interval '1 month')::date) from generate_series(0, 4) step",
  );
  await to.run(
    `create temporary table seeded_people as
     select row_number() over (order by id)::int as n, id::text as id, display_name as name from users where deleted_at is null`,
  );
  await to.run("create unique index on seeded_people (n)");
  await to.run("analyze seeded_people");
  await withoutIndexes(to, ["events"], async () => await insertEvents(to, users, there, events));
  await to.run(
    `update users u set onboarded_at = created_at, last_active_at = now() - (p.n % 7776000) * interval '1 second',
       sign_in_count = p.n % 90, last_address = '203.0.113.7'
     from seeded_people p where p.id = u.id::text and p.n % 10 = 0`,
  );
  await to.run(
    `insert into apps (id, client_id, name, grant_types, created_at, updated_at)
     values (gen_random_uuid(), 'made-up', 'Made-up app', '{authorization_code}', now(), now()) on conflict do nothing`,
  );
  await to.run(
    `insert into app_uses (user_id, app_id, first_at, last_at)
     select p.id::uuid, a.id, now() - interval '80 days', now() - (p.n % 80) * interval '1 day'
     from seeded_people p, apps a where a.client_id = 'made-up' and p.n % 20 = 0 on conflict do nothing`,
  );
  await to.run(
    `insert into sign_in_days (day, part, succeeded, failed)
     select (at at time zone 'UTC')::date, 0, count(*) filter (where type = 'signin.succeeded'), count(*) filter (where type = 'signin.failed')
     from events where type in ('signin.succeeded', 'signin.failed') group by 1 on conflict do nothing`,
  );
  await to.run("drop table seeded_people");
}

async function insertEvents(to: Queryable, users: number, there: number, events: number): Promise<void> {
  for (let from = there; from < events; from += chunk) {
    await to.run(
      `insert into events (id, at, type, outcome, reason, actor_kind, actor_id, actor_name, subject_kind, subject_id,
         subject_name, changes, details, address, user_agent, request_id)
       select (lpad(to_hex((extract(epoch from e.at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(e.n & 4095), 3, '0')
           || '8' || left(md5('used' || e.n), 15))::uuid,
         e.at, e.type, case when e.type = 'signin.failed' then 'failure' else 'success' end,
         case when e.type = 'signin.failed' then (array['wrongPassword', 'wrongPassword', 'unknownName', 'wrongCode'])[e.n % 4 + 1] end,
         'user', p.id, p.name, 'user', p.id, p.name,
         case when e.type = 'user.updated' then jsonb_build_object('title', jsonb_build_object('from', 'Specialist', 'to', 'Expert')) end,
         null, ('10.' || (e.n / 65536) % 16 || '.' || (e.n / 256) % 256 || '.' || e.n % 256)::inet,
         'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', gen_random_uuid()::text
       from (
         select n, now() - ((n * 2654435761) % 7776000000) * interval '1 millisecond' as at,
           case when n % 1000 = 0 then 'user.disabled' when n % 16 = 0 then 'user.updated' when n % 20 < 2 then 'signin.failed'
             else 'signin.succeeded' end as type
         from generate_series($1::bigint, $2::bigint) n) e
       join seeded_people p on p.n = (e.n * 7919) % ${users} + 1`,
      [from + 1, Math.min(events, from + chunk)],
    );
  }
}
