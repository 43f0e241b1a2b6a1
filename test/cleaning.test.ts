import { afterAll, beforeAll, expect, test } from "vitest";
import { record } from "#server/audit/record.ts";
import { cleanExpired } from "#server/tasks/clean-expired.ts";
import { openTestHouse } from "./support/house.ts";
import type { TestHouse } from "./support/house.ts";

let house: TestHouse;

beforeAll(async () => {
  house = await openTestHouse();
});
afterAll(async () => await house.close());

/** Records an event at a time, and answers its request id. */
async function recordAt(time: string): Promise<void> {
  house.clock.now = new Date(time);
  await house.work(async (work) => record(work, { type: "setup.completed" }));
}

async function partitionsOf(month: string): Promise<string[]> {
  const rows = await house.db.rows<{ name: string }>(
    "select distinct tableoid::regclass::text as name from events where to_char(at at time zone 'UTC', 'YYYY-MM') = $1",
    [month],
  );
  return rows.map(({ name }) => name);
}

async function countThrottles(): Promise<number> {
  return (await house.db.rows("select 1 from throttles")).length;
}

test("after months without cleaning, events of the default partition move to the partition of their month", async () => {
  await recordAt("2041-05-31T23:59:59.999Z");
  await recordAt("2041-06-01T00:00:00Z");
  await recordAt("2041-07-15T12:00:00Z");
  expect(await partitionsOf("2041-07")).toEqual(["events_other"]);
  await cleanExpired(house);
  expect(await partitionsOf("2041-05")).toEqual(["events_2041_05"]);
  expect(await partitionsOf("2041-06")).toEqual(["events_2041_06"]);
  expect(await partitionsOf("2041-07")).toEqual(["events_2041_07"]);
  await recordAt("2041-09-30T12:00:00Z");
  expect(await partitionsOf("2041-09")).toEqual(["events_2041_09"]);
});

test("events stay final where they moved to, and in the default partition", async () => {
  await recordAt("2042-01-01T12:00:00Z");
  const refused = "events are added, never changed";
  await expect(house.db.run("delete from events_other")).rejects.toThrow(refused);
  await cleanExpired(house);
  await expect(house.db.run("delete from events_2042_01")).rejects.toThrow(refused);
  await recordAt("2043-01-01T12:00:00Z");
  await expect(house.db.run("update events_other set reason = ''")).rejects.toThrow(refused);
});

test("those who make partitions at the same time neither fail nor wait for each other for ever", async () => {
  await recordAt("2044-03-01T12:00:00Z");
  await Promise.all(Array.from({ length: 8 }, async () => await cleanExpired(house)));
  expect(await partitionsOf("2044-03")).toEqual(["events_2044_03"]);
});

test("what has expired goes even when no partition can be made", async () => {
  await house.db.run("insert into throttles (key, expire) values ('old', 1)");
  await house.db.run("alter function ensure_event_partitions rename to elsewhere");
  try {
    await cleanExpired(house);
    expect(await countThrottles()).toBe(0);
  } finally {
    await house.db.run("alter function elsewhere rename to ensure_event_partitions");
  }
});
