import { createName, rawName } from "./operations.ts";
import type { Seen } from "./measure.ts";

/** The share of node-postgres' own rate that creating users should reach. */
const aimedShare = 0.4;
/** How much the 95th percentile may grow from the smallest directory to the largest. */
const aimedGrowth = 1.5;

/** One line of the table; times in milliseconds. */
export interface Line {
  operation: string;
  users: number;
  count: number;
  p50: number;
  p95: number;
  p99: number;
  perSecond: number;
  /** Processor time of one operation: Gatehouse, PostgreSQL, both, and the benchmark's own. */
  server: number;
  database: number;
  processor: number;
  client: number;
  aimMs: number | undefined;
}

/** What became of an aim. */
export interface Verdict {
  aim: string;
  value: number;
  isReached: boolean;
}

export function lineOf({ operation, users, took, elapsedMs, serverMs, databaseMs, clientMs }: Seen): Line {
  const sorted = took.toSorted((a, b) => a - b);
  const quantile = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const count = took.length * (operation.per ?? 1);
  return {
    operation: operation.name,
    users,
    count,
    p50: quantile(0.5),
    p95: quantile(0.95),
    p99: quantile(0.99),
    perSecond: (count / elapsedMs) * 1000,
    server: serverMs / count,
    database: databaseMs / count,
    processor: (serverMs + databaseMs) / count,
    client: clientMs / count,
    aimMs: operation.aimMs,
  };
}

/** Holds what was seen against the aims. */
export function judge(lines: readonly Line[], flat: ReadonlySet<string>): Verdict[] {
  const verdicts: Verdict[] = [];
  for (const line of lines) {
    if (line.aimMs === undefined) continue;
    verdicts.push({
      aim: `${line.operation}, ${inWords(line.users)} users: ${line.aimMs} ms of processor time`,
      value: line.processor,
      isReached: line.processor <= line.aimMs,
    });
  }
  for (const name of flat) {
    const ofName = lines.filter((line) => line.operation === name).toSorted((a, b) => a.users - b.users);
    const [first, last] = [ofName[0], ofName.at(-1)];
    if (first === undefined || last === undefined || first === last) continue;
    const value = last.p95 / first.p95;
    const aim = `${name}: p95 at ${inWords(last.users)} / at ${inWords(first.users)} ≤ ${aimedGrowth}`;
    verdicts.push({ aim, value, isReached: value <= aimedGrowth });
  }
  for (const created of lines.filter((line) => line.operation === createName)) {
    const raw = lines.find((line) => line.operation === rawName && line.users === created.users);
    if (raw === undefined) continue;
    const value = created.perSecond / raw.perSecond;
    const aim = `${createName}, ${inWords(created.users)} users: rate / node-postgres' own ≥ ${aimedShare}`;
    verdicts.push({ aim, value, isReached: value >= aimedShare });
  }
  return verdicts;
}

const columns: [title: string, of: (line: Line) => string][] = [
  ["p50 ms", (line) => line.p50.toFixed(2)],
  ["p95 ms", (line) => line.p95.toFixed(2)],
  ["p99 ms", (line) => line.p99.toFixed(2)],
  ["per s", (line) => line.perSecond.toFixed(0)],
  ["server", (line) => line.server.toFixed(2)],
  ["database", (line) => line.database.toFixed(2)],
  ["CPU ms", (line) => line.processor.toFixed(2)],
  ["aim", (line) => (line.aimMs === undefined ? "" : String(line.aimMs))],
  ["client", (line) => line.client.toFixed(2)],
  ["count", (line) => String(line.count)],
];

/** Lines of one operation together, the ratio of their 95th percentiles and processor times to the first behind them. */
export function table(lines: readonly Line[]): string {
  const head = ["operation", "users", ...columns.map(([title]) => title), "p95 ×", "CPU ×"];
  const rows = lines.map((line) => {
    const first = lines.find((one) => one.operation === line.operation);
    const isFirst = first === undefined || first === line;
    return [
      isFirst ? line.operation : "",
      inWords(line.users),
      ...columns.map(([, of]) => of(line)),
      isFirst ? "" : (line.p95 / first.p95).toFixed(2),
      isFirst ? "" : (line.processor / first.processor).toFixed(2),
    ];
  });
  return aligned([head, ...rows]);
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
        .map((cell, at) => (isNumber(cell) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function isNumber(cell: string): boolean {
  return /^[\d.,]+$/.test(cell);
}

function inWords(count: number): string {
  return count.toLocaleString("en");
}
