/** One line of the table. */
export interface Line {
  name: string;
  rows: number;
  megabytes: number;
  seconds: number;
  perSecond: number;
  /** MiB above what the process had before. */
  memory: number;
  /** The 95th percentile of sign-ins meanwhile, in milliseconds. */
  signIn: number;
}

/** What became of an aim. */
export interface Verdict {
  aim: string;
  value: number;
  isReached: boolean;
}

const columns: [title: string, of: (line: Line) => string][] = [
  ["rows", (line) => line.rows.toLocaleString("en")],
  ["MB", (line) => line.megabytes.toFixed(1)],
  ["s", (line) => line.seconds.toFixed(1)],
  ["rows/s", (line) => line.perSecond.toFixed(0)],
  ["MiB above idle", (line) => line.memory.toFixed(0)],
  ["sign-in p95 ms", (line) => line.signIn.toFixed(0)],
];

export function table(lines: readonly Line[]): string {
  return aligned([
    ["", ...columns.map(([title]) => title)],
    ...lines.map((line) => [line.name, ...columns.map(([, of]) => of(line))]),
  ]);
}

export function verdictTable(verdicts: readonly Verdict[]): string {
  return aligned(
    verdicts.map(({ aim, value, isReached }) => [isReached ? "reached" : "MISSED", aim, value.toFixed(2)]),
  );
}

function aligned(rows: readonly string[][]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, at) => (/^[\d.,]+$/.test(cell) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
