import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { countEvents, selectEventPage } from "#server/db/sql/event-list.ts";
import type { EventListFilter } from "#server/db/sql/event-list.ts";
import {
  countGroupMembers,
  planMemberSearch,
  selectGroupMemberPage,
  selectGroupPage,
  selectGroupsWithout,
  selectPossibleChildren,
  selectStrangers,
  selectUserGroupPage,
} from "#server/db/sql/group-list.ts";
import { selectMailPage } from "#server/db/sql/mail-list.ts";
import { selectOnboardingDays } from "#server/db/sql/onboarding-figures.ts";
import { selectOnboardingPage } from "#server/db/sql/onboarding-list.ts";
import { selectFigures, selectSignInDays } from "#server/db/sql/overview.ts";
import type { Prepared, Queryable } from "#server/db/queryable.ts";
import { firstIdAt } from "#server/kernel/ids.ts";
import { countBearers } from "#server/permissions/count-bearers.ts";
import { openTestHouse } from "#test/support/house.ts";
import type { TestHouse } from "#test/support/house.ts";

let house: TestHouse;
let user: string;
let group: string;
let plans: string[] = [];
let from: Queryable;

const users = 12_000;

// Enough rows for the planner to prefer an index to reading all.
beforeAll(async () => {
  house = await openTestHouse();
  const { db } = house;
  await db.run(
    `insert into users (id, username, display_name, created_at, updated_at)
     select gen_random_uuid(), 'user-' || n, 'Person ' || md5(n::text), now(), now() from generate_series(1, ${users}) n`,
  );
  await db.run(
    `insert into groups (id, display_name, created_at, updated_at, member_count)
     select gen_random_uuid(), 'Group ' || md5(n::text), now(), now(), 0 from generate_series(1, 3000) n`,
  );
  await db.run("insert into group_members select (select id from groups limit 1), id from users");
  await db.run(
    "insert into group_members select g.id, u.id from (select id from groups offset 1) g cross join lateral (select id from users tablesample system (1) limit 2) u on conflict do nothing",
  );
  const per = 5;
  await db.run(
    `insert into events (id, at, type, outcome, actor_kind, actor_id, subject_kind, subject_id, address)
     select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7000' || '8' || left(md5(n || 'x'), 15))::uuid,
       at, case when n % 500 = 0 then 'user.disabled' when n % 3 = 0 then 'user.updated' else 'signin.succeeded' end,
       case when n % 997 = 0 then 'failure' else 'success' end, 'user', u.id::text, 'user', u.id::text,
       ('10.0.' || n % 200 || '.' || n % 7)::inet
     from (select id, row_number() over () as place from users) u,
       lateral (select u.place * ${per} + k as n from generate_series(1, ${per}) k) s,
       lateral (select now() - n * interval '30 seconds' as at) t`,
  );
  await db.run(
    "insert into sign_in_days select current_date - n, p, 1, 0 from generate_series(0, 400) n, generate_series(0, 63) p",
  );
  await db.run(
    `insert into onboardings (user_id, invited_at, linked_at, expires_at, mail_state, completed_at)
     select id, now() - place * interval '1 minute', now() - place * interval '1 minute',
       case when place % 400 = 1 then now() - interval '1 day' else now() + interval '7 days' end,
       case when place % 400 = 0 then 'failed' else 'sent' end, case when place % 2 = 0 and place % 400 > 0 then now() end
     from (select id, row_number() over (order by id) as place from users) u where place % 5 > 0 or place % 400 = 0`,
  );
  await db.run(
    `insert into mails (id, user_id, recipient, template, locale, subject, state, created_at)
     select gen_random_uuid(), id, username || '@example.com', case when random() < 0.01 then 'welcome' else 'activation' end,
       'en', 'Hello', case when random() < 0.01 then 'failed' else 'sent' end, now() from users`,
  );
  await db.run("vacuum (analyze) onboardings, mails");
  await db.run("vacuum (analyze) users, groups, group_members, group_groups, events, sign_in_days");
  const one = await db.row<{ user_id: string; group_id: string }>(
    "select user_id, group_id from group_members limit 1",
  );
  [user, group] = [one?.user_id ?? "", one?.group_id ?? ""];
  const explain = async (statement: string | Prepared, binds?: readonly unknown[]) => {
    const text = typeof statement === "string" ? statement : statement.text;
    const lines = await db.rows<{ "QUERY PLAN": string }>(`explain ${text}`, binds);
    plans.push(lines.map((row) => row["QUERY PLAN"]).join("\n"));
  };
  from = {
    run: db.run,
    async rows<Row extends object>(statement: string | Prepared, binds?: readonly unknown[]) {
      await explain(statement, binds);
      return await db.rows<Row>(statement, binds);
    },
    async row<Row extends object>(statement: string | Prepared, binds?: readonly unknown[]) {
      await explain(statement, binds);
      return await db.row<Row>(statement, binds);
    },
  };
});
afterAll(async () => await house.close());

/** The plan of the last statement that `ask` sends. */
async function planOf(ask: () => Promise<unknown>): Promise<string> {
  plans = [];
  await ask();
  return plans.at(-1) ?? "";
}

const day = 24 * 60 * 60_000;
const ago = (days: number) => new Date(Date.now() - days * day);

const logs: [name: string, filter: () => EventListFilter, index: RegExp][] = [
  ["everything", () => ({}), /events_\d{4}_\d\d_id_idx|events_order/],
  ["somebody", () => ({ q: user }), /subject_id_id_idx[\s\S]*actor_id_id_idx/],
  ["a username", () => ({ q: "user-77" }), /subject_id_id_idx[\s\S]*actor_id_id_idx/],
  ["what happened to one", () => ({ subject: user }), /subject_id_id_idx/],
  ["an address", () => ({ q: "10.0.3.4" }), /address_id_idx/],
  ["a rare kind", () => ({ type: "user.disabled" }), /type_id_idx/],
  ["a kind that never was", () => ({ type: "connection" }), /type_id_idx/],
  ["what failed", () => ({ outcome: "failure" }), /_id_idx1/],
  ["a time", () => ({ after: ago(2), before: ago(1.9) }), /_id_idx|pkey/],
];

describe("the log", () => {
  test.each(logs)("[L2] finds %s by an index, page and count", async (_name, filter, index) => {
    const page = await planOf(() => selectEventPage(from, filter(), { limit: 50 }));
    expect(page).toMatch(index);
    // The partitions of months to come are empty, and reading them costs nothing.
    expect(page).not.toMatch(/Seq Scan on events_\d{4}_\d\d e\w* +\(cost=\d+\.\d+\.\.\d+\.\d+ rows=\d{4,}/);
    expect(page).not.toContain("Seq Scan on users");
    const first = await selectEventPage(house.db, filter(), { limit: 2 });
    if (first.nextCursor !== null) {
      const next = await planOf(() => selectEventPage(from, filter(), { limit: 50, cursor: first.nextCursor ?? "" }));
      expect(next).toMatch(/Index (?:Only )?Scan|Bitmap Index Scan/);
    }
    if (Object.keys(filter()).length > 0) {
      expect(await planOf(() => countEvents(from, filter(), 100))).toMatch(/Index (?:Only )?Scan|Bitmap Index Scan/);
    }
  });

  test("[L2] a page of somebody who did much reads no more than the page", async () => {
    const plan = await planOf(() => selectEventPage(from, { q: user }, { limit: 50 }));
    expect(plan).not.toMatch(/Bitmap/);
  });
});

describe("groups", () => {
  test("[G1] a page by name, the members of a large one, and a search in it stand on indexes", async () => {
    expect(await planOf(() => selectGroupPage(from, { limit: 50 }))).toContain("groups_name_order");
    const all = await planMemberSearch(house.db, undefined);
    const page = { limit: 50 };
    expect(await planOf(() => selectGroupMemberPage(from, group, all, page))).toMatch(
      /Index Only Scan using group_members_pkey/,
    );
    expect(await planOf(() => planMemberSearch(from, "user-1234"))).toContain("users_search");
    const few = await planMemberSearch(house.db, "user-1234");
    expect(few).toMatchObject({ kind: "ids" });
    expect(await planOf(() => selectGroupMemberPage(from, group, few, page))).not.toContain("Seq Scan");
    expect(await planOf(() => countGroupMembers(from, group, few, 100))).toMatch(/group_members_(?:pkey|user)/);
    expect(await planMemberSearch(house.db, "person")).toMatchObject({ kind: "pattern" });
  });

  test("[G1] [U15] what a picker shows stands on indexes", async () => {
    expect(await planOf(() => selectStrangers(from, group, "user-1234", 21))).toContain("users_search");
    expect(await planOf(() => selectStrangers(from, group, undefined, 21))).toContain("users_name");
    expect(await planOf(() => selectPossibleChildren(from, group, undefined, 21))).toContain("groups_name_order");
    expect(await planOf(() => selectGroupsWithout(from, user, undefined, 21))).toContain("groups_name_order");
    expect(await planOf(() => selectUserGroupPage(from, user, { limit: 50 }))).toContain("group_members_user");
  });
});

test("[U18] the overview reads what was counted, and counts no events or accounts", async () => {
  const figures = await planOf(() => selectFigures(from, new Date(), firstIdAt(ago(1))));
  expect(figures).not.toMatch(/Seq Scan on (?:events_\d|users|app_uses|group_members)/);
  const days = await planOf(() => selectSignInDays(from, new Date(), 30));
  expect(days).toContain("sign_in_days");
  expect(days).not.toContain("events");
});

test("[G2] roles are counted without those who have the one of everybody", async () => {
  expect(await planOf(() => countBearers(from))).toContain("users_role");
});

describe("onboarding", () => {
  const waiting = { statuses: ["pending" as const] };
  const page = { limit: 50 };

  test("[O1] the list, a search in it, and those whom a mail or a link failed stand on indexes", async () => {
    expect(await planOf(() => selectOnboardingPage(from, waiting, page))).toMatch(/users_(?:status|created)/);
    expect(await planOf(() => selectOnboardingPage(from, { ...waiting, q: "user-1234" }, page))).toContain(
      "users_search",
    );
    const failed = await planOf(() => selectOnboardingPage(from, { ...waiting, invitations: ["failed"] }, page));
    expect(failed).toContain("onboardings_failed");
    const uninvited = { ...waiting, invitations: ["uninvited" as const] };
    expect(await planOf(() => selectOnboardingPage(from, uninvited, page))).toMatch(/users_(?:status|created)/);
    for (const plan of plans) expect(plan).not.toMatch(/Seq Scan on (?:users|mails)/);
  });

  test("[O2] figures are read from the days that were counted", async () => {
    expect(await planOf(() => selectOnboardingDays(from, 90))).not.toMatch(/Scan\w* on (?:users|onboardings)\b/);
  });

  test("[O5] the outbox by state, kind and part of an address stands on an index of each", async () => {
    expect(await planOf(() => selectMailPage(from, { state: "failed" }, page))).toContain("mails_state");
    expect(await planOf(() => selectMailPage(from, { template: "welcome" }, page))).toContain("mails_template");
    expect(await planOf(() => selectMailPage(from, { q: "user-1234@" }, page))).toContain("mails_recipient");
  });
});
