import { guardCell } from "../contract/account-columns.ts";
import type { FileLanguage } from "../contract/account-columns.ts";
import { failure } from "../contract/failure.ts";
import type { RowKind } from "../contract/imports.ts";
import { selectRowPage } from "../db/sql/imports.ts";
import type { ImportRow, StoredRow } from "../db/sql/imports.ts";
import { inWork } from "../db/work.ts";
import type { Actor } from "../db/work.ts";
import type { House } from "../house.ts";
import { wordsFor } from "../kernel/words/words.ts";
import { presentRow } from "./present-import.ts";
import type { Say } from "./present-import.ts";
import { secretColumns } from "./receive-file.ts";
import { requireImport } from "./take-step.ts";

const pageRows = 500;
/** By it, spreadsheets know that the file is in UTF-8. */
const mark = "\uFEFF";

/**
 * The rows of the file as they were uploaded, each with what became of it and why (B2). Columns of passwords are empty.
 *
 * @throws access.denied import.missing import.wrongState  the rows are not checked yet
 */
export async function resultFile(
  house: House,
  by: { actor: Actor; requestId: string },
  id: string,
  options: { language: FileLanguage; kind?: RowKind | undefined; say: Say; header: (column: string) => string },
): Promise<{ name: string; parts: AsyncIterable<Buffer> }> {
  const one = await inWork(house, by, async (work) => await requireImport(work, id));
  if (["uploading", "matching", "checking", "failed"].includes(one.state)) throw failure("import.wrongState");
  return { name: `${one.name.replace(/\.[^.]*$/, "")}-result.csv`, parts: lines(house, one, options) };
}

async function* lines(
  house: House,
  one: ImportRow,
  { language, kind, say, header }: Parameters<typeof resultFile>[3],
): AsyncGenerator<Buffer> {
  const words = wordsFor(language).importResult;
  const headers = one.columns.map((column) => column.header);
  yield Buffer.from(mark + csvLine([words.row, ...headers, words.result, words.problems]));
  let cursor: string | undefined;
  do {
    const page = await selectRowPage(house.db, one.id, { limit: pageRows, cursor, kind });
    yield Buffer.from(page.rows.map((row) => csvLine(cellsOf(one, row))).join(""));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);

  function cellsOf({ columns }: ImportRow, row: StoredRow): string[] {
    const cells = columns.map(({ column }, at) => (secretColumns.has(column) ? "" : (row.cells[at] ?? "")));
    const { problems } = presentRow(row, say);
    const said = problems.map(({ column, message }) => (column === null ? message : `${header(column)}: ${message}`));
    return [String(row.number), ...cells, resultOf(row), said.join("\n")];
  }

  function resultOf({ state, action }: StoredRow): string {
    if (state === "planned") return words.left;
    if (state !== "done") return words.states[state];
    return action === "none" ? words.states.unchanged : words.done[action];
  }
}

/** A line of comma-separated values (RFC 4180) that no spreadsheet runs a part of. */
function csvLine(cells: readonly string[]): string {
  const quoted = cells.map((cell) => {
    const text = guardCell(cell, "csv");
    return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${quoted.join(",")}\r\n`;
}
