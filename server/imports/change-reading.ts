import { readAttributes } from "../attributes/read-attributes.ts";
import { failure } from "../contract/failure.ts";
import type { BlankCells, FileDelimiter, FileEncoding } from "../contract/imports.ts";
import { saveImport } from "../db/sql/imports.ts";
import type { ImportRow } from "../db/sql/imports.ts";
import type { Work } from "../db/work.ts";
import type { Keyring } from "../kernel/keyring.ts";
import { checkColumns } from "./match-columns.ts";
import { readingOf } from "./read-file.ts";
import type { Reading } from "./read-file.ts";
import { columnsOf, readColumns, secretColumns } from "./receive-file.ts";
import { storedFile } from "./stored-file.ts";
import { requireLockedImport } from "./take-step.ts";

export interface ReadingChange {
  encoding?: FileEncoding | undefined;
  delimiter?: FileDelimiter | undefined;
  sheet?: string | undefined;
  /** What each column is, in the order of the file. */
  columns?: readonly (string | null)[] | undefined;
  blankCells?: BlankCells | undefined;
}

/**
 * Says how a file is read and which column is what (B1). What was checked before is out of date then. With another
 * encoding, delimiter or sheet the columns are proposed anew.
 *
 * @throws import.missing import.wrongState import.columnTwice import.columnUnknown and what reading throws
 */
export async function changeReading(work: Work, keyring: Keyring, id: string, change: ReadingChange): Promise<void> {
  const one = await requireLockedImport(work, id);
  if (!["matching", "ready", "failed"].includes(one.state)) throw failure("import.wrongState");
  const before = readingOf(one);
  const reading = changed(before, change);
  const isOther = JSON.stringify(reading) !== JSON.stringify(before) || one.state === "failed";
  const source = storedFile(work.tx, keyring, one.id, Number(one.size_bytes));
  let columns = isOther ? await readColumns(work, source, reading) : one.columns;
  if (change.columns !== undefined) columns = await named(work, columns, change.columns);
  await saveImport(
    work.tx,
    one.id,
    {
      ...columnsOf(reading),
      columns,
      blank_cells: change.blankCells ?? one.blank_cells,
      state: "matching",
      failure: null,
    },
    work.now,
  );
}

function changed(before: Reading, { encoding, delimiter, sheet }: ReadingChange): Reading {
  if (before.format === "xlsx") {
    const isThere = sheet !== undefined && before.sheets.includes(sheet);
    return isThere ? { ...before, sheet } : before;
  }
  return { ...before, encoding: encoding ?? before.encoding, delimiter: delimiter ?? before.delimiter };
}

async function named(
  work: Work,
  columns: ImportRow["columns"],
  keys: readonly (string | null)[],
): Promise<ImportRow["columns"]> {
  const all = columns.map((_, at) => keys[at] ?? null);
  checkColumns(all, await readAttributes(work.tx));
  return columns.map((column, at) => {
    const key = all[at] ?? null;
    return { ...column, column: key, samples: secretColumns.has(key) ? [] : column.samples };
  });
}
