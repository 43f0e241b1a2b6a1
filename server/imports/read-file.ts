import { failure } from "../contract/failure.ts";
import type { FileDelimiter, FileEncoding } from "../contract/imports.ts";
import type { ImportRow } from "../db/sql/imports.ts";
import { detectDelimiter } from "../sheets/detect-text.ts";
import { readCsv } from "../sheets/read-csv.ts";
import { openWorkbook, readXlsx } from "../sheets/read-xlsx.ts";
import type { ReadRow, Source } from "../sheets/source.ts";

/** How a file is read. */
export type Reading =
  | { format: "csv"; encoding: FileEncoding; delimiter: FileDelimiter }
  | { format: "xlsx"; sheets: string[]; sheet: string };

/** How files begin that people take for tables: PDF, pictures, other archives, web pages. */
const otherKinds = ["%PDF", "\x89PNG", "GIF8", "\xff\xd8\xff", "PK", "\x1f\x8b", "<?xml", "<!DOCTYPE", "<html"];

const sampleRows = 5;
const sampleCharacters = 100;

/**
 * Says what a file is, by its first bytes: a workbook is an archive, everything else is text.
 *
 * @param encoding what the text is in, as far as its bytes tell
 * @throws import.fileKind import.fileProtected import.fileMacros import.fileBroken
 */
export async function recognise(source: Source, encoding: FileEncoding): Promise<Reading> {
  const head = await source.read(0, 4096);
  if (head.length === 0) throw failure("import.fileEmpty");
  if (head.subarray(0, 4).toString("latin1") === "PK\x03\x04") {
    const sheets = (await openWorkbook(source)).sheets.map(({ name }) => name);
    return { format: "xlsx", sheets, sheet: sheets[0] ?? "" };
  }
  // Old workbooks, and new ones with a password, are compound files; so are documents of all kinds.
  if (head.subarray(0, 4).toString("hex") === "d0cf11e0") throw failure("import.fileProtected");
  const isText = encoding.startsWith("utf-16") || !head.includes(0);
  if (!isText || otherKinds.some((kind) => head.toString("latin1").startsWith(kind))) throw failure("import.fileKind");
  const text = new TextDecoder(encoding).decode(await source.read(0, 64 * 1024));
  return { format: "csv", encoding, delimiter: detectDelimiter(text) };
}

/** The rows of a file as they come, the headers among them. */
export async function* readRows(source: Source, reading: Reading): AsyncGenerator<ReadRow[]> {
  if (reading.format === "csv") yield* readCsv(source, reading);
  else yield* readXlsx(source, await openWorkbook(source), reading.sheet);
}

/**
 * The headers of a file and the first values below each.
 *
 * @throws import.fileEmpty and what reading throws
 */
export async function readHead(
  source: Source,
  reading: Reading,
): Promise<{ headerRow: number; columns: { header: string; samples: string[] }[] }> {
  const rows: ReadRow[] = [];
  for await (const some of readRows(source, reading)) {
    rows.push(...some.slice(0, sampleRows + 1 - rows.length));
    if (rows.length > sampleRows) break;
  }
  const [head, ...below] = rows;
  if (head === undefined || below.length === 0) throw failure("import.fileEmpty");
  const width = Math.max(...rows.map(({ cells }) => cells.length));
  const columns = Array.from({ length: width }, (_, at) => ({
    header: fit(head.cells[at] ?? "").trim(),
    samples: below.map(({ cells }) => fit(cells[at] ?? "")).filter((text) => text !== ""),
  }));
  return { headerRow: head.number, columns };
}

function fit(text: string): string {
  return text.slice(0, sampleCharacters).replaceAll("\0", "\uFFFD").toWellFormed();
}

/** How the file of an import is read. */
export function readingOf(one: ImportRow): Reading {
  if (one.format === "xlsx") return { format: "xlsx", sheets: one.sheets, sheet: one.sheet ?? "" };
  return { format: "csv", encoding: one.encoding ?? "utf-8", delimiter: one.delimiter ?? "comma" };
}
