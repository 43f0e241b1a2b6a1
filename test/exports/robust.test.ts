import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cleanExports } from "#server/tasks/make-export.ts";
import { fillUsers, openExportDesk } from "./support/exporting.ts";
import type { ExportDesk } from "./support/exporting.ts";

vi.setConfig({ testTimeout: 60_000 });

let desk: ExportDesk;
beforeEach(async () => {
  desk = await openExportDesk();
});
afterEach(async () => await desk.close());

/** A worker in a process of its own, which can be killed. */
function startWorker() {
  const { house } = desk;
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
    { cwd: join(import.meta.dirname, "../.."), stdio: ["ignore", "ignore", "inherit"] },
  );
}

test("[B5] a worker that is killed in the middle leaves nothing behind in the file that the next one makes", async () => {
  const { house } = desk;
  const count = 40_000;
  await fillUsers(house, count);
  const asked = await desk.call("POST", "/exports", { data: "accounts" });
  const id = String(asked.json["id"]);
  const worker = startWorker();
  const ended = once(worker, "close");
  await expect
    .poll(async () => Number((await desk.call("GET", `/exports/${id}`)).json["bytes"]), {
      timeout: 30_000,
      interval: 5,
    })
    .toBeGreaterThan(0);
  worker.kill("SIGKILL");
  await ended;
  expect((await desk.call("GET", `/exports/${id}`)).json["state"]).toBe("running");
  await desk.work();
  const done = await desk.reach(id, "done");
  expect(done).toMatchObject({ rows: count, rowsTotal: count });
  const bytes = await desk.file(id);
  expect(bytes.length).toBe(done["bytes"]);
  const rows = parse(bytes, { columns: true }) as Record<string, string>[];
  expect(new Set(rows.map((row) => row["Username"])).size).toBe(count);
  expect(rows).toHaveLength(count);
  await cleanExports(house);
  expect(await house.db.rows("select distinct run from export_chunks")).toEqual([{ run: 2 }]);
});

test("[B5] cancelling holds before the next batch, and nothing stays of the file", async () => {
  const { house } = desk;
  // Whoever makes the file comes no further than this lock.
  const session = await house.db.session();
  await session.rows("begin");
  await session.rows("lock table groups in access exclusive mode");
  const asked = await desk.call("POST", "/exports", { data: "groups" });
  const id = String(asked.json["id"]);
  await desk.work();
  await desk.reach(id, "running");
  expect((await desk.call("POST", `/exports/${id}/cancel`, {})).json["state"]).toBe("cancelled");
  await session.rows("rollback");
  await session.close();
  // The queue goes on to the next one once the one before has ended.
  await desk.make({ data: "devices" });
  expect((await desk.call("GET", `/exports/${id}`)).json).toMatchObject({ state: "cancelled", bytes: 0 });
  expect((await desk.call("GET", `/exports/${id}/file`)).status).toBe(410);
  expect((await desk.call("POST", `/exports/${id}/cancel`, {})).json["code"]).toBe("export.over");
});

test("[B5] one that waits can be cancelled, no more than twenty wait, and one that nobody makes is given up", async () => {
  const { house } = desk;
  const made: string[] = [];
  for (let n = 0; n < 20; n += 1) {
    made.push(String((await desk.call("POST", "/exports", { data: "groups" })).json["id"]));
  }
  expect((await desk.call("POST", "/exports", { data: "groups" })).json["code"]).toBe("export.tooMany");
  await desk.call("POST", `/exports/${made[0]}/cancel`, {});
  expect((await desk.call("POST", "/exports", { data: "groups" })).status).toBe(201);
  await house.db.run("delete from graphile_worker._private_jobs where key = $1", [`export:${made[1]}`]);
  house.clock.now = new Date(house.clock.now.getTime() + 11 * 60_000);
  await cleanExports(house);
  const states = await Promise.all(made.slice(0, 3).map(async (id) => (await desk.call("GET", `/exports/${id}`)).json));
  expect(states.map((one) => [one["state"], one["reason"]])).toEqual([
    ["cancelled", null],
    ["failed", "export.failed"],
    ["waiting", null],
  ]);
});
