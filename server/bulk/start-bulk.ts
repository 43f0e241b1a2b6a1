import { record } from "../audit/record.ts";
import type { BulkAction, BulkSelection } from "../contract/bulk.ts";
import { failure } from "../contract/failure.ts";
import { insertBulkJob, insertBulkUsers, selectBulkJob } from "../db/sql/bulk.ts";
import type { BulkChoice, BulkJobRow, BulkTarget, BulkUsers } from "../db/sql/bulk.ts";
import type { Work } from "../db/work.ts";
import { readGroup } from "../groups/find-groups.ts";
import { addJob } from "../jobs/add-job.ts";
import { newId } from "../kernel/ids.ts";
import { readRole, requireNoEscalation } from "../permissions/read-role.ts";
import { readUserFilter } from "../users/find-users.ts";

export interface WantedBulk {
  action: BulkAction;
  selection: BulkSelection;
  /** For `setRole`. */
  roleId?: string | undefined;
  /** For `addToGroup` and `removeFromGroup`. */
  groupId?: string | undefined;
  /** How many users were confirmed; more are refused. */
  confirmed?: number | undefined;
}

/**
 * Starts a bulk action (U16). Whom it is for is settled here; a job then acts on one batch after the other, with the
 * permissions of whoever starts it now.
 *
 * @throws bulk.empty    nobody is chosen
 * @throws bulk.grown    more are chosen than were confirmed
 * @throws bulk.missing  the bulk action to take back is not there
 * @throws role.missing group.missing group.ofDirectory access.escalation access.denied request.invalid attribute.*
 */
export async function startBulk(work: Work, wanted: WantedBulk): Promise<BulkJobRow> {
  if (!work.actor.can("accounts")) throw failure("access.denied");
  const target = await readTarget(work, wanted);
  const { choice, users } = await readChoice(work, wanted.selection);
  const id = newId<string>(work.now);
  await insertBulkJob(work.tx, {
    id,
    action: wanted.action,
    target,
    selection: choice,
    actor_kind: work.actor.kind,
    actor_id: work.actor.id,
    actor_name: work.actor.name,
    address: work.actor.address ?? null,
    user_agent: work.actor.userAgent ?? null,
    request_id: work.requestId,
    created_at: work.now,
  });
  const total = await insertBulkUsers(work.tx, id, users);
  if (total === 0) throw failure("bulk.empty", { field: "selection" });
  if (wanted.confirmed !== undefined && total > wanted.confirmed) {
    throw failure("bulk.grown", { field: "confirmed", data: { count: total } });
  }
  addJob(work.tx, "bulk.run", { bulkJobId: id }, { queue: "bulk" });
  record(work, {
    type: "bulk.started",
    subject: { kind: "bulk", id, name: null },
    details: { action: wanted.action, count: total, ...named(target), selection: choice },
  });
  const row = await selectBulkJob(work.tx, id);
  if (row === undefined) throw failure("bulk.missing");
  return row;
}

/** What events say of the role or group. */
export function named(target: BulkTarget): { role?: string; group?: string } {
  return {
    ...(target.roleName !== undefined && { role: target.roleName }),
    ...(target.groupName !== undefined && { group: target.groupName }),
  };
}

async function readTarget(work: Work, wanted: WantedBulk): Promise<BulkTarget> {
  if (wanted.action === "setRole") {
    if (wanted.roleId === undefined) throw failure("request.invalid", { field: "roleId" });
    const role = await readRole(work.tx, wanted.roleId);
    requireNoEscalation(work.actor, role.permissions, "roleId");
    return { roleId: role.id, roleName: role.name };
  }
  if (wanted.action === "addToGroup" || wanted.action === "removeFromGroup") {
    if (wanted.groupId === undefined) throw failure("request.invalid", { field: "groupId" });
    const group = await readGroup(work, wanted.groupId);
    // What every single one would be refused for is said at once.
    if (group.directory_id !== null) throw failure("group.ofDirectory", { field: "groupId" });
    return { groupId: group.id, groupName: group.display_name };
  }
  return {};
}

async function readChoice(work: Work, selection: BulkSelection): Promise<{ choice: BulkChoice; users: BulkUsers }> {
  if ("ids" in selection) return { choice: { kind: "ids" }, users: { kind: "ids", ids: selection.ids } };
  if ("filter" in selection) {
    const words = Object.entries(selection.filter).flatMap(([name, word]) =>
      word === undefined ? [] : [[name, word]],
    );
    const filter = await readUserFilter(work.tx, selection.filter);
    return {
      choice: { kind: "filter", filter: Object.fromEntries(words) as Record<string, string> },
      users: { kind: "filter", filter, except: selection.except ?? [] },
    };
  }
  const before = await selectBulkJob(work.tx, selection.changedBy);
  if (before === undefined) throw failure("bulk.missing", { field: "selection" });
  return {
    choice: { kind: "changedBy", changedBy: before.id },
    users: { kind: "changedBy", jobId: before.id },
  };
}
