import { record } from "../audit/record.ts";
import { Failure } from "../contract/failure.ts";
import { addCounts, finishRows, lockImport, saveImport, selectRowsBack } from "../db/sql/imports.ts";
import type { FinishedRow, ImportRow, StoredRow } from "../db/sql/imports.ts";
import { lockUsers } from "../db/sql/users.ts";
import type { UserRow } from "../db/sql/users.ts";
import { sqlErrorOf } from "../db/unique-violation.ts";
import { inSqlWork, trusted } from "../db/work.ts";
import type { Work } from "../db/work.ts";
import type { House } from "../house.ts";
import type { GroupId, ImportId, UserId } from "../kernel/ids.ts";
import { changeStatus } from "../users/change-status.ts";
import { deleteLockedUser } from "../users/delete-user.ts";
import { updateLockedUser } from "../users/update-user.ts";
import { actingFor } from "./acting-for.ts";
import { changeGroups } from "./carry-out.ts";
import type { Undo } from "./carry-out.ts";
import { problemOf } from "./plan-row.ts";

const batchRows = 100;

/**
 * Takes back what an import did, the last row first: accounts that it added go, changes that it made are reversed. What
 * something else has touched since is left alone, and deleted accounts stay deleted. Like carrying out, it goes on where
 * it was when it is broken off.
 */
export async function undoRows(house: House, id: ImportId, tell?: (rows: number) => void): Promise<void> {
  let rows = 0;
  for (;;) {
    const over = await undoSome(house, id, batchRows);
    if (over === undefined) return;
    rows += over;
    tell?.(rows);
  }
}

async function undoSome(house: House, id: ImportId, limit: number): Promise<number | undefined> {
  try {
    return await inWorkOf(house, id, async (work) => await undoBatch(work, id, limit));
  } catch (error) {
    const isRefusal = error instanceof Failure || sqlErrorOf(error)?.code.startsWith("23") === true;
    if (!isRefusal) throw error;
    if (limit === 1) {
      await keepNext(house, id, error);
      return 1;
    }
    for (let number = 0; number < limit; number += 1)
      if ((await undoSome(house, id, 1)) === undefined) return undefined;
    return limit;
  }
}

async function inWorkOf<Result>(house: House, id: ImportId, act: (work: Work) => Promise<Result>): Promise<Result> {
  return await inSqlWork(house, { actor: trusted("system", "import"), requestId: `import-${id}` }, act);
}

/** @returns how many rows are over; undefined when there is nothing more to do */
async function undoBatch(work: Work, id: ImportId, limit: number): Promise<number | undefined> {
  const one = await lockImport(work.tx, id);
  if (one === undefined || one.state !== "undoing") return undefined;
  const by = { kind: one.confirmed_by_kind, id: one.confirmed_by_id, name: one.confirmed_by_name };
  const actor = await actingFor(work.tx, by, work.now);
  if (actor === undefined || !actor.can("accounts")) {
    await saveImport(work.tx, id, { state: "done", failure: { code: "import.actorGone" } }, work.now);
    return undefined;
  }
  const acting: Work = { ...work, actor, partOf: { import: one.name, importId: id } };
  const rows = await selectRowsBack(work.tx, id, "done", limit);
  if (rows.length === 0) {
    await finish(acting, one);
    return undefined;
  }
  const people = await lockUsers(
    work.tx,
    rows.flatMap(({ user_id: userId }) => userId ?? []),
  );
  const byId = new Map(people.map((person) => [person.id, person]));
  const groups = new Map<GroupId, { add: UserId[]; remove: UserId[] }>();
  const finished: FinishedRow[] = [];
  for (const row of rows) finished.push(await undoRow(acting, row, byId.get(row.user_id ?? ("" as UserId)), groups));
  await changeGroups(acting, groups);
  await finishRows(work.tx, id, finished);
  const kept = finished.filter(({ state }) => state === "kept").length;
  await addCounts(work.tx, id, { undone_count: finished.length - kept, kept_count: kept }, work.now);
  return finished.length;
}

async function undoRow(
  work: Work,
  row: StoredRow,
  user: UserRow | undefined,
  groups: Map<GroupId, { add: UserId[]; remove: UserId[] }>,
): Promise<FinishedRow> {
  const undo = row.undo as Undo | null;
  const end = (state: "undone" | "kept"): FinishedRow => ({ ...row, state, problems: [] });
  // A row that found everything done already has nothing to take back; one that deleted cannot.
  if (undo === null) return end(row.action === "delete" ? "kept" : "undone");
  if (user === undefined || user.version !== undo.version) return end("kept");
  if (undo.kind === "add") {
    await deleteLockedUser(work, user);
    return end("undone");
  }
  await updateLockedUser(work, user, undo.before);
  if (undo.block !== undefined) await changeStatus(work, user.id, undo.block);
  for (const [ids, list] of [
    [undo.addTo, "add"],
    [undo.removeFrom, "remove"],
  ] as const) {
    for (const id of ids) {
      const change = groups.get(id) ?? { add: [], remove: [] };
      change[list].push(user.id);
      groups.set(id, change);
    }
  }
  return end("undone");
}

async function keepNext(house: House, id: ImportId, error: unknown): Promise<void> {
  await inWorkOf(house, id, async (work) => {
    const one = await lockImport(work.tx, id);
    const [row] = one?.state === "undoing" ? await selectRowsBack(work.tx, id, "done", 1) : [];
    if (row === undefined) return;
    const problems = error instanceof Failure ? [problemOf(error, null)] : [];
    await finishRows(work.tx, id, [{ ...row, state: "kept", problems }]);
    await addCounts(work.tx, id, { kept_count: 1 }, work.now);
  });
}

async function finish(work: Work, one: ImportRow): Promise<void> {
  await saveImport(work.tx, one.id, { state: "undone", finished_at: work.now, failure: null }, work.now);
  record(work, {
    type: "import.undone",
    subject: { kind: "import", id: one.id, name: one.name },
    details: { undone: one.undone_count, kept: one.kept_count },
  });
}
