// Measures imports of files: `npm run bench:imports -- --help`, and docs/benchmarks.md.
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openForCommand, operator } from "#server/cli/open-house.ts";
import { insertUsers } from "#server/db/sql/users.ts";
import type { NewUserRow } from "#server/db/sql/users.ts";
import type { House } from "#server/house.ts";
import { applyRows } from "#server/imports/apply-rows.ts";
import { checkRows } from "#server/imports/check-rows.ts";
import { receiveFile } from "#server/imports/receive-file.ts";
import { takeStep } from "#server/imports/take-step.ts";
import { inWork } from "#server/db/work.ts";
import { newId } from "#server/kernel/ids.ts";
import type { UserId } from "#server/kernel/ids.ts";
import { regularRole } from "#server/permissions/read-role.ts";

const help = `Measures an import of a file with additions, updates and deletions against multi-row INSERT alone.

  npm run bench:imports -- [--rows N]

  --rows N    rows of the file; 100,000 unless given. Six tenths add, three update, one deletes
`;

const { values } = parseArgs({
  options: { rows: { type: "string", default: "100000" }, help: { type: "boolean", default: false } },
});

if (values.help) process.stdout.write(help);
else await run(Number(values.rows));

async function run(rows: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-bench-"));
  const { house, close } = await openForCommand({ DATA_DIR: folder, LOG_LEVEL: "warn" });
  try {
    const adds = Math.round(rows * 0.6);
    const updates = Math.round(rows * 0.3);
    const deletes = rows - adds - updates;
    await seed(house, updates + deletes);
    const bare = await timed(async () => await insertBare(house, rows));
    report("multi-row INSERT alone", rows, bare);
    const lines = [
      "action,username,display name,first name,last name,email,phone,job title,department,language,time zone",
    ];
    const tail = "Given,Family";
    for (let at = 0; at < rows; at += 1) {
      if (at < updates) lines.push(`update,old-${at},,,,,+81 3 1234 5678,Engineer,Changed,,`);
      else if (at < updates + deletes) lines.push(`delete,old-${at},,,,old-${at}@example.com,,,,,`);
      else
        lines.push(`add,new-${at},New ${at},${tail},new-${at}@example.com,+81 3 1234 5678,Engineer,Made,en,Asia/Tokyo`);
    }
    const bytes = Buffer.from(lines.join("\n"));
    lines.length = 0;
    const idle = process.memoryUsage().rss;
    const memory = watchMemory();
    const by = operator();
    const { id } = await receiveFile(house, by, { name: "bench.csv", bytes: parts(bytes) });
    const step = async (action: "check" | "confirm") =>
      await inWork(house, by, async (work) => {
        await takeStep(work, id, action, { isDoneHere: true, sendActivation: false });
      });
    await step("check");
    report("check", rows, await timed(async () => await checkRows(house, id)));
    await step("confirm");
    const applied = await timed(async () => await applyRows(house, id));
    report("carry out", rows, applied);
    const peak = memory();
    const counts = await house.db.row(
      "select state, done_count, failed_count, problem_count from imports where id = $1",
      [id],
    );
    const [load] = loadavg();
    console.log(JSON.stringify(counts));
    console.log(`rate: ${(bare / applied).toFixed(2)} of multi-row INSERT alone; at least 0.25 wanted`);
    console.log(`memory: ${mebibytes(peak - idle)} MiB above idle at most`);
    console.log(`${availableParallelism()} cores, load ${load?.toFixed(1)}`);
  } finally {
    await close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function* parts(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

/** @returns milliseconds */
async function timed(act: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

function report(what: string, rows: number, milliseconds: number): void {
  const rate = Math.round(rows / (milliseconds / 1000));
  console.log(
    `${what.padEnd(24)} ${(milliseconds / 1000).toFixed(1).padStart(7)} s ${String(rate).padStart(8)} rows/s`,
  );
}

function watchMemory(): () => number {
  let peak = 0;
  const look = () => (peak = Math.max(peak, process.memoryUsage().rss));
  const timer = setInterval(look, 50);
  return () => {
    clearInterval(timer);
    look();
    return peak;
  };
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 1024 ** 2);
}

function person(username: string, now: Date): NewUserRow {
  return {
    id: newId<UserId>(now),
    username,
    displayName: `Person ${username}`,
    givenName: "Given",
    familyName: "Family",
    email: `${username}@example.com`,
    roleId: regularRole,
    locale: "en",
    timeZone: "Asia/Tokyo",
    marketingConsent: false,
    protection: null,
    directoryId: null,
    externalId: null,
    resource: {
      emails: [{ value: `${username}@example.com`, type: "work", primary: true }],
      phoneNumbers: [{ value: "+81 3 1234 5678", type: "work", primary: true }],
      title: "Engineer",
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { department: "Made" },
    },
    custom: {},
    onboardedAt: null,
    blockedAt: null,
    disabledAt: null,
    deviceLimit: null,
    factorRule: null,
    allowsSso: true,
    now,
  };
}

async function seed(house: House, count: number): Promise<void> {
  const now = house.now();
  for (let at = 0; at < count; at += 1000) {
    const some = Array.from({ length: Math.min(1000, count - at) }, (_, more) => person(`old-${at + more}`, now));
    await insertUsers(house.db, some);
  }
  await house.db.rows("analyze users");
}

/** As many users, with an event each, by statements of a thousand rows and nothing else. */
async function insertBare(house: House, count: number): Promise<void> {
  const now = house.now();
  for (let at = 0; at < count; at += 1000) {
    const people = Array.from({ length: Math.min(1000, count - at) }, (_, more) => person(`bare-${at + more}`, now));
    const events = people.map((one) => ({
      id: newId(now),
      at: now,
      type: "user.created",
      outcome: "success",
      actor_kind: "operator",
      actor_name: "bench",
      subject_kind: "user",
      subject_id: one.id,
      subject_name: one.displayName,
      details: { username: one.username, import: "bench.csv" },
      request_id: "bench",
    }));
    await house.db.inSqlTransaction(async (tx) => {
      await insertUsers(tx, people);
      await tx.run(
        `insert into events (id, at, type, outcome, actor_kind, actor_name, subject_kind, subject_id, subject_name, details, request_id)
         select id, at, type, outcome, actor_kind, actor_name, subject_kind, subject_id, subject_name, details, request_id
         from jsonb_populate_recordset(null::events, $1::jsonb)`,
        [JSON.stringify(events)],
      );
    });
  }
}
