import { record } from "../audit/record.ts";
import { beginExport, dropChunks, finishExport, noteProgress, selectForsaken } from "../db/sql/exports.ts";
import type { ExportRow } from "../db/sql/exports.ts";
import { selectUser } from "../db/sql/users.ts";
import { inWork, trusted } from "../db/work.ts";
import type { Work } from "../db/work.ts";
import { expiryOf, failExport } from "../exports/end-export.ts";
import { ExportStopped, keepChunks } from "../exports/keep-chunks.ts";
import { writeExport } from "../exports/write-export.ts";
import type { House } from "../house.ts";
import type { ExportId } from "../kernel/ids.ts";
import { queueMail } from "../mail/queue-mail.ts";
import { readSettings } from "../settings/read-settings.ts";
import { SheetTooLarge } from "../sheets/sheet.ts";
import { localeFor } from "./send-link-mail.ts";

/** How often it is noted how far it is, and asked whether to go on. */
const noteMs = 200;
/** An export of which nothing was heard for so long has nobody who makes it. */
const silenceMs = 10 * 60_000;
const batch = 50;
const mostBatches = 20;

const by = (id: string) => ({ actor: trusted("system", "export"), requestId: `export-${id}` });

/**
 * Makes the file of an export. One that was begun before is begun anew: pieces of the earlier beginning are no part of
 * the file, and go with the next cleaning.
 *
 * @param isLastTry whether the queue gives up when this one fails
 * @throws what went wrong, so that the queue tries again
 */
export async function makeExport(house: House, exportId: ExportId, isLastTry: boolean): Promise<void> {
  const row = await beginExport(house.db, exportId, house.now());
  if (row === undefined) return;
  try {
    await write(house, row);
  } catch (error) {
    if (error instanceof ExportStopped) return;
    const isTooLarge = error instanceof SheetTooLarge;
    if (!isTooLarge && !isLastTry) throw error;
    await inWork(house, by(row.id), async (work) => {
      const reason = isTooLarge ? "export.tooLarge" : "export.failed";
      if (await failExport(work, row.id, row.file_name, reason)) await tell(house, work, row, undefined);
    });
    if (!isTooLarge) throw error;
  }
}

async function write(house: House, row: ExportRow): Promise<void> {
  const chunks = keepChunks(house.db, row, row.wish.format === "csv");
  let notedAt = -Infinity;
  const progress = async (rows: number, total: number) => {
    if (performance.now() - notedAt < noteMs) return;
    if (!(await noteProgress(house.db, row, rows, total, house.now()))) throw new ExportStopped();
    notedAt = performance.now();
  };
  const asked = { now: house.now(), showsAddresses: row.has_full_addresses };
  const done = await writeExport(house.db, row.wish, asked, chunks.sink, progress);
  await chunks.end();
  await inWork(house, by(row.id), async (work) => {
    const expiresAt = await expiryOf(work);
    if (!(await finishExport(work.tx, row, { ...done, now: work.now, expiresAt }))) return;
    record(work, {
      type: "export.finished",
      subject: { kind: "export", id: row.id, name: row.file_name },
      details: { data: row.wish.data, ...done },
    });
    await tell(house, work, row, { rows: done.rows, expiresAt });
  });
}

/** Writes to whoever asked for it; nobody where that was a program. */
async function tell(
  house: House,
  work: Work,
  row: ExportRow,
  done: { rows: number; expiresAt: Date } | undefined,
): Promise<void> {
  const user = row.actor_kind === "user" && row.actor_id !== null ? await selectUser(work.tx, row.actor_id) : undefined;
  if (user === undefined || user.email === null) return;
  const settings = await readSettings(work.tx);
  await queueMail(house, work.tx, {
    to: user.email,
    userId: user.id,
    name: "export-done",
    locale: localeFor(user, settings),
    now: work.now,
    data: {
      organization: settings["organization.name"],
      name: user.display_name,
      outcome: done === undefined ? "failed" : "done",
      fileName: row.file_name,
      rows: done?.rows ?? 0,
      expiresAt: done?.expiresAt ?? work.now,
      timeZone: user.time_zone ?? settings["organization.timeZone"],
      link: `${house.config.issuer}/admin/exports`,
    },
  });
}

/**
 * Lets go what no export needs any more, a little at a time, and gives up those that nobody makes.
 *
 * @returns pieces and exports deleted
 */
export async function cleanExports(house: House): Promise<number> {
  const now = house.now();
  for (const { id, file_name } of await selectForsaken(house.db, new Date(now.getTime() - silenceMs))) {
    await inWork(house, by(id), async (work) => await failExport(work, id, file_name, "export.failed"));
  }
  let total = 0;
  for (let round = 0; round < mostBatches; round += 1) {
    const dropped = await dropChunks(house.db, now, batch);
    total += dropped;
    if (dropped < batch) break;
  }
  // Remembered for a month after its file went. Uses exports_expiry.
  const before = new Date(now.getTime() - 30 * 86_400_000);
  return total + (await house.db.run("delete from exports where expires_at < $1", [before]));
}
