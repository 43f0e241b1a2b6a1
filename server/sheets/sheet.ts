/** What a column holds. Texts are never run as formulas; numbers and moments are typed in workbooks. */
export type ColumnKind = "text" | "number" | "time";

export interface SheetColumn {
  header: string;
  kind: ColumnKind;
}

/** A cell: a text, a number (as a text where it has more digits than JavaScript keeps), a moment in milliseconds since 1970. */
export type Cell = string | number | null;
export type Row = readonly Cell[];

/** Takes bytes of a file in their order. It may be slow: the writer waits. */
export type Sink = (bytes: Buffer) => Promise<void>;

/** Writes one file row by row. What it holds in memory does not grow with the rows. */
export interface SheetWriter {
  write(rows: readonly Row[]): Promise<void>;
  /** Writes what is left. @returns what could not be written as it is */
  end(): Promise<Losses>;
}

/** What a file could not hold as it is; each such place is visible in the file. */
export interface Losses {
  /** Characters that the encoding lacks, with something else in their place. */
  replaced: number;
  /** Texts that a cell of a workbook cannot hold to their end. */
  cut: number;
}

/** More than the format can hold. */
export class SheetTooLarge extends Error {
  override name = "SheetTooLarge";
}
