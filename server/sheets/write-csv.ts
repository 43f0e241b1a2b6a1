import { guardCell } from "../contract/account-columns.ts";
import type { Cell, Row, SheetColumn, SheetWriter, Sink } from "./sheet.ts";
import { textEncoder } from "./text-encoding.ts";
import type { TextEncoding } from "./text-encoding.ts";
import { timeTexts } from "./time-format.ts";
import type { TimeStyle } from "./time-format.ts";

export const delimiters = { comma: ",", semicolon: ";", tab: "\t" } as const;
export type Delimiter = keyof typeof delimiters;

export interface CsvStyle {
  encoding: TextEncoding;
  delimiter: Delimiter;
  times: TimeStyle;
}

/** Writes comma-separated values (RFC 4180): a line of headers, then a line for each row, each ended by CR LF. */
export function writeCsv(columns: readonly SheetColumn[], style: CsvStyle, sink: Sink): SheetWriter {
  const encoder = textEncoder(style.encoding);
  const delimiter = delimiters[style.delimiter];
  const timeText = timeTexts(style.times);
  // What a cell must be quoted for.
  const special = new RegExp(`["\\r\\n${delimiter}]|^\\s|\\s$`);
  const textCell = (text: string) => {
    const guarded = isPlain(text) ? text : guardCell(text, "csv");
    return special.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
  };
  const writes = columns.map(({ kind }): ((cell: Cell) => string) => {
    if (kind === "time") return (cell) => (typeof cell === "number" ? timeText(cell) : "");
    if (kind === "number") return (cell) => (cell === null ? "" : String(cell));
    return (cell) => (cell === null || cell === "" ? "" : textCell(String(cell)));
  });
  const line = (row: Row) => {
    let text = "";
    for (const [at, write] of writes.entries()) text += (at === 0 ? "" : delimiter) + write(row[at] ?? null);
    return `${text}\r\n`;
  };
  let head: Buffer | undefined = Buffer.concat([
    encoder.mark,
    encoder.encode(`${columns.map(({ header }) => textCell(header)).join(delimiter)}\r\n`),
  ]);
  const begin = async () => {
    const bytes = head;
    head = undefined;
    if (bytes !== undefined) await sink(bytes);
  };
  return {
    async write(rows) {
      await begin();
      let text = "";
      for (const row of rows) text += line(row);
      await sink(encoder.encode(text));
    },
    async end() {
      await begin();
      return { replaced: encoder.replaced(), cut: 0 };
    },
  };
}

/** Whether the first letter alone says that no spreadsheet would run the text. */
function isPlain(text: string): boolean {
  const first = text.charCodeAt(0);
  // Digits, and from `A` on up to the wide signs.
  return (first >= 0x30 && first <= 0x39) || (first >= 0x41 && first < 0xff00);
}
