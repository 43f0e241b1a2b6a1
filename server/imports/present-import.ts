import type { z } from "zod";
import { accountColumns } from "../contract/account-columns.ts";
import { failures } from "../contract/failure.ts";
import type { FailureCode } from "../contract/failure.ts";
import type { importDetails, importRow, importedRow } from "../contract/imports.ts";
import type { ImportRow, KeptFailure, StoredRow } from "../db/sql/imports.ts";
import type { Queryable } from "../db/queryable.ts";
import { readSettings } from "../settings/read-settings.ts";
import { canUndo } from "./take-step.ts";

/** Says a refusal that was kept in the language of whoever reads it. */
export type Say = (refusal: KeptFailure & { code: FailureCode }) => string;

/** An import in the words of the contract, as lists show it. */
export function presentImportRow(one: ImportRow): z.infer<typeof importRow> {
  return {
    id: one.id,
    name: one.name,
    sizeBytes: Number(one.size_bytes),
    state: one.state,
    createdAt: one.created_at.toISOString(),
    createdBy: one.made_by_name,
    finishedAt: one.finished_at?.toISOString() ?? null,
    counts: {
      rows: one.row_count,
      add: one.add_count,
      update: one.update_count,
      delete: one.delete_count,
      unchanged: one.unchanged_count,
      problem: one.problem_count,
      done: one.done_count,
      failed: one.failed_count,
      undone: one.undone_count,
      kept: one.kept_count,
    },
  };
}

/** Everything about an import. */
export async function presentImport(from: Queryable, one: ImportRow, say: Say): Promise<z.infer<typeof importDetails>> {
  const planned = one.add_count + one.update_count + one.delete_count;
  return {
    ...presentImportRow(one),
    format: one.format ?? "csv",
    encoding: one.encoding,
    delimiter: one.delimiter,
    sheets: one.sheets,
    sheet: one.sheet,
    columns: one.columns,
    blankCells: one.blank_cells,
    failure: one.failure === null ? null : presentRefusal(one.failure, say),
    progress:
      one.state === "undoing"
        ? { done: one.undone_count + one.kept_count, total: one.done_count }
        : { done: one.done_count + one.failed_count, total: planned },
    confirmedAt: one.confirmed_at?.toISOString() ?? null,
    confirmedBy: one.confirmed_by_name,
    sendActivation: one.send_activation,
    sendsActivation: one.send_activation ?? (await readSettings(from))["onboarding.mailOnImport"],
    canUndo: canUndo(one),
  };
}

/** A row of an import. */
export function presentRow(row: StoredRow, say: Say): z.infer<typeof importedRow> {
  return {
    number: row.number,
    action: row.action,
    state: row.state,
    name: row.name,
    userId: row.user_id,
    changes: Object.entries(row.changes)
      .map(([column, change]) => ({ column, ...change }))
      .toSorted((a, b) => placeOf(a.column) - placeOf(b.column)),
    problems: row.problems.map((problem) => ({ column: problem.column, ...presentRefusal(problem, say) })),
  };
}

/** In the order of all columns, attributes last: PostgreSQL keeps none. */
function placeOf(column: string): number {
  const place = accountColumns.findIndex(({ key }) => key === column);
  return place < 0 ? accountColumns.length : place;
}

/** A code of an earlier release that is gone has its own name left to show. */
function presentRefusal(refusal: KeptFailure, say: Say): { code: string; message: string } {
  const { code } = refusal;
  return { code, message: isKnown(code) ? say({ ...refusal, code }) : code };
}

/** Says whether a text is the code of a refusal. */
export function isKnown(code: string): code is FailureCode {
  return Object.hasOwn(failures, code);
}
