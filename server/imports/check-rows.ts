import { Failure } from "../contract/failure.ts";
import {
  addCounts,
  deleteChecked,
  deleteKeys,
  insertKeys,
  insertRows,
  lockImport,
  saveImport,
} from "../db/sql/imports.ts";
import type { CheckedRow, ImportRow } from "../db/sql/imports.ts";
import { countUsers, selectAdministrators } from "../db/sql/users.ts";
import { inSqlWork, trusted } from "../db/work.ts";
import type { Work } from "../db/work.ts";
import type { House } from "../house.ts";
import type { ImportId } from "../kernel/ids.ts";
import type { Keyring } from "../kernel/keyring.ts";
import { adminRole } from "../permissions/read-role.ts";
import { readSettings } from "../settings/read-settings.ts";
import type { ReadRow } from "../sheets/source.ts";
import { actingFor } from "./acting-for.ts";
import { planBatch } from "./plan-batch.ts";
import type { Tallies } from "./plan-batch.ts";
import type { RowPlan } from "./plan-row.ts";
import { readingOf, readRows } from "./read-file.ts";
import { secretColumns } from "./receive-file.ts";
import { storedFile } from "./stored-file.ts";

const batchRows = 500;

/** For secrets of a row, which lie sealed beside it. */
export const secretPurpose = "import.row";

/**
 * Reads the file of an import to its end and works out what each row would do (B2). Nothing else is changed by it. When
 * it is broken off, it begins anew the next time.
 *
 * @param tell is told how many rows have been checked
 */
export async function checkRows(house: House, id: ImportId, tell?: (rows: number) => void): Promise<void> {
  const one = await begin(house, id);
  if (one === undefined) return;
  try {
    await deleteChecked(house.db, id);
    const tallies = await inWorkOf(house, id, async (work) => await readTallies(work));
    const source = storedFile(house.db, house.keyring, id, Number(one.size_bytes));
    let isHead = true;
    let rows = 0;
    for await (const some of inBatches(readRows(source, readingOf(one)))) {
      const batch = isHead ? some.slice(1) : some;
      isHead = false;
      if (batch.length === 0) continue;
      const goesOn = await inWorkOf(
        house,
        id,
        async (work) => await checkBatch(work, house.keyring, one, batch, tallies),
      );
      if (!goesOn) return;
      rows += batch.length;
      tell?.(rows);
    }
    await inWorkOf(house, id, async (work) => {
      if ((await lockTurn(work, one)) === undefined) return;
      await deleteKeys(work.tx, id);
      await saveImport(work.tx, id, { state: "ready" }, work.now);
    });
  } catch (error) {
    await inWorkOf(house, id, async (work) => {
      // Where the import went on without this run, whatever it ran into is of no interest: its file may be gone.
      if ((await lockTurn(work, one)) === undefined) return;
      if (!(error instanceof Failure)) throw error;
      await saveImport(work.tx, id, { state: "failed", failure: { code: error.code, data: error.data } }, work.now);
    });
  }
}

async function inWorkOf<Result>(house: House, id: ImportId, act: (work: Work) => Promise<Result>): Promise<Result> {
  return await inSqlWork(house, { actor: trusted("system", "import"), requestId: `import-${id}` }, act);
}

/** Takes the next turn, which ends a run that may still be going on elsewhere. */
async function begin(house: House, id: ImportId): Promise<ImportRow | undefined> {
  return await inWorkOf(house, id, async (work) => {
    const one = await lockImport(work.tx, id);
    if (one === undefined || one.state !== "checking") return undefined;
    const next = { ...one, turn: one.turn + 1 };
    const zero = { row_count: 0, add_count: 0, update_count: 0, delete_count: 0, unchanged_count: 0, problem_count: 0 };
    await saveImport(work.tx, id, { turn: next.turn, failure: null, ...zero }, work.now);
    return next;
  });
}

async function readTallies(work: Work): Promise<Tallies> {
  const limit = (await readSettings(work.tx))["users.seatLimit"];
  const left = limit === 0 ? Number.POSITIVE_INFINITY : limit - (await countUsers(work.tx));
  return { seats: { left }, administrators: new Set(await selectAdministrators(work.tx, adminRole)) };
}

async function* inBatches(parts: AsyncIterable<ReadRow[]>): AsyncGenerator<ReadRow[]> {
  let waiting: ReadRow[] = [];
  for await (const part of parts) {
    waiting = waiting.length === 0 ? part : waiting.concat(part);
    while (waiting.length >= batchRows) {
      yield waiting.slice(0, batchRows);
      waiting = waiting.slice(batchRows);
    }
  }
  if (waiting.length > 0) yield waiting;
}

/** @returns the import, if this run still has its turn */
async function lockTurn(work: Work, one: ImportRow): Promise<ImportRow | undefined> {
  const now = await lockImport(work.tx, one.id);
  return now?.state === "checking" && now.turn === one.turn ? now : undefined;
}

async function checkBatch(
  work: Work,
  keyring: Keyring,
  one: ImportRow,
  rows: readonly ReadRow[],
  tallies: Tallies,
): Promise<boolean> {
  if ((await lockTurn(work, one)) === undefined) return false;
  const by = { kind: one.made_by_kind, id: one.made_by_id, name: one.made_by_name };
  const actor = await actingFor(work.tx, by, work.now);
  if (actor === undefined || !actor.can("accounts")) {
    await saveImport(work.tx, one.id, { state: "failed", failure: { code: "import.actorGone" } }, work.now);
    return false;
  }
  const { plans, taken } = await planBatch(work.tx, one, actor, rows, { lock: false, keys: true, ...tallies });
  const checked = rows.map((row, at) => checkedRow(keyring, one, row, plans[at]));
  await insertRows(work.tx, one.id, checked);
  await insertKeys(work.tx, one.id, taken);
  const count = (isMeant: (row: CheckedRow) => boolean) => checked.filter(isMeant).length;
  const planned = (action: string) => count((row) => row.state === "planned" && row.action === action);
  await addCounts(
    work.tx,
    one.id,
    {
      row_count: checked.length,
      add_count: planned("add"),
      update_count: planned("update"),
      delete_count: planned("delete"),
      unchanged_count: count(({ state }) => state === "unchanged"),
      problem_count: count(({ state }) => state === "problem"),
    },
    work.now,
  );
  return true;
}

function checkedRow(keyring: Keyring, one: ImportRow, row: ReadRow, plan: RowPlan | undefined): CheckedRow {
  if (plan === undefined) throw new Error("a row has no plan");
  const secrets: Record<string, string> = {};
  const cells = row.cells.slice(0, one.columns.length).map((cell, at) => {
    if (!secretColumns.has(one.columns[at]?.column ?? null) || cell === "") return keepable(cell);
    secrets[at] = cell;
    return "";
  });
  const hasSecret = plan.work?.kind === "add" && Object.keys(secrets).length > 0;
  return {
    number: row.number,
    action: plan.action,
    state: plan.problems.length > 0 ? "problem" : plan.work === undefined ? "unchanged" : "planned",
    user_id: plan.userId,
    name: keepable(plan.name.slice(0, 320)),
    cells,
    changes: plan.changes,
    problems: plan.problems,
    secret: hasSecret ? keyring.seal(secretPurpose, JSON.stringify(secrets)).toString("base64") : null,
  };
}

/** PostgreSQL keeps neither U+0000 nor halves of characters; rows that have some are refused. */
function keepable(text: string): string {
  return text.includes("\0") || !text.isWellFormed() ? text.replaceAll("\0", "\uFFFD").toWellFormed() : text;
}
