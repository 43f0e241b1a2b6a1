import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { createInterface } from "node:readline/promises";
import type { z } from "zod";
import { headerKey } from "#server/contract/account-columns.ts";
import { mostFileBytes } from "#server/contract/imports.ts";
import type { FileDelimiter, FileEncoding, importCounts, ImportState } from "#server/contract/imports.ts";
import { deleteChecked, deleteImport } from "#server/db/sql/imports.ts";
import type { ImportRow } from "#server/db/sql/imports.ts";
import type { Work } from "#server/db/work.ts";
import type { House } from "#server/house.ts";
import { sayIn } from "#server/http/api/imports.ts";
import { applyRows } from "#server/imports/apply-rows.ts";
import { changeReading } from "#server/imports/change-reading.ts";
import { checkRows } from "#server/imports/check-rows.ts";
import { listRows } from "#server/imports/list-imports.ts";
import { presentImport, presentRow } from "#server/imports/present-import.ts";
import { receiveFile } from "#server/imports/receive-file.ts";
import { requireImport, takeStep } from "#server/imports/take-step.ts";
import { UsageError } from "../command.ts";
import { operator } from "../open-house.ts";

interface ImportFlags {
  dryRun: boolean;
  yes: boolean;
  column: string[] | undefined;
  encoding: string | undefined;
  delimiter: string | undefined;
  sheet: string | undefined;
  clearBlank: boolean;
  sendActivation: boolean;
}

interface At {
  house: House;
  work<Result>(act: (work: Work) => Promise<Result>): Promise<Result>;
  tell(sentence: string): void;
}

export interface ImportAnswer {
  id: string;
  file: string;
  state: ImportState;
  counts: z.infer<typeof importCounts>;
  columns: { header: string; column: string | null }[];
  problems: { row: number; column: string | null; code: string; message: string }[];
  problemsLeftOut: number;
}

const mostProblems = 100;
const mostTold = 10_000;

/** Imports a file from beginning to end in this process; a job of the server goes on with it when this ends early. */
export async function importFile(at: At, path: string, flags: ImportFlags): Promise<ImportAnswer> {
  const { house, work } = at;
  if (flags.dryRun && flags.yes) throw new UsageError("`--dry-run` and `--yes` exclude each other.");
  const asks = !flags.dryRun && !flags.yes;
  if (asks && !process.stdin.isTTY) throw new UsageError("Add `--yes` to do it without asking, or `--dry-run`.");
  const { id } = await upload(house, path);
  const read = async () => await work(async (one) => await requireImport(one, id));
  try {
    await work(async (one) => await changeReading(one, house.keyring, id, readingOf(flags)));
    if (flags.column !== undefined) {
      const columns = namedColumns((await read()).columns, flags.column);
      await work(async (one) => await changeReading(one, house.keyring, id, { columns }));
    }
    await work(async (one) => await takeStep(one, id, "check", { isDoneHere: true }));
    await checkRows(house, id, told(at, "checked"));
    const checked = await describe(at, id);
    const goesOn =
      !flags.dryRun && checked.state === "ready" && hasWork(checked) && (!asks || (await isWanted(checked)));
    if (!goesOn) {
      if (checked.state === "failed") {
        const { failure } = await presentImport(house.db, await read(), sayIn("en"));
        throw new UsageError(failure?.message ?? "The file cannot be read.");
      }
      return checked;
    }
    const sendActivation = flags.sendActivation ? true : undefined;
    await work(async (one) => await takeStep(one, id, "confirm", { sendActivation }));
    await applyRows(house, id, told(at, "carried out"));
    return await describe(at, id);
  } finally {
    // What was only looked at leaves nothing behind.
    const { state } = await read();
    if (["matching", "checking", "ready", "failed"].includes(state)) {
      await deleteChecked(house.db, id);
      await deleteImport(house.db, id);
    }
  }
}

async function upload(house: House, path: string): Promise<ImportRow> {
  let size: number;
  try {
    size = (await stat(path)).size;
  } catch {
    throw new UsageError(`There is no file ${JSON.stringify(path)} that can be read.`);
  }
  if (size > mostFileBytes) throw new UsageError(`The file has more than ${mostFileBytes / 1024 ** 2} MiB.`);
  const bytes = createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>;
  return await receiveFile(house, operator(), { name: basename(path).slice(0, 255), bytes });
}

function readingOf(flags: ImportFlags) {
  return {
    // The table of the command line lets no others through.
    encoding: flags.encoding as FileEncoding | undefined,
    delimiter: flags.delimiter as FileDelimiter | undefined,
    sheet: flags.sheet,
    blankCells: flags.clearBlank ? ("clear" as const) : undefined,
  };
}

/** `Mail=email`; nothing behind the sign passes the column over. */
function namedColumns(columns: ImportRow["columns"], given: readonly string[]): (string | null)[] {
  const keys = columns.map(({ column }) => column);
  for (const pair of given) {
    const sign = pair.lastIndexOf("=");
    const header = pair.slice(0, Math.max(0, sign));
    const place = columns.findIndex((column) => headerKey(column.header) === headerKey(header));
    if (sign < 1 || place < 0) throw new UsageError(`\`--column\`: the file has no column ${JSON.stringify(header)}.`);
    keys[place] = pair.slice(sign + 1) || null;
  }
  return keys;
}

function hasWork({ counts }: ImportAnswer): boolean {
  return counts.add + counts.update + counts.delete > 0;
}

async function isWanted({ counts }: ImportAnswer): Promise<boolean> {
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const what = `Add ${counts.add}, update ${counts.update} and delete ${counts.delete} accounts`;
    const left = counts.problem === 0 ? "" : `, leaving out ${counts.problem} rows with problems`;
    return /^y(?:es)?$/i.test((await asking.question(`${what}${left}? [y/N] `)).trim());
  } finally {
    asking.close();
  }
}

/** Says every so often how far it is. */
function told({ tell }: At, what: string): (rows: number) => void {
  let next = mostTold;
  return (rows) => {
    if (rows < next) return;
    tell(`${rows} rows ${what}`);
    next = rows + mostTold;
  };
}

async function describe({ work }: At, id: string): Promise<ImportAnswer> {
  return await work(async (one) => {
    const found = await requireImport(one, id);
    const { name, state, counts, columns } = await presentImport(one.tx, found, sayIn("en"));
    const rows = [];
    for (const kind of ["problem", "failed"] as const) {
      rows.push(...(await listRows(one, id, { kind, limit: mostProblems })).rows);
    }
    const problems = rows
      .slice(0, mostProblems)
      .flatMap((row) => presentRow(row, sayIn("en")).problems.map((problem) => ({ row: row.number, ...problem })));
    const problemsLeftOut = Math.max(0, counts.problem + counts.failed - mostProblems);
    const headers = columns.map(({ header, column }) => ({ header, column }));
    return { id, file: name, state, counts, columns: headers, problems, problemsLeftOut };
  });
}
