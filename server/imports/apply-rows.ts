import { record } from "../audit/record.ts";
import { Failure, failure } from "../contract/failure.ts";
import {
  addCounts,
  deleteChunks,
  finishRows,
  lockImport,
  saveImport,
  selectImport,
  selectRowsIn,
} from "../db/sql/imports.ts";
import type { FinishedRow, ImportRow, KeptProblem, StoredRow } from "../db/sql/imports.ts";
import { sqlErrorOf } from "../db/unique-violation.ts";
import { inSqlWork, trusted } from "../db/work.ts";
import type { Actor, Work } from "../db/work.ts";
import type { House } from "../house.ts";
import { addJob } from "../jobs/add-job.ts";
import type { ImportId } from "../kernel/ids.ts";
import { preparePassword } from "../passwords/set-password.ts";
import type { CheckedPassword } from "../passwords/set-password.ts";
import { actingFor } from "./acting-for.ts";
import { carryOut } from "./carry-out.ts";
import type { FittingRow } from "./carry-out.ts";
import { meantText } from "./cell-words.ts";
import { secretPurpose } from "./check-rows.ts";
import { noLimit, planBatch } from "./plan-batch.ts";
import { problemOf } from "./plan-row.ts";
import type { GivenRow, RowPlan } from "./plan-row.ts";
import { secretColumns } from "./receive-file.ts";

/** Rows of one transaction: more of them are hardly quicker, and hold their locks for longer. */
const batchRows = 250;
/** How often in a row a batch may be given up because of locks before the job is left for later. */
const mostQuarrels = 5;
/** Of those with a password, which is slow to hash on purpose. */
const batchPasswords = 8;

/**
 * Carries out the rows of an import that was confirmed (B2), a batch to a transaction, in which each row is marked as
 * done: when the process ends in the middle, nothing is done twice and nothing is left out. It stops when the import is
 * paused or cancelled, and when whoever confirmed it may not manage accounts any more.
 *
 * @param tell is told how many rows are over
 */
export async function applyRows(house: House, id: ImportId, tell?: (rows: number) => void): Promise<void> {
  let rows = 0;
  let quarrels = 0;
  for (;;) {
    try {
      const over = await applySome(house, id, batchRows);
      if (over === undefined) return;
      rows += over;
      quarrels = 0;
      tell?.(rows);
    } catch (error) {
      // Of two who wait for each other's locks, PostgreSQL gives one up; whoever it is begins the batch again.
      quarrels += 1;
      if (sqlErrorOf(error)?.code.startsWith("40") !== true || quarrels > mostQuarrels) throw error;
    }
  }
}

/** @returns how many rows are over; undefined when there is nothing more to do */
async function applySome(house: House, id: ImportId, most: number): Promise<number | undefined> {
  const { passwords, limit } = await hashPasswords(house, id, most);
  try {
    const { over, left } = await inWorkOf(
      house,
      id,
      async (work) => await applyBatch(work, house, id, limit, passwords),
    );
    // Rows that need those before them to be there are alone in their transaction, and so are those that do not fit.
    for (let number = 0; number < left; number += 1)
      if ((await applySome(house, id, 1)) === undefined) return undefined;
    return over === undefined ? undefined : over + left;
  } catch (error) {
    if (isPassing(error)) throw error;
    if (limit === 1) {
      await refuseNext(house, id, error);
      return 1;
    }
    // One of them is refused, which undoes all of them: each is tried alone.
    for (let number = 0; number < limit; number += 1)
      if ((await applySome(house, id, 1)) === undefined) return undefined;
    return limit;
  }
}

async function inWorkOf<Result>(house: House, id: ImportId, act: (work: Work) => Promise<Result>): Promise<Result> {
  return await inSqlWork(house, { actor: trusted("system", "import"), requestId: `import-${id}` }, act);
}

/** Says whether an error is about the way to the database, or a quarrel about locks, so that trying again helps. */
function isPassing(error: unknown): boolean {
  if (error instanceof Failure) return error.retryAfterSeconds !== undefined;
  const code = sqlErrorOf(error)?.code;
  if (code !== undefined) return /^(?:08|40|53|55|57)/.test(code);
  return error instanceof Error && "code" in error;
}

async function applyBatch(
  work: Work,
  house: House,
  id: ImportId,
  limit: number,
  passwords: ReadonlyMap<number, CheckedPassword | KeptProblem>,
): Promise<{ over?: number; left: number }> {
  const one = await lockImport(work.tx, id);
  if (one === undefined || one.state !== "applying") return { left: 0 };
  const actor = await actorOf(work, one);
  if (actor === undefined) {
    await saveImport(work.tx, id, { state: "paused", failure: { code: "import.actorGone" } }, work.now);
    return { left: 0 };
  }
  const acting: Work = { ...work, actor, partOf: { import: one.name, importId: id } };
  const rows = await selectRowsIn(work.tx, id, "planned", limit);
  if (rows.length === 0) {
    await finish(acting, one);
    return { left: 0 };
  }
  const given = rows.map((row) => givenRow(house, one, row));
  const how = { lock: true, keys: false, ...noLimit, administrators: new Set<string>() };
  const { plans } = await planBatch(work.tx, one, actor, given, how);
  const fitting: FittingRow[] = [];
  const finished: FinishedRow[] = [];
  let left = 0;
  for (const [at, row] of rows.entries()) {
    const plan = plans[at];
    if (plan === undefined) throw new Error("a row has no plan");
    const password = passwords.get(row.number);
    const problems = password !== undefined && "code" in password ? [password] : misfit(row, plan);
    if (problems.length > 0 && rows.length > 1) left += 1;
    else if (problems.length > 0) finished.push(refused(row, problems));
    else if (plan.work === undefined) finished.push({ ...row, state: "done", undo: null });
    else if (password === undefined || !("code" in password)) fitting.push({ row, work: plan.work, password });
  }
  finished.push(...(await carryOut(acting, one, fitting)));
  await finishRows(work.tx, id, finished);
  const failed = finished.filter(({ state }) => state === "failed").length;
  await addCounts(work.tx, id, { done_count: finished.length - failed, failed_count: failed }, work.now);
  return { over: finished.length, left };
}

async function actorOf(work: Work, one: ImportRow): Promise<Actor | undefined> {
  const by = { kind: one.confirmed_by_kind, id: one.confirmed_by_id, name: one.confirmed_by_name };
  const actor = await actingFor(work.tx, by, work.now);
  return actor?.can("accounts") === true ? actor : undefined;
}

/** Why a row cannot be carried out as it was shown before it was confirmed. */
function misfit(row: StoredRow, plan: RowPlan): KeptProblem[] {
  const changed: KeptProblem[] = [{ column: null, code: "import.changedSince" }];
  if (plan.action !== row.action) return changed;
  if (plan.problems.length > 0) return plan.problems;
  // Whoever was to be deleted and is gone already is as the row wants it.
  if (row.action === "delete" && plan.userId === null) return [];
  const isOther = row.action !== "add" && plan.userId !== row.user_id;
  const isMore = Object.keys(plan.changes).some((column) => row.changes[column] === undefined);
  return isOther || isMore ? changed : [];
}

function refused({ number, user_id }: StoredRow, problems: KeptProblem[]): FinishedRow {
  return { number, user_id, state: "failed", problems, undo: null };
}

/** A row as it stood in the file, its secrets among its cells. */
function givenRow(house: House, one: ImportRow, row: StoredRow): GivenRow {
  const secrets = row.secret === null ? {} : (JSON.parse(house.keyring.open(secretPurpose, row.secret)) as object);
  const cells = [...row.cells];
  for (const [at, text] of Object.entries(secrets)) cells[Number(at)] = String(text);
  // Without its secret, a row that was never to have one is as it was checked.
  const hidden = one.columns.flatMap(({ column }, at) =>
    secretColumns.has(column) && row.secret === null ? [at] : [],
  );
  for (const at of hidden) cells[at] = "";
  return { number: row.number, cells };
}

type Passwords = Map<number, CheckedPassword | KeptProblem>;

/**
 * Hashes the temporary passwords of the next rows before their transaction opens, since that is slow.
 *
 * @returns the hashes by row, and for how many rows they are enough
 */
async function hashPasswords(
  house: House,
  id: ImportId,
  most: number,
): Promise<{ passwords: Passwords; limit: number }> {
  const passwords: Passwords = new Map();
  const one = await selectImport(house.db, id);
  const place = (column: string) => one?.columns.findIndex((other) => other.column === column) ?? -1;
  const [at, emailAt] = [place("temporaryPassword"), place("email")];
  if (one === undefined || at < 0 || one.state !== "applying") return { passwords, limit: most };
  const rows = (await selectRowsIn(house.db, id, "planned", most)).map((stored) => ({
    stored,
    cells: givenRow(house, one, stored).cells,
  }));
  const secret = rows.filter(({ cells }) => (cells[at] ?? "").trim() !== "");
  const next = secret[batchPasswords];
  await Promise.all(
    secret.slice(0, batchPasswords).map(async ({ stored: { number, name, changes }, cells }) => {
      const person = {
        username: name,
        display_name: changes["displayName"]?.to ?? name,
        given_name: changes["givenName"]?.to ?? null,
        family_name: changes["familyName"]?.to ?? null,
        email: cells[emailAt] ?? null,
      };
      try {
        passwords.set(number, await preparePassword(house.db, meantText(cells[at] ?? ""), person));
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        passwords.set(number, problemOf(error, "temporaryPassword"));
      }
    }),
  );
  return { passwords, limit: next === undefined ? most : rows.indexOf(next) };
}

/** Marks the next row as refused, after it was tried alone. */
async function refuseNext(house: House, id: ImportId, error: unknown): Promise<void> {
  if (!(error instanceof Failure)) house.log.error({ err: error, importId: id }, "a row of an import failed");
  await inWorkOf(house, id, async (work) => {
    const one = await lockImport(work.tx, id);
    const [row] = one?.state === "applying" ? await selectRowsIn(work.tx, id, "planned", 1) : [];
    if (row === undefined) return;
    const problem = problemOf(error instanceof Failure ? error : failure("import.rowBroken"), null);
    await finishRows(work.tx, id, [refused(row, [problem])]);
    await addCounts(work.tx, id, { failed_count: 1 }, work.now);
  });
}

async function finish(work: Work, one: ImportRow): Promise<void> {
  await saveImport(work.tx, one.id, { state: "done", finished_at: work.now, failure: null }, work.now);
  await deleteChunks(work.tx, one.id);
  record(work, {
    type: "import.finished",
    subject: { kind: "import", id: one.id, name: one.name },
    details: { done: one.done_count, failed: one.failed_count, problems: one.problem_count },
  });
  addJob(work.tx, "import.tell", { importId: one.id });
}
