// A worker in a process of its own, told over IPC what to do: read by the bare cursor, or make an export.
import { readFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { openForCommand, operator } from "#server/cli/open-house.ts";
import type { NewExport } from "#server/contract/exports.ts";
import { readSnapshot } from "#server/db/snapshot.ts";
import { exportStatements } from "#server/db/sql/export-rows.ts";
import { selectExport } from "#server/db/sql/exports.ts";
import { inWork } from "#server/db/work.ts";
import { removeExport } from "#server/exports/end-export.ts";
import { fillWish, readWish } from "#server/exports/read-wish.ts";
import { requestExport } from "#server/exports/request-export.ts";
import { workJobs } from "#server/tasks/work-jobs.ts";

/** What the process is told. */
export interface Order {
  way: "cursor" | "csv" | "xlsx";
  columns: string[];
}

/** What it answers. */
export interface Told {
  rows: number;
  bytes: number;
  milliseconds: number;
  /** Resident memory in MiB: before, and at most. */
  idle: number;
  peak: number;
}

// Jobs can wait; people who sign in cannot (server/main/run-child.ts).
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

const { house, close } = await openForCommand(process.env);
const worker = await workJobs(house);

function residentMiB(): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0) / 1024;
}

async function act({ way, columns }: Order): Promise<Told> {
  // What the start has left behind is no memory of the work.
  const idle = residentMiB();
  let peak = idle;
  const timer = setInterval(() => (peak = Math.max(peak, residentMiB())), 20);
  const startedAt = performance.now();
  try {
    const done =
      way === "cursor" ? await readBare(columns) : await exportAs({ data: "accounts", format: way, columns });
    return { ...done, milliseconds: performance.now() - startedAt, idle, peak };
  } finally {
    clearInterval(timer);
  }
}

async function readBare(columns: string[]): Promise<{ rows: number; bytes: number }> {
  const wish = await fillWish(house.db, { data: "accounts", columns });
  const { question } = await readWish(house.db, wish, { now: house.now(), showsAddresses: true });
  const statements = await exportStatements(house.db, question);
  return await readSnapshot(house.db, async (snapshot) => {
    let rows = 0;
    for await (const batch of snapshot.batches(statements.rows, 1000)) rows += batch.length;
    return { rows, bytes: 0 };
  });
}

async function exportAs(wish: NewExport): Promise<{ rows: number; bytes: number }> {
  const id = await inWork(house, operator(), async (work) => await requestExport(work, wish));
  for (;;) {
    const row = await selectExport(house.db, id);
    if (row?.state === "done") {
      await inWork(house, operator(), async (work) => await removeExport(work, id));
      return { rows: row.rows, bytes: row.bytes };
    }
    if (row === undefined || row.state === "failed" || row.state === "cancelled") throw new Error("it failed");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

process.on("message", (order: Order | "stop") => {
  if (order === "stop")
    void worker
      .close()
      .then(close)
      .then(() => process.disconnect());
  else void act(order).then((told) => process.send?.(told));
});
process.send?.("ready");
