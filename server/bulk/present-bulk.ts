import type { z } from "zod";
import type { bulkJob, listBulkResults } from "../contract/bulk.ts";
import { failures } from "../contract/failure.ts";
import type { BulkJobRow, BulkResultRow } from "../db/sql/bulk.ts";

/** A bulk action in the words of the contract. */
export function presentBulkJob(row: BulkJobRow): z.input<typeof bulkJob> {
  const { roleId, roleName = "", groupId, groupName = "" } = row.target;
  return {
    id: row.id,
    action: row.action,
    role: roleId === undefined ? null : { id: roleId, name: roleName },
    group: groupId === undefined ? null : { id: groupId, name: groupName },
    selection: {
      kind: row.selection.kind,
      filter: row.selection.filter ?? null,
      changedBy: row.selection.changedBy ?? null,
    },
    state: row.state,
    reason: row.reason,
    startedBy: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
    total: row.total,
    changed: row.changed,
    unchanged: row.unchanged,
    refused: row.refused,
    createdAt: row.created_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
  };
}

const sentences: Readonly<Record<string, { says: string }>> = failures;

/** What has become of a user, in the words of the contract. */
export function presentBulkResult(row: BulkResultRow): z.input<typeof listBulkResults.reply>["items"][number] {
  const { id, display_name, username, outcome, reason } = row;
  return {
    id,
    displayName: display_name,
    username,
    outcome,
    reason: reason === null ? null : { code: reason, says: sentences[reason]?.says ?? reason },
  };
}
