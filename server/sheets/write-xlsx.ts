import { guardCell } from "../contract/account-columns.ts";
import type { Cell, Row, SheetColumn, SheetWriter, Sink } from "./sheet.ts";
import { timeNumbers } from "./time-format.ts";
import type { TimeStyle } from "./time-format.ts";
import { ZipWriter } from "./zip.ts";
import type { OpenEntry } from "./zip.ts";
import * as parts from "./xlsx-parts.ts";

export interface XlsxStyle {
  /** The name of the sheet; further ones are numbered. */
  name: string;
  times: TimeStyle;
  /** When the file is made. */
  now: Date;
}

/** Where a sheet ends and the next begins: a program holds 1,048,576 rows, and an archive 4 GiB of one part. */
export interface SheetLimits {
  rows: number;
  bytes: number;
}

const usualLimits: SheetLimits = { rows: 1_000_000, bytes: 2 * 1024 ** 3 };

/** UTF-16 units of a text in a cell. */
const longestText = 32_767;
const cutMark = "…";

/** The style of cells by what a column holds (see `parts.styles`). */
const styleOf = { text: 1, time: 2, number: 0 } as const;

/**
 * Writes an Office Open XML workbook (ECMA-376) from beginning to end: texts typed as texts, numbers, moments as dates
 * on the clock of the zone; the line of headers stays in view and has filters. After a million rows a further sheet
 * begins. It is written by hand because the libraries that were measured need memory by the row, or take ten times as long.
 */
export function writeXlsx(
  columns: readonly SheetColumn[],
  style: XlsxStyle,
  sink: Sink,
  limits: SheetLimits = usualLimits,
): SheetWriter {
  const zip = new ZipWriter(sink);
  const timeNumber = timeNumbers(style.times);
  const letters = columns.map((_, at) => parts.columnName(at));
  const isDated = style.times.as === "iso";
  const styles = columns.map(({ kind }) => (kind === "time" && !isDated ? 0 : styleOf[kind]));
  let cut = 0;
  let sheet: OpenEntry | undefined;
  /** Lines of each sheet, with its headers. */
  const lines: number[] = [];
  let line = 0;
  let bytes = 0;

  const textCell = (name: string, at: number, text: string) => {
    let value = text;
    if (value.length > longestText) {
      cut += 1;
      value = cutText(value);
    }
    return `<c r="${name}" s="${styles[at] ?? 0}" t="inlineStr"><is><t xml:space="preserve">${parts.escapeText(guardCell(value, "xlsx"))}</t></is></c>`;
  };
  const cellOf = (cell: Cell, at: number, number: number): string => {
    if (cell === null || cell === "") return "";
    const name = `${letters[at] ?? ""}${number}`;
    switch (columns[at]?.kind) {
      case "time":
        if (typeof cell === "number") return `<c r="${name}" s="${styles[at] ?? 0}"><v>${timeNumber(cell)}</v></c>`;
        break;
      case "number":
        if (isExact(cell)) return `<c r="${name}"><v>${cell}</v></c>`;
        break;
      case "text":
      case undefined:
    }
    return textCell(name, at, String(cell));
  };
  const rowOf = (row: Row, number: number) => {
    let text = `<row r="${number}">`;
    for (let at = 0; at < columns.length; at += 1) text += cellOf(row[at] ?? null, at, number);
    return `${text}</row>`;
  };
  const open = async () => {
    if (lines.length === 0) for (const [name, content] of parts.first(style)) await zip.add(name, content);
    lines.push(1);
    const entry = await zip.open(parts.sheetPath(lines.length));
    const head = parts.sheetHead(
      columns.map(({ kind }, at) => ({ kind, style: styles[at] ?? 0 })),
      columns.map(({ header }, at) => parts.headCell(`${letters[at] ?? ""}1`, header)).join(""),
      lines.length === 1,
    );
    line = 1;
    bytes = head.length;
    await entry.write(Buffer.from(head));
    return entry;
  };
  const close = async (entry: OpenEntry) => {
    lines[lines.length - 1] = line;
    await entry.write(Buffer.from(parts.sheetEnd(rangeOf(line))));
    await entry.close();
  };
  const rangeOf = (last: number) => `A1:${letters.at(-1) ?? "A"}${last}`;

  return {
    async write(rows) {
      for (let at = 0; at < rows.length;) {
        sheet ??= await open();
        let text = "";
        while (at < rows.length && line <= limits.rows && bytes + text.length < limits.bytes) {
          line += 1;
          text += rowOf(rows[at] ?? [], line);
          at += 1;
        }
        const piece = Buffer.from(text);
        bytes += piece.length;
        await sheet.write(piece);
        if (at < rows.length) {
          await close(sheet);
          sheet = undefined;
        }
      }
    },
    async end() {
      await close(sheet ?? (await open()));
      const sheets = lines.map((last, at) => ({
        name: at === 0 ? style.name : `${style.name} ${at + 1}`,
        range: `$A$1:$${letters.at(-1) ?? "A"}$${last}`,
      }));
      for (const [name, content] of parts.last(sheets)) await zip.add(name, content);
      await zip.end();
      return { replaced: 0, cut };
    },
  };
}

/** Whether a workbook keeps the number to its last digit: it has 15. */
function isExact(cell: Cell): boolean {
  const text = String(cell);
  return /^-?\d+(?:\.\d+)?$/.test(text) && text.replaceAll(/[-.]/g, "").length <= 15;
}

function cutText(text: string): string {
  const kept = text.slice(0, longestText - cutMark.length - 1);
  // Half of a pair is no character.
  return `${/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept}${cutMark}`;
}
