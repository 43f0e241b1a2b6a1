import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import { trusted } from "#server/db/work.ts";
import { createGroup } from "#server/groups/create-group.ts";
import { applyRows } from "#server/imports/apply-rows.ts";
import { checkRows } from "#server/imports/check-rows.ts";
import { receiveFile } from "#server/imports/receive-file.ts";
import { takeStep } from "#server/imports/take-step.ts";
import type { ImportId } from "#server/kernel/ids.ts";
import { setSetting } from "#server/settings/set-setting.ts";
import { openTestHouse } from "#test/support/house.ts";
import type { TestHouse } from "#test/support/house.ts";

vi.setConfig({ testTimeout: 180_000 });

const people = 4000;
const kills = 10;
const houses: TestHouse[] = [];
afterEach(async () => await Promise.all(houses.splice(0).map(async (house) => await house.close())));

async function* bytesOf(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

async function upload(house: TestHouse, lines: readonly string[]): Promise<ImportId> {
  const by = { actor: trusted("operator", "test"), requestId: "test" };
  return (await receiveFile(house, by, { name: "people.csv", bytes: bytesOf(lines.join("\n")) })).id;
}

const head = "action,username,display name,email,department,groups,status";

/** A house with half of the people in it, and the import of a file that adds, changes, deletes and is wrong at times. */
async function openReady(): Promise<{ house: TestHouse; id: ImportId }> {
  const house = await openTestHouse();
  houses.push(house);
  await house.work(async (work) => {
    await setSetting(work, "onboarding.mailOnImport", false);
    for (const displayName of ["Even", "Odd"]) await createGroup(work, { displayName });
  });
  const first = Array.from({ length: people / 2 }, (_, at) => `add,p${at},Person ${at},p${at}@example.com,Old,Even,`);
  const before = await upload(house, [head, ...first]);
  await house.work(async (work) => await takeStep(work, before, "check", { isDoneHere: true }));
  await checkRows(house, before);
  await house.work(async (work) => await takeStep(work, before, "confirm", { isDoneHere: true }));
  await applyRows(house, before);
  const lines = Array.from({ length: people }, (_, at) => {
    if (at >= people / 2) return `add,p${at},Person ${at},p${at}@example.com,New,${at % 2 === 0 ? "Even" : "Odd"},`;
    if (at % 7 === 0) return `delete,p${at},,p${at}@example.com,,,`;
    if (at % 50 === 1) return `update,p${at},,not an address,,,`;
    return `update,p${at},,,New,${at % 2 === 0 ? "" : "Odd"},${at % 11 === 0 ? "blocked" : ""}`;
  });
  const id = await upload(house, [head, ...lines]);
  await house.work(async (work) => await takeStep(work, id, "check"));
  return { house, id };
}

/** A worker in a process of its own. */
function startWorker(house: TestHouse): ChildProcess {
  const { connectionString, host, port, user, database } = house.db.pool.options;
  const body = `
    const { openHouse } = await import("#server/house.ts");
    const { workJobs } = await import("#server/tasks/work-jobs.ts");
    const { createLog } = await import("#server/kernel/log.ts");
    const { config, connection } = JSON.parse(process.argv[1]);
    await workJobs(await openHouse(config, connection, createLog({ level: "silent" })));`;
  const connection = { connectionString, host, port, user, database };
  return spawn(
    process.execPath,
    ["--input-type=module", "-e", body, JSON.stringify({ config: house.config, connection })],
    { cwd: join(import.meta.dirname, "../.."), stdio: ["ignore", "inherit", "inherit"] },
  );
}

async function stateOf(house: TestHouse, id: ImportId): Promise<{ state: string; rows: number; done: number }> {
  const found = await house.db.row<{ state: string; rows: number; done: number }>(
    "select state, row_count as rows, done_count + failed_count as done from imports where id = $1",
    [id],
  );
  if (found === undefined) throw new Error("the import is gone");
  return found;
}

async function until(house: TestHouse, id: ImportId, isReached: (now: Awaited<ReturnType<typeof stateOf>>) => boolean) {
  for (;;) {
    const now = await stateOf(house, id);
    if (isReached(now)) return now;
    await pause(5);
  }
}

/** Everything that the import leaves, without what differs from run to run: ids and times. */
async function outcome(house: TestHouse, id: ImportId) {
  const users = await house.db.rows(
    `select u.username, u.display_name, u.email, u.status, u.version, u.resource,
       (select string_agg(g.display_name, ',' order by g.display_name) from group_members m join groups g on g.id = m.group_id
        where m.user_id = u.id) as groups
     from users u order by u.display_name, u.username`,
  );
  const rows = await house.db.rows(
    "select number, action, state, name, changes, problems from import_rows where import_id = $1 order by number",
    [id],
  );
  const counts = await house.db.row(
    `select state, row_count, add_count, update_count, delete_count, unchanged_count, problem_count, done_count, failed_count
     from imports where id = $1`,
    [id],
  );
  // One event for each account, whatever happened.
  const events = await house.db.rows(
    `select type, subject_name, count(*)::int from events where details ->> 'importId' = $1 and subject_kind = 'user'
     group by 1, 2 order by 1, 2`,
    [id],
  );
  const groups = await house.db.rows("select display_name, member_count from groups order by 1");
  return { users, rows, counts, events, groups };
}

test("[B2] killed ten times at any moment, an import ends as one that nobody disturbed: no row twice, none left out", async () => {
  const calm = await openReady();
  await checkRows(calm.house, calm.id);
  await calm.house.work(async (work) => await takeStep(work, calm.id, "confirm", { isDoneHere: true }));
  await applyRows(calm.house, calm.id);
  const expected = await outcome(calm.house, calm.id);
  expect(expected.counts).toMatchObject({ state: "done", row_count: people, failed_count: 0 });

  const { house, id } = await openReady();
  let worker = startWorker(house);
  const kill = async () => {
    worker.kill("SIGKILL");
    await once(worker, "exit");
  };
  // Once while the rows are checked, the other times while they are carried out.
  await until(house, id, ({ rows, state }) => rows >= 1000 || state !== "checking");
  await kill();
  const interrupted = await stateOf(house, id);
  worker = startWorker(house);
  await until(house, id, ({ state }) => state === "ready");
  await house.work(async (work) => await takeStep(work, id, "confirm"));
  const moments: string[] = [`check, row ${interrupted.rows}`];
  for (let number = 1; number < kills; number += 1) {
    const { done } = await stateOf(house, id);
    await until(house, id, (now) => now.done > done || now.state === "done");
    // Somewhere within the next batch, another place each time.
    await pause((number * 67) % 290);
    await kill();
    const now = await stateOf(house, id);
    moments.push(`${now.state}, row ${now.done}`);
    worker = startWorker(house);
  }
  await until(house, id, ({ state }) => state === "done");
  await kill();
  // oxlint-disable-next-line no-console -- which moments it were is what this test has to tell
  console.log(`killed at: ${moments.join("; ")}`);
  expect(moments.filter((moment) => moment.startsWith("applying")).length).toBeGreaterThanOrEqual(6);
  expect(await outcome(house, id)).toEqual(expected);
});
