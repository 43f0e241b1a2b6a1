import { failure } from "../contract/failure.ts";
import { selectUser } from "../db/sql/users.ts";
import type { Work } from "../db/work.ts";
import { isId } from "../kernel/ids.ts";
import type { GroupId } from "../kernel/ids.ts";
import { changeGroup } from "./change-group.ts";

/**
 * Puts users and groups into a group (G1); those in it already are left alone.
 *
 * @returns how many were not in it
 * @throws group.missing group.ofDirectory group.unknownMember group.cycle access.denied
 */
export async function addMembers(work: Work, id: string, memberIds: readonly string[]): Promise<number> {
  let count = 0;
  const tell = ({ added }: { added: readonly string[] }) => (count = added.length);
  await changeGroup(work, requireId(id), [{ kind: "addMembers", ids: memberIds }], { tell });
  return count;
}

/**
 * Takes users and groups out of a group (G1); strangers to it are left alone.
 *
 * @returns how many were in it
 * @throws group.missing group.ofDirectory access.denied
 */
export async function removeMembers(work: Work, id: string, memberIds: readonly string[]): Promise<number> {
  let count = 0;
  const tell = ({ removed }: { removed: readonly string[] }) => (count = removed.length);
  await changeGroup(work, requireId(id), [{ kind: "removeMembers", ids: memberIds }], { tell });
  return count;
}

/**
 * Puts one user into several groups (U15): all of them, or none when one refuses.
 *
 * @returns how many groups the user was not in
 * @throws user.missing group.missing group.ofDirectory access.denied
 */
export async function addUserToGroups(work: Work, userId: string, groupIds: readonly string[]): Promise<number> {
  await requireUser(work, userId);
  let count = 0;
  for (const id of inOrder(groupIds)) count += await addMembers(work, id, [userId]);
  return count;
}

/**
 * Takes one user out of several groups (U15): all of them, or none when one refuses.
 *
 * @returns how many groups the user was in
 * @throws user.missing group.missing group.ofDirectory access.denied
 */
export async function removeUserFromGroups(work: Work, userId: string, groupIds: readonly string[]): Promise<number> {
  await requireUser(work, userId);
  let count = 0;
  for (const id of inOrder(groupIds)) count += await removeMembers(work, id, [userId]);
  return count;
}

/** Two who change the same groups lock them in the same order. */
function inOrder(ids: readonly string[]): string[] {
  return [...new Set(ids.map((id) => id.toLowerCase()))].sort();
}

function requireId(id: string): GroupId {
  if (!isId(id)) throw failure("group.missing");
  return id as GroupId;
}

/** @throws user.missing access.denied */
async function requireUser(work: Work, id: string): Promise<void> {
  if (!work.actor.can("groups")) throw failure("access.denied");
  const user = isId(id) ? await selectUser(work.tx, id) : undefined;
  if (user === undefined || user.deleted_at !== null) throw failure("user.missing");
}
