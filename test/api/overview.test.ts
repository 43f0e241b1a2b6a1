import { afterAll, beforeAll, expect, test } from "vitest";
import { countOverview } from "#server/tasks/count-overview.ts";
import { getTokens } from "#test/oidc/support/relying-party.ts";
import { giveFactors } from "#test/support/give-factors.ts";
import { openTestApi } from "./support/open-api.ts";
import type { Body, TestApi } from "./support/open-api.ts";

let api: TestApi;
let token: string;
beforeAll(async () => {
  api = await openTestApi();
  token = await api.token("logs");
});
afterAll(async () => await api.close());

const overview = async (): Promise<Body> => (await api.call(token, "GET", "/overview?days=7")).body;

/** What saving a code writes, at a time. */
async function use(userId: string, appId: string, at: string): Promise<void> {
  await api.house.db.run(
    `insert into app_uses (user_id, app_id, first_at, last_at) values ($1, $2, $3, $3)
     on conflict (user_id, app_id) do update set last_at = greatest(app_uses.last_at, excluded.last_at)`,
    [userId, appId, at],
  );
}

test("[U18] somebody who signs in to apps is one active user of the month and of the last thirty days", async () => {
  const { house } = api;
  const [one, other] = [await house.makeUser(), await house.makeUser()];
  const [app, second] = [await house.makeApp(), await house.makeApp()];
  const now = new Date("2030-03-20T12:00:00Z");
  house.clock.now = now;
  expect(await overview()).toMatchObject({ monthlyActive: 0 });
  await use(one.id, app.id, "2030-01-31T23:59:59Z");
  await use(one.id, app.id, "2030-03-01T00:00:00Z");
  await use(one.id, second.id, "2030-03-05T10:00:00Z");
  await use(one.id, second.id, "2030-03-20T11:00:00Z");
  // A sign-in that comes late, and one of the same day, count for nothing more.
  await use(one.id, app.id, "2030-03-02T00:00:00Z");
  await use(one.id, app.id, "2030-03-20T11:30:00Z");
  await use(other.id, app.id, "2030-02-18T10:00:00Z");
  const seen = await overview();
  expect(seen.monthlyActive).toBe(1);
  expect(seen.months).toHaveLength(12);
  expect(seen.months.slice(-3)).toEqual([
    { month: "2030-01", users: 1 },
    { month: "2030-02", users: 1 },
    { month: "2030-03", users: 1 },
  ]);
  await use(other.id, second.id, "2030-02-19T10:00:00Z");
  expect((await overview()).monthlyActive).toBe(2);
  // The rows of activity are as many as people, whatever the parts that the counts lie in.
  const people = await house.db.row("select count(*)::int as count from user_activity");
  expect(people).toEqual({ count: 2 });
  house.clock.now = new Date();
});

test("[U18] users who sign in at the same moment are all counted", async () => {
  const { house } = api;
  const users = await Promise.all(Array.from({ length: 8 }, async () => await house.makeUser()));
  const apps = [await house.makeApp(), await house.makeApp()];
  const day = "2031-05-05T10:00:00Z";
  house.clock.now = new Date("2031-05-05T12:00:00Z");
  await Promise.all(
    users.flatMap((user) => apps.flatMap((app) => [use(user.id, app.id, day), use(user.id, app.id, day)])),
  );
  expect(await overview()).toMatchObject({ monthlyActive: 8 });
  house.clock.now = new Date();
});

test("[U18] a sign-in and a failure are counted on their day, together with the event", async () => {
  const { house } = api;
  const user = await house.makeUser();
  const before = (await overview()).signIns.at(-1);
  await getTokens(house, await house.makeApp(), user.username);
  const after = (await overview()).signIns.at(-1);
  expect(after.signedIn).toBe(before.signedIn + 1);
  const events = await house.db.row("select count(*)::int as count from events where type = 'signin.succeeded'");
  expect(events).toEqual({ count: after.signedIn });
  expect((await overview()).monthlyActive).toBeGreaterThan(0);
});

test("[U18] factors, jobs and the state of directories are on it", async () => {
  const { house } = api;
  const user = await house.makeUser();
  await giveFactors(house, user.id, "A laptop");
  const seen = await overview();
  expect(seen.factors).toMatchObject({ any: 1, passkey: 1 });
  expect(seen.jobs).toMatchObject({ running: 0, failed: 0 });
  expect(seen.countedAt).toBeNull();
});

test("[U18] many accounts are counted by a job, and the page says when", async () => {
  const { house } = api;
  await house.db.run(
    `insert into users (id, username, display_name, created_at, updated_at)
     select gen_random_uuid(), 'many-' || n, 'Many ' || n, now(), now() from generate_series(1, 20100) n`,
  );
  const first = await overview();
  expect(first).toMatchObject({ countedAt: null });
  const second = await overview();
  expect(second).toMatchObject({ accounts: first.accounts, countedAt: expect.any(String) });
  await house.makeUser();
  expect((await overview()).accounts).toBe(first.accounts);
  house.clock.now = new Date(Date.now() + 6 * 60_000);
  await overview();
  const jobs = await house.db.rows("select 1 from graphile_worker.jobs where task_identifier = 'overview.count'");
  expect(jobs).toHaveLength(1);
  await countOverview(house);
  expect(await overview()).toMatchObject({
    accounts: first.accounts + 1,
    countedAt: house.clock.now.toISOString(),
  });
});
