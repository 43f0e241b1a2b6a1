import { record } from "../audit/record.ts";
import { mostExportsAtOnce } from "../contract/exports.ts";
import type { NewExport } from "../contract/exports.ts";
import { failure } from "../contract/failure.ts";
import { countOpenExports, insertExport } from "../db/sql/exports.ts";
import type { ExportWish } from "../db/sql/exports.ts";
import type { Work } from "../db/work.ts";
import { addJob } from "../jobs/add-job.ts";
import { newId } from "../kernel/ids.ts";
import type { ExportId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { exportRules } from "./policy.ts";
import { fillWish } from "./read-wish.ts";

/**
 * Has a file made in the background (B3).
 *
 * @throws access.denied export.columnUnknown export.tooMany user.timeZoneInvalid request.invalid attribute.unknown
 *   attribute.valueInvalid
 */
export async function requestExport(work: Work, wished: NewExport): Promise<ExportId> {
  const { id, wish, fileName } = await beginWish(work, wished);
  if ((await countOpenExports(work.tx)) >= mostExportsAtOnce) throw failure("export.tooMany");
  const { actor, now } = work;
  await insertExport(work.tx, {
    id,
    wish,
    actor_kind: actor.kind,
    actor_id: actor.id,
    actor_name: actor.name,
    has_full_addresses: actor.can("fullAddresses"),
    file_name: fileName,
    created_at: now,
  });
  // One after the other: each reads a large part of the database. A worker that died gives it back.
  addJob(work.tx, "export.make", { exportId: id }, { key: `export:${id}`, queue: "exports", maxAttempts: 3 });
  return id;
}

/**
 * Allows a wish and records it. The command line writes the file by itself.
 *
 * @throws as `requestExport`, but for export.tooMany
 */
export async function beginWish(
  work: Work,
  wished: NewExport,
): Promise<{ id: ExportId; wish: ExportWish; fileName: string }> {
  const wish = await fillWish(work.tx, wished);
  const target = { data: wish.data, isOfSomeUsers: wish.users !== null, hasFullAddresses: false };
  allow(exportRules, work.actor, "export.request", target);
  const id = newId<ExportId>(work.now);
  const fileName = fileNameOf(wish, work.now);
  const subject = { kind: "export", id, name: fileName } as const;
  record(work, { type: "export.requested", subject, details: detailsOf(wish) });
  return { id, wish, fileName };
}

/** What the log says of an export: what is in it, and of whom. */
function detailsOf(wish: ExportWish): Record<string, unknown> {
  const { ids, except, ...users } = wish.users ?? {};
  return {
    data: wish.data,
    format: wish.format,
    columns: wish.columns,
    ...(wish.users === null ? {} : { users }),
    ...(ids === undefined ? {} : { ticked: ids.length }),
    ...(except === undefined ? {} : { leftOut: except.length }),
    ...(wish.events === null ? {} : { events: wish.events }),
  };
}

/** `accounts-2026-11-23-091530.csv`, by the clock of the file. */
function fileNameOf({ data, format, timeZone }: ExportWish, now: Date): string {
  const clock = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" }).format(now);
  return `${data}-${clock.replace(" ", "-").replaceAll(":", "")}.${format}`;
}
