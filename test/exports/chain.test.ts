import { afterEach, beforeEach, expect, test } from "vitest";
import { record } from "#server/audit/record.ts";
import { verifyEvents } from "#server/audit/verify-events.ts";
import type { LogReport } from "#server/audit/verify-events.ts";
import { makeKeyring } from "#server/kernel/keyring.ts";
import { setSetting } from "#server/settings/set-setting.ts";
import { pruneLog, sealLog } from "#server/tasks/seal-log.ts";
import { openTestHouse } from "#test/support/house.ts";
import type { TestHouse } from "#test/support/house.ts";

let house: TestHouse;
beforeEach(async () => {
  house = await openTestHouse();
});
afterEach(async () => await house.close());

async function tell(...names: string[]): Promise<void> {
  for (const name of names) {
    await house.work(async (work) => record(work, { type: "user.updated", subject: { kind: "user", id: name, name } }));
  }
}

async function verify(expected?: string): Promise<LogReport> {
  return await house.db.inTransaction(async (tx) => await verifyEvents(tx, house.keyring, expected), {
    readOnlySnapshot: true,
  });
}

/** As somebody does who owns the database, past the trigger that refuses changes. */
async function tamper(statement: string): Promise<void> {
  await house.db.run(`begin; set local session_replication_role = replica; ${statement}; commit`);
}

const idOf = async (name: string) =>
  (await house.db.row<{ id: string }>("select id from events where subject_id = $1", [name]))?.id;

test("[L3] an untouched log is whole, however it is sealed", async () => {
  await tell("a", "b");
  await sealLog(house);
  await tell("c");
  expect(await verify()).toMatchObject({ isWhole: true, seals: 1, events: 2, unsealed: 1 });
  await sealLog(house);
  await sealLog(house);
  expect(await verify()).toMatchObject({ isWhole: true, seals: 2, events: 3, unsealed: 0, unsealedSince: null });
});

test("[L3] an event that is changed, deleted or put in afterwards is named", async () => {
  await tell("a", "b", "c");
  await sealLog(house);
  await tell("d");
  await sealLog(house);
  const [a, b] = [await idOf("a"), await idOf("b")];
  await tamper("update events set actor_name = 'nobody' where subject_id = 'a'");
  expect(await verify()).toMatchObject({ isWhole: false, problems: [{ kind: "changed", seal: 1, eventId: a }] });
  await tamper("update events set actor_name = 'test' where subject_id = 'a'");
  expect((await verify()).isWhole).toBe(true);
  await tamper(
    `insert into events (id, at, type, actor_kind, turn, era)
     select '00000000-0000-7000-8000-0000000000aa', at, 'user.created', 'system', turn, era from events where subject_id = 'b'`,
  );
  await tamper("delete from events where subject_id = 'b'");
  const { problems } = await verify();
  expect(problems).toMatchObject([
    { kind: "missing", seal: 1, eventId: b, at: house.clock.now.toISOString() },
    { kind: "added", seal: 1, eventId: "00000000-0000-7000-8000-0000000000aa" },
  ]);
});

test("[L3] seals cannot be made, changed, left out or cut off without it showing", async () => {
  await tell("a");
  await sealLog(house);
  await tell("b");
  await sealLog(house);
  const { head } = await verify();
  // One who changes an event and mends its seal has no key for the hash.
  await tamper("update event_seals set sealed_at = sealed_at - interval '1 second' where number = 1");
  expect((await verify()).problems[0]).toMatchObject({ kind: "seal", seal: 1 });
  await tamper("update event_seals set sealed_at = sealed_at + interval '1 second' where number = 1");
  expect((await verify(head ?? "")).isWhole).toBe(true);
  await tamper("delete from event_seals where number = 2; delete from events where subject_id = 'b'");
  // Cut off at its end it looks whole, but for whoever noted the head.
  expect((await verify()).isWhole).toBe(true);
  expect((await verify(head ?? "")).problems).toMatchObject([{ kind: "head" }]);
  await tamper("delete from event_seal_keys");
  expect((await verify()).problems[0]).toMatchObject({ kind: "key" });
});

test("[L3] what a transaction records that takes long is sealed after it, and in no gap", async () => {
  const session = await house.db.session();
  await session.rows("begin");
  await session.rows(
    "insert into events (id, at, type, actor_kind, subject_id) values (gen_random_uuid(), now() - interval '1 hour', 'user.updated', 'system', 'slow')",
  );
  await tell("quick");
  await sealLog(house);
  expect(await verify()).toMatchObject({ isWhole: true, events: 0, unsealed: 1 });
  await session.rows("commit");
  await session.close();
  await sealLog(house);
  expect(await verify()).toMatchObject({ isWhole: true, events: 2, unsealed: 0 });
});

test("[L3] events from before there were seals, and those of a restored copy, are sealed too", async () => {
  await tell("old-1", "old-2");
  await tamper("update events set turn = null, era = null");
  await sealLog(house);
  await tell("new");
  await sealLog(house);
  expect(await verify()).toMatchObject({ isWhole: true, seals: 2, events: 3, unsealed: 0 });
  // A cluster that counts from a lower number than what is sealed.
  await tamper("update event_seals set end_turn = end_turn + 1000000 where number = 2");
  await sealLog(house);
  await tell("restored");
  await sealLog(house);
  expect(await house.db.row("select era from events where subject_id = 'restored'")).toEqual({ era: 2 });
  const { problems } = await verify();
  // The test itself changed the one seal.
  expect(problems.map(({ kind, seal }) => [kind, seal])).toContainEqual(["seal", 2]);
  expect(problems.every(({ kind }) => kind === "seal")).toBe(true);
});

test("[L3] retention lets whole months go, says so in the chain, and the rest is whole", async () => {
  await house.db.rows("select ensure_event_partition(date '2020-01-05')");
  house.clock.now = new Date("2020-01-10T00:00:00Z");
  await tell("january");
  house.clock.now = new Date("2020-02-10T00:00:00Z");
  await house.db.rows("select ensure_event_partition(date '2020-02-05')");
  await tell("february");
  await house.work(async (work) => await setSetting(work, "logs.eventDays", 30));
  house.clock.now = new Date("2020-03-05T00:00:00Z");
  await pruneLog(house);
  expect(await idOf("january")).toBeUndefined();
  expect(await idOf("february")).toBeDefined();
  expect(await verify()).toMatchObject({ isWhole: true, pruned: 1 });
  expect(await house.db.rows("select details from events where type = 'log.pruned'")).toEqual([
    { details: { before: "2020-02-01T00:00:00.000Z", events: 1 } },
  ]);
  // What was to stay is missed all the same.
  await tamper("delete from events where subject_id = 'february'");
  expect((await verify()).problems).toMatchObject([{ kind: "missing" }]);
});

test("[L3] the key of the seals follows SECRET_KEY to the next one", async () => {
  await tell("a");
  await sealLog(house);
  const [next, last] = ["another-secret-another-secret-another", house.config.secretKey];
  await sealLog({ ...house, keyring: makeKeyring([next, last]) });
  const keyring = makeKeyring([next]);
  const report = await house.db.inTransaction(async (tx) => await verifyEvents(tx, keyring, undefined), {
    readOnlySnapshot: true,
  });
  expect(report).toMatchObject({ isWhole: true, events: 1 });
  expect((await verify()).problems).toMatchObject([{ kind: "key" }]);
});
