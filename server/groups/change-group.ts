import { changesBetween, record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import {
  deleteMembers,
  deleteOtherChildren,
  deleteOtherMembers,
  insertChildren,
  insertMembers,
  lockGroup,
  resolveMembers,
  saveGroup,
  wouldCircle,
} from "../db/sql/groups.ts";
import type { GroupRow } from "../db/sql/groups.ts";
import type { Queryable } from "../db/queryable.ts";
import type { Work } from "../db/work.ts";
import { addJob } from "../jobs/add-job.ts";
import { isId } from "../kernel/ids.ts";
import type { DirectoryId, GroupId } from "../kernel/ids.ts";
import { checkForeignId } from "../users/check-fields.ts";
import { allow } from "../permissions/rules.ts";
import { checkGroupName, takenGroup } from "./create-group.ts";
import { groupRules, requireOwnHands } from "./policy.ts";

export interface GroupFields {
  displayName?: string;
  externalId?: string | null;
  resource?: Record<string, unknown>;
}

/** One step of a change; steps are carried out in order. Member ids name users or groups. */
export type GroupStep =
  | ({ kind: "set" } & GroupFields)
  /** Fields that follow from what the locked group has. */
  | { kind: "derive"; from: (group: GroupRow) => GroupFields }
  | { kind: "addMembers"; ids: readonly string[] }
  | { kind: "removeMembers"; ids: readonly string[] }
  /** Members who are found by something else than their ids, once the group is locked. */
  | { kind: "removeFoundMembers"; find: (tx: Queryable, group: GroupRow) => Promise<readonly string[]> }
  | { kind: "replaceMembers"; ids: readonly string[] };

// An event names members up to this many and counts the rest: a line of the log is read by people.
const mostNamed = 100;

interface ChangeOptions {
  expect?: (group: GroupRow) => boolean;
  leaveOut?: ((ids: readonly string[]) => void) | undefined;
  tell?: (members: { added: readonly string[]; removed: readonly string[] }) => void;
}

/**
 * Changes a group: its fields, its members. The cost depends on the size of the change, never on that of the group.
 * Version and time move only when something differs (RFC 7644 §3.5.2.1: adding a member twice is no change).
 *
 * @param options.expect  refuses when it answers false for the locked row: for If-Match
 * @param options.leaveOut is told of new members that name nobody, who are left out then; without it they refuse
 * @param options.tell     is told which members came and went
 * @returns the group as it is afterwards
 * @throws group.missing group.nameTaken group.unknownMember group.cycle group.ofDirectory
 * @throws request.stale access.denied
 */
export async function changeGroup(
  work: Work,
  id: GroupId,
  steps: readonly GroupStep[],
  { expect, leaveOut, tell }: ChangeOptions = {},
): Promise<GroupRow> {
  // People before groups, as when somebody is deleted: whoever locks in another order waits for ever.
  const known = await resolveNew(work, steps);
  const before = await requireLockedGroup(work, id);
  const target = { directoryId: before.directory_id };
  allow(groupRules, work.actor, "group.update", target);
  requireOwnHands(work.actor, target);
  if (expect !== undefined && !expect(before)) throw failure("request.stale");
  let after = before;
  const added: string[] = [];
  const removed: string[] = [];
  for (const step of steps) {
    if (step.kind === "set") after = withFields(after, step);
    else if (step.kind === "derive") after = withFields(after, step.from(after));
    else await changeMembers(work, after, step, { known, leaveOut }, added, removed);
  }
  tell?.({ added, removed });
  const changes = changesBetween(comparable(before), comparable(after));
  const hasMemberChange = added.length > 0 || removed.length > 0;
  if (changes === undefined && !hasMemberChange) return before;
  if (after.display_name !== before.display_name) checkGroupName(after.display_name);
  if (after.external_id !== null) checkForeignId(after.external_id, "externalId");
  after = { ...after, member_count: before.member_count + added.length - removed.length };
  try {
    const mayEndAccess = await saveGroup(work.tx, after, work.now);
    if (mayEndAccess && removed.length > 0) {
      const few = removed.length <= mostNamed ? { memberIds: removed } : {};
      addJob(work.tx, "access.leftGroup", { groupId: id, ...few });
    }
  } catch (error) {
    throw takenGroup(error) ?? error;
  }
  const subject = { kind: "group" as const, id, name: after.display_name };
  if (changes !== undefined) record(work, { type: "group.updated", subject, changes });
  if (added.length > 0) record(work, { type: "group.membersAdded", subject, details: named(added) });
  if (removed.length > 0) record(work, { type: "group.membersRemoved", subject, details: named(removed) });
  return { ...after, version: String(BigInt(before.version) + 1n), updated_at: work.now };
}

/** Locks the group for the rest of the transaction. @throws group.missing also for another directory's */
export async function requireLockedGroup(work: Work, id: GroupId, purpose?: "change" | "delete"): Promise<GroupRow> {
  const group = await lockGroup(work.tx, id, purpose);
  const isForeign = work.actor.kind === "directory" && group?.directory_id !== work.actor.id;
  if (group === undefined || isForeign) throw failure("group.missing");
  return group;
}

function withFields(group: GroupRow, step: GroupFields): GroupRow {
  return {
    ...group,
    display_name: step.displayName ?? group.display_name,
    external_id: step.externalId === undefined ? group.external_id : step.externalId,
    resource: step.resource ?? group.resource,
  };
}

async function changeMembers(
  work: Work,
  group: GroupRow,
  step: Exclude<GroupStep, { kind: "set" | "derive" }>,
  newcomers: Newcomers,
  added: string[],
  removed: string[],
): Promise<void> {
  if (step.kind === "removeMembers" || step.kind === "removeFoundMembers") {
    const leaving = step.kind === "removeMembers" ? step.ids : await step.find(work.tx, group);
    // What is no id cannot be a member, and removing a stranger changes nothing (RFC 7644 §3.5.2.2).
    const ids = [...new Set(leaving)].filter(isId);
    if (ids.length === 0) return;
    removed.push(...(await deleteMembers(work.tx, group.id, ids)));
    return;
  }
  const { users, children } = split(newcomers, step.ids);
  if (step.kind === "replaceMembers") {
    removed.push(
      ...(await deleteOtherMembers(work.tx, group.id, users)),
      ...(await deleteOtherChildren(work.tx, group.id, children)),
    );
  }
  if (users.length > 0) added.push(...(await insertMembers(work.tx, group.id, users)));
  if (children.length === 0) return;
  // One change of the tree after the other: two that are harmless alone could close a ring together.
  await work.tx.rows("select pg_advisory_xact_lock(7426190)");
  if (await wouldCircle(work.tx, group.id, children)) throw failure("group.cycle", { field: "members" });
  added.push(...(await insertChildren(work.tx, group.id, children)));
}

/** What the ids of new members name, as far as the actor may put it into a group. */
async function resolveNew(work: Work, steps: readonly GroupStep[]): Promise<ReadonlyMap<string, "User" | "Group">> {
  const ids = steps.flatMap((step) =>
    step.kind === "addMembers" || step.kind === "replaceMembers" ? step.ids.map(normalId) : [],
  );
  if (ids.length === 0) return new Map();
  // A directory changes only groups of its own, so what it may add is what it owns.
  const owner = work.actor.kind === "directory" ? (work.actor.id as DirectoryId) : null;
  const found = await resolveMembers(work.tx, [...new Set(ids)].filter(isId), owner);
  return new Map(found.map(({ id, kind }) => [id, kind]));
}

interface Newcomers extends Pick<ChangeOptions, "leaveOut"> {
  known: ReadonlyMap<string, "User" | "Group">;
}

/** Sorts ids into users and groups. @throws group.unknownMember naming the first id that is neither */
function split({ known, leaveOut }: Newcomers, given: readonly string[]): { users: string[]; children: string[] } {
  const ids = [...new Set(given.map(normalId))];
  const strangers = ids.filter((id) => !known.has(id));
  const [unknown] = strangers;
  if (unknown !== undefined && leaveOut !== undefined) leaveOut(strangers);
  else if (unknown !== undefined) {
    throw failure("group.unknownMember", {
      field: "members",
      says: `members: ${JSON.stringify(unknown.slice(0, 100))} is the id of no user or group that can be seen here. Nothing was changed.`,
    });
  }
  return {
    users: ids.filter((id) => known.get(id) === "User"),
    children: ids.filter((id) => known.get(id) === "Group"),
  };
}

function normalId(id: string): string {
  return id.toLowerCase();
}

function comparable(group: GroupRow): Record<string, unknown> {
  return { displayName: group.display_name, externalId: group.external_id, ...group.resource };
}

function named(ids: readonly string[]) {
  return { count: ids.length, ids: ids.slice(0, mostNamed) };
}
