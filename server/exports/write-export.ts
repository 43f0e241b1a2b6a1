import type { Db } from "../db/connect.ts";
import { readSnapshot } from "../db/snapshot.ts";
import { exportStatements } from "../db/sql/export-rows.ts";
import type { ExportWish } from "../db/sql/exports.ts";
import type { Losses, Row, Sink } from "../sheets/sheet.ts";
import { writeCsv } from "../sheets/write-csv.ts";
import { writeXlsx } from "../sheets/write-xlsx.ts";
import { readWish } from "./read-wish.ts";

/** Rows that are read and written at a time. */
const batchRows = 1000;

/** Told between batches; it stops the work by throwing. */
export type Progress = (rows: number, total: number) => Promise<void>;

/**
 * Reads what is wished, as of one moment, and writes the file piece by piece. What it holds in memory does not grow with
 * the rows.
 *
 * @param showsAddresses whether network addresses are whole
 * @throws SheetTooLarge and what `sink` and `tell` throw
 */
export async function writeExport(
  db: Db,
  wish: ExportWish,
  { now, showsAddresses }: { now: Date; showsAddresses: boolean },
  sink: Sink,
  tell: Progress,
): Promise<Losses & { rows: number }> {
  const { question, columns, cells } = await readWish(db, wish, { now, showsAddresses });
  const statements = await exportStatements(db, question);
  const times = wish.times === "unix" ? ({ as: "unix" } as const) : ({ as: "iso", timeZone: wish.timeZone } as const);
  const writer =
    wish.format === "csv"
      ? writeCsv(columns, { encoding: wish.encoding, delimiter: wish.delimiter, times }, sink)
      : writeXlsx(columns, { name: sheetNames[wish.language][wish.data], times, now }, sink);
  return await readSnapshot(db, async (snapshot) => {
    const total = Number(await snapshot.value(statements.count));
    await tell(0, total);
    let rows = 0;
    for await (const batch of snapshot.batches(statements.rows, batchRows)) {
      for (const row of batch) for (const [at, read] of cells.entries()) row[at] = read(row[at]);
      await writer.write(batch as Row[]);
      rows += batch.length;
      await tell(rows, total);
    }
    return { rows, ...(await writer.end()) };
  });
}

const sheetNames = {
  en: {
    accounts: "Accounts",
    settings: "Settings and permissions",
    groups: "Groups",
    devices: "Devices",
    sessions: "Sessions",
    log: "Log",
  },
  ja: {
    accounts: "アカウント",
    settings: "設定と権限",
    groups: "グループ",
    devices: "デバイス",
    sessions: "セッション",
    log: "ログ",
  },
};
