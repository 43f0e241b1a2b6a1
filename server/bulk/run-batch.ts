import { record } from "../audit/record.ts";
import type { BulkAction } from "../contract/bulk.ts";
import { Failure, failure } from "../contract/failure.ts";
import {
  endBulkJob,
  lockBulkJob,
  lockUsers,
  saveBulkResults,
  selectBulkJob,
  selectNextUsers,
  selectThoseIn,
} from "../db/sql/bulk.ts";
import type { BulkJobRow, BulkResult, BulkTarget } from "../db/sql/bulk.ts";
import { inWork, trusted } from "../db/work.ts";
import type { Work } from "../db/work.ts";
import type { House } from "../house.ts";
import type { GroupId, RoleId, UserId } from "../kernel/ids.ts";
import { changeGroup } from "../groups/change-group.ts";
import { deleteUser } from "../users/delete-user.ts";
import { updateUser } from "../users/update-user.ts";
import { named } from "./start-bulk.ts";
import { starterOf } from "./starter.ts";
import { userActs } from "./user-acts.ts";

/** Small enough that nobody waits long for the locks of a batch, large enough that commits cost little. */
const batch = 50;

/** What nobody wants to have done to themselves by a filter that matched more than they thought of. */
const sparesStarter: ReadonlySet<BulkAction> = new Set<BulkAction>([
  "disable",
  "block",
  "setRole",
  "resetFactors",
  "endSessions",
  "delete",
]);

/**
 * Acts on the next users of a bulk action (U16), in one transaction: what was done, its events and how far it has come
 * are there together or not at all, so nothing is done twice, whoever goes on and when. Each user is acted on by the
 * command that acts on one, as whoever started it and with what they may do by now.
 *
 * @returns whether there may be more to do
 */
export async function runBatch(house: House, jobId: string): Promise<boolean> {
  const found = await selectBulkJob(house.db, jobId);
  if (found?.state !== "working") return false;
  const starter = await starterOf(house.db, found, house.now());
  const by = { actor: starter ?? trusted("system", "bulk action"), requestId: found.request_id };
  return await inWork(house, by, async (work) => {
    const job = await lockBulkJob(work.tx, jobId);
    if (job?.state !== "working") return false;
    if (starter === undefined || !mayGoOn(work, job)) {
      await end(work, job, "stopped", "access.denied");
      return false;
    }
    // Who is deleted leaves groups, whose locks come after those of people: more than one would lock in a ring.
    const users = await selectNextUsers(work.tx, job, job.action === "delete" ? 1 : batch);
    if (users.length === 0) {
      await end(work, job, "done", null);
      return false;
    }
    await lockUsers(work.tx, users);
    const results = isForGroup(job.action) ? await actOnGroup(work, job, users) : await actOnEach(work, job, users);
    await saveBulkResults(work.tx, jobId, results);
    return true;
  });
}

function mayGoOn(work: Work, job: BulkJobRow): boolean {
  return work.actor.can("accounts") && (!isForGroup(job.action) || work.actor.can("groups"));
}

function isForGroup(action: BulkAction): action is "addToGroup" | "removeFromGroup" {
  return action === "addToGroup" || action === "removeFromGroup";
}

/** Ends a bulk action and tells of it. */
export async function end(
  work: Work,
  job: BulkJobRow,
  state: "done" | "cancelled" | "stopped",
  reason: string | null,
): Promise<void> {
  await endBulkJob(work.tx, job.id, { state, reason, now: work.now });
  const { action, changed, unchanged, refused, target } = job;
  record(work, {
    type: state === "done" ? "bulk.finished" : `bulk.${state}`,
    ...(reason !== null && { outcome: "failure", reason }),
    subject: { kind: "bulk", id: job.id, name: null },
    details: { action, ...named(target), count: job.total, changed, unchanged, refused },
  });
}

async function actOnEach(work: Work, job: BulkJobRow, users: readonly UserId[]): Promise<BulkResult[]> {
  const results: BulkResult[] = [];
  for (const userId of users) {
    results.push({ userId, ...(await attempt(work, job, async () => await actOn(work, job, userId))) });
  }
  return results;
}

async function actOn(work: Work, { action, target }: BulkJobRow, userId: UserId): Promise<void> {
  if (sparesStarter.has(action) && work.actor.kind === "user" && work.actor.id === userId) {
    throw failure("bulk.ownAccount");
  }
  if (action === "delete") await deleteUser(work, userId);
  else if (action === "setRole") await updateUser(work, userId, { roleId: target.roleId as RoleId });
  else if (!isForGroup(action)) await userActs[action](work, userId);
}

/** All of the batch join or leave together: the group is changed once. */
async function actOnGroup(work: Work, job: BulkJobRow, users: readonly UserId[]): Promise<BulkResult[]> {
  const isJoining = job.action === "addToGroup";
  const known = new Map((await selectThoseIn(work.tx, groupOf(job.target), users)).map((one) => [one.id, one]));
  const meant = users.filter((id) => known.has(id) && known.get(id)?.is_in !== isJoining);
  const done = await attempt(work, job, async () => {
    if (meant.length === 0) return;
    await changeGroup(work, groupOf(job.target), [{ kind: isJoining ? "addMembers" : "removeMembers", ids: meant }]);
    for (const id of meant) {
      record(work, {
        type: isJoining ? "user.joinedGroup" : "user.leftGroup",
        subject: { kind: "user", id, name: known.get(id)?.display_name ?? null },
        details: { group: job.target.groupName, groupId: job.target.groupId },
      });
    }
  });
  return users.map((userId) => {
    if (!known.has(userId)) return { userId, outcome: "refused", reason: "user.missing" };
    if (known.get(userId)?.is_in === isJoining) return { userId, outcome: "unchanged", reason: null };
    return { userId, ...done };
  });
}

function groupOf(target: BulkTarget): GroupId {
  return target.groupId as GroupId;
}

/**
 * Tries something that may be refused: what it did so far is then undone, and the rest of the batch goes on.
 * Its events name the bulk action.
 */
async function attempt(work: Work, job: BulkJobRow, act: () => Promise<void>): Promise<Omit<BulkResult, "userId">> {
  const { events, jobs } = work.tx.later;
  const [eventsBefore, jobsBefore] = [events.length, jobs.length];
  await work.tx.run("savepoint one_user");
  try {
    await act();
    await work.tx.run("release savepoint one_user");
  } catch (error) {
    // Two that wait for each other: the whole batch is tried again.
    if (isDeadlock(error)) throw error;
    await work.tx.run("rollback to savepoint one_user");
    events.length = eventsBefore;
    jobs.length = jobsBefore;
    if (error instanceof Failure) return { outcome: "refused", reason: error.code };
    work.log.error({ err: error, bulkJobId: job.id }, "a bulk action failed for a user");
    return { outcome: "refused", reason: "bulk.broken" };
  }
  const told = events.slice(eventsBefore);
  for (const event of told) event.details = { ...(event.details as object | null), bulkJob: job.id };
  return { outcome: told.length === 0 ? "unchanged" : "changed", reason: null };
}

function isDeadlock(error: unknown): boolean {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return code === "40P01";
}
