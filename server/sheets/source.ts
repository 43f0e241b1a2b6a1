/** A file that can be read in parts. */
export interface Source {
  size: number;
  /** The bytes from `start` up to, and without, `end`; fewer at the end of the file. */
  read(start: number, end: number): Promise<Buffer>;
}

const stepBytes = 256 * 1024;

/** The bytes of a part of a file in their order, a step at a time. */
export async function* bytesOf(source: Source, start = 0, end = source.size): AsyncGenerator<Buffer> {
  for (let at = start; at < end; at += stepBytes) yield await source.read(at, Math.min(end, at + stepBytes));
}

/** A row of a file that is read, with the number that a spreadsheet shows beside it. */
export interface ReadRow {
  number: number;
  cells: string[];
  /** Cells that cannot be taken as they are, by place. */
  faults?: Map<number, CellFault>;
}

/** A formula has no value of its own; an error is what a spreadsheet shows for a formula that failed. */
export type CellFault = "formula" | "error";

/** What a file may have, so that reading one costs no more memory than this. */
export const readLimits = {
  columns: 500,
  /** What a cell of a spreadsheet can hold. */
  cellCharacters: 32_767,
  rows: 1_000_000,
} as const;
