import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import { deleteExport, endExport } from "../db/sql/exports.ts";
import type { ExportRow } from "../db/sql/exports.ts";
import type { Work } from "../db/work.ts";
import { allow } from "../permissions/rules.ts";
import { readSettings } from "../settings/read-settings.ts";
import { readExport, targetOf } from "./list-exports.ts";
import { exportRules } from "./policy.ts";

/** Until when an export is kept that ends now. */
export async function expiryOf(work: Pick<Work, "tx" | "now">): Promise<Date> {
  const days = (await readSettings(work.tx))["exports.keepDays"];
  return new Date(work.now.getTime() + days * 86_400_000);
}

/**
 * Stops an export that waits or is under way. Whoever makes it finds out before the next batch.
 *
 * @throws export.missing export.over access.denied
 */
export async function cancelExport(work: Work, id: string): Promise<ExportRow> {
  const row = await readExport(work, id);
  allow(exportRules, work.actor, "export.end", targetOf(row));
  const end = { state: "cancelled", reason: null, now: work.now, expiresAt: await expiryOf(work) } as const;
  if (!(await endExport(work.tx, id, end))) throw failure("export.over");
  record(work, { type: "export.cancelled", subject: { kind: "export", id, name: row.file_name } });
  return await readExport(work, id);
}

/** Takes an export and its file away; one that is under way stops. @throws export.missing access.denied */
export async function removeExport(work: Work, id: string): Promise<void> {
  const row = await readExport(work, id);
  allow(exportRules, work.actor, "export.end", targetOf(row));
  await deleteExport(work.tx, id);
  record(work, { type: "export.deleted", subject: { kind: "export", id, name: row.file_name } });
}

/** Gives an export up that cannot be made. @returns false when it is over already */
export async function failExport(work: Work, id: string, fileName: string, reason: string): Promise<boolean> {
  // open to all: only the one who makes it, or sweeps, comes here
  const end = { state: "failed", reason, now: work.now, expiresAt: await expiryOf(work) } as const;
  if (!(await endExport(work.tx, id, end))) return false;
  record(work, {
    type: "export.failed",
    outcome: "failure",
    reason,
    subject: { kind: "export", id, name: fileName },
  });
  return true;
}
