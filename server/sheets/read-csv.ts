import { failure } from "../contract/failure.ts";
import type { FileDelimiter, FileEncoding } from "../contract/imports.ts";
import { delimiterSigns } from "./detect-text.ts";
import { bytesOf, readLimits } from "./source.ts";
import type { ReadRow, Source } from "./source.ts";

export interface CsvReading {
  encoding: FileEncoding;
  delimiter: FileDelimiter;
}

/**
 * Reads the rows of comma-separated values (RFC 4180) as they come, rows without any text left out. It is written by
 * hand because it must stop at limits before what is too large is in memory, and tell in which row that was.
 *
 * @throws import.encodingWrong import.quoteOpen import.cellTooLarge import.tooManyColumns import.tooManyRows
 */
export async function* readCsv(source: Source, { encoding, delimiter }: CsvReading): AsyncGenerator<ReadRow[]> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const splitter = new Splitter(delimiterSigns[delimiter]);
  for await (const bytes of bytesOf(source)) {
    const rows = splitter.push(decoded(decoder, bytes, splitter.number));
    if (rows.length > 0) yield rows;
  }
  const rest = splitter.push(decoded(decoder, undefined, splitter.number));
  const rows = [...rest, ...splitter.end()];
  if (rows.length > 0) yield rows;
}

function decoded(decoder: TextDecoder, bytes: Buffer | undefined, row: number): string {
  try {
    return decoder.decode(bytes, { stream: bytes !== undefined });
  } catch (cause) {
    throw failure("import.encodingWrong", { data: { encoding: decoder.encoding, row }, cause });
  }
}

/** Cuts text into rows and cells, whatever the parts are that it comes in. */
class Splitter {
  readonly #delimiter: string;
  /** Where a cell outside of quotation marks may end. */
  readonly #end: RegExp;
  /** What has not been cut yet. */
  #text = "";
  #cells: string[] = [];
  /** The beginning of a cell, up to a quotation mark that came doubled. */
  #cell = "";
  #place: "start" | "quoted" | "closed" | "plain" = "start";
  number = 1;

  constructor(delimiter: string) {
    this.#delimiter = delimiter;
    this.#end = new RegExp(`[${delimiter === "|" ? "\\|" : delimiter}\r\n]`, "g");
  }

  push(text: string): ReadRow[] {
    this.#text = this.#text === "" ? text : this.#text + text;
    return this.#cut(false);
  }

  end(): ReadRow[] {
    const rows = this.#cut(true);
    if (this.#place === "quoted") throw failure("import.quoteOpen", { data: { row: this.number } });
    if (this.#place !== "start" || this.#cells.length > 0) this.#closeRow(rows);
    return rows;
  }

  #cut(isLast: boolean): ReadRow[] {
    const rows: ReadRow[] = [];
    const text = this.#text;
    let at = 0;
    while (at < text.length) {
      if (this.#place === "start" || this.#place === "plain") {
        if (this.#place === "start" && text[at] === '"') {
          this.#place = "quoted";
          at += 1;
          continue;
        }
        this.#end.lastIndex = at;
        const found = this.#end.exec(text);
        this.#grow(text.slice(at, found?.index ?? text.length));
        this.#place = "plain";
        if (found === null) {
          at = text.length;
          break;
        }
        at = found.index;
        // Whether a line feed belongs to the carriage return before it is seen with the next part.
        if (text[at] === "\r" && at + 1 === text.length && !isLast) break;
        at += this.#finish(text, at, rows);
      } else if (this.#place === "quoted") {
        const mark = text.indexOf('"', at);
        this.#grow(text.slice(at, mark < 0 ? text.length : mark));
        at = mark < 0 ? text.length : mark + 1;
        if (mark >= 0) this.#place = "closed";
      } else if (text[at] === '"') {
        this.#grow('"');
        this.#place = "quoted";
        at += 1;
      } else if (text[at] === this.#delimiter || text[at] === "\r" || text[at] === "\n") {
        if (text[at] === "\r" && at + 1 === text.length && !isLast) break;
        at += this.#finish(text, at, rows);
      } else {
        // What follows a closing mark belongs to the cell, as spreadsheets take it.
        this.#place = "plain";
      }
    }
    this.#text = text.slice(at);
    return rows;
  }

  /** Ends a cell, and the row where a line ends. @returns how many characters ended it */
  #finish(text: string, at: number, rows: ReadRow[]): number {
    if (text[at] === this.#delimiter) {
      this.#closeCell();
      return 1;
    }
    this.#closeRow(rows);
    return text[at] === "\r" && text[at + 1] === "\n" ? 2 : 1;
  }

  #grow(part: string): void {
    this.#cell = this.#cell === "" ? part : this.#cell + part;
    if (this.#cell.length > readLimits.cellCharacters) {
      throw failure("import.cellTooLarge", { data: { row: this.number, most: readLimits.cellCharacters } });
    }
  }

  #closeCell(): void {
    this.#cells.push(this.#cell);
    this.#cell = "";
    this.#place = "start";
    if (this.#cells.length > readLimits.columns) {
      throw failure("import.tooManyColumns", { data: { most: readLimits.columns } });
    }
  }

  #closeRow(rows: ReadRow[]): void {
    this.#closeCell();
    const cells = this.#cells;
    this.#cells = [];
    const number = this.number;
    this.number += 1;
    if (number > readLimits.rows + 1) throw failure("import.tooManyRows", { data: { most: readLimits.rows } });
    if (cells.some((cell) => cell !== "")) rows.push({ number, cells });
  }
}
