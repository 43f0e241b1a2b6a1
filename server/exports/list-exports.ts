import type { z } from "zod";
import type { exportRow, ExportState } from "../contract/exports.ts";
import { failure } from "../contract/failure.ts";
import { totalLimit } from "../contract/shapes.ts";
import type { Page } from "../db/keyset.ts";
import { countExports, selectExport, selectExportPage } from "../db/sql/exports.ts";
import type { ExportRow } from "../db/sql/exports.ts";
import type { Actor, Work } from "../db/work.ts";
import { isId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { exportRules } from "./policy.ts";
import type { ExportTarget } from "./policy.ts";

/** One page of exports, newest first. @throws access.denied request.cursorInvalid */
export async function listExports(
  work: Work,
  query: { cursor?: string | undefined; limit: number },
): Promise<Page<ExportRow> & { total: number; totalIsMore: boolean }> {
  if (!work.actor.can("export")) throw failure("access.denied");
  const count = await countExports(work.tx, totalLimit);
  return {
    ...(await selectExportPage(work.tx, query)),
    total: Math.min(count, totalLimit),
    totalIsMore: count > totalLimit,
  };
}

/** @throws export.missing access.denied */
export async function readExport(work: Work, id: string): Promise<ExportRow> {
  const row = isId(id) ? await selectExport(work.tx, id) : undefined;
  if (row === undefined) throw failure("export.missing");
  allow(exportRules, work.actor, "export.list", targetOf(row));
  return row;
}

export function targetOf({ wish, has_full_addresses }: ExportRow): ExportTarget {
  return { data: wish.data, isOfSomeUsers: wish.users !== null, hasFullAddresses: has_full_addresses };
}

/** Its state, with the end of its time. */
export function stateOf(row: ExportRow, now: Date): ExportState {
  return row.state === "done" && row.expires_at !== null && row.expires_at <= now ? "expired" : row.state;
}

/** An export in the words of the contract. */
export function presentExport(row: ExportRow, viewer: Actor, now: Date): z.infer<typeof exportRow> {
  const state = stateOf(row, now);
  return {
    id: row.id,
    ...row.wish,
    state,
    fileName: row.file_name,
    requestedBy: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
    rows: row.rows,
    rowsTotal: row.rows_total,
    bytes: row.bytes,
    replaced: row.replaced,
    cut: row.cut,
    reason: row.reason,
    mayDownload: state === "done" && exportRules["export.download"]({ actor: viewer, target: targetOf(row) }),
    createdAt: row.created_at.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    finishedAt: row.finished_at?.toISOString() ?? null,
    expiresAt: row.expires_at?.toISOString() ?? null,
  };
}
