import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import { deleteDirectoryTokens } from "../db/sql/directory-clients.ts";
import {
  countOwned,
  dropDirectory,
  dropRequests,
  isLocalGroup,
  lockOwnedGroups,
  releaseGroup,
  releaseUsers,
} from "../db/sql/directory-release.ts";
import { brokenUniqueIndex } from "../db/unique-violation.ts";
import type { Work } from "../db/work.ts";
import { mostNameCharacters } from "../groups/create-group.ts";
import { addJob } from "../jobs/add-job.ts";
import { isId } from "../kernel/ids.ts";
import type { DirectoryId, GroupId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { directoryRules } from "./policy.ts";

/** What one transaction makes local: few enough that nobody waits for its locks. */
const batch = 500;
/** Requests that one transaction lets go. */
const requestBatch = 10_000;

/** What became of a directory that was deleted. */
export interface DeletedDirectory {
  /** False while its accounts become local in the background. */
  isGone: boolean;
  userCount: number;
  groupCount: number;
}

/**
 * Deletes a directory. Nobody is deleted or signed out with it: its accounts and groups stay as they are and become
 * local, without the ids that the directory gave them. Its tokens work no more from now on. A small directory is gone
 * at once; of a large one a job makes the rest local. Doing it again answers how far it is.
 *
 * @throws directory.missing access.denied
 */
export async function deleteDirectory(work: Work, id: string): Promise<DeletedDirectory> {
  allow(directoryRules, work.actor, "directory.delete", null);
  const directory = await lockForDeletion(work, id);
  if (directory === undefined) throw failure("directory.missing");
  const { users, groups, requests } = await countOwned(work.tx, directory.id, requestBatch);
  const counts = { userCount: users, groupCount: groups };
  if (directory.deleting_at !== null) return { isGone: false, ...counts };
  await work.tx.run("delete from directory_tokens where directory_id = $1", [directory.id]);
  await deleteDirectoryTokens(work.tx, directory.id);
  await work.tx.run("delete from directory_clients where directory_id = $1", [directory.id]);
  await work.tx.run(
    "update directories set deleting_at = $2, paused_at = coalesce(paused_at, $2), updated_at = $2 where id = $1",
    [directory.id, work.now],
  );
  record(work, {
    type: "directory.deleted",
    subject: { kind: "directory", id: directory.id, name: directory.name },
    details: counts,
  });
  if (users <= batch && groups <= batch && requests <= requestBatch) {
    return { isGone: await releaseOwned(work, directory.id), ...counts };
  }
  addJob(work.tx, "directory.release", { directoryId: directory.id }, { key: `directory.release.${directory.id}` });
  return { isGone: false, ...counts };
}

/**
 * Makes a batch of the accounts and groups of a directory that is being deleted local, and removes the directory once
 * it owns nothing. For the job; authorization was the deletion's.
 *
 * @returns whether the directory is gone
 */
export async function releaseOwned(work: Work, id: DirectoryId): Promise<boolean> {
  // Requests that came in before the tokens went refer to the row: whoever locks it knows that no more follow.
  const directory = await lockForDeletion(work, id);
  if (directory === undefined) return true;
  if (directory.deleting_at === null) throw new Error(`The directory ${id} is not being deleted.`);
  const details = { directory: directory.name };
  const users = await releaseUsers(work.tx, id, batch, work.now);
  for (const user of users) {
    record(work, {
      type: "user.released",
      subject: { kind: "user", id: user.id, name: user.display_name },
      details,
    });
  }
  const groups = await lockOwnedGroups(work.tx, id, batch);
  for (const group of groups) {
    const name = group.is_taken ? await freeName(work, group.display_name, directory.name) : group.display_name;
    await release(work, { ...group, name });
    record(work, { type: "group.released", subject: { kind: "group", id: group.id, name }, details });
  }
  const requests = await dropRequests(work.tx, id, requestBatch);
  if (users.length === batch || groups.length === batch || requests === requestBatch) return false;
  await dropDirectory(work.tx, id);
  return true;
}

async function release(work: Work, group: { id: GroupId; name: string }): Promise<void> {
  try {
    await releaseGroup(work.tx, group.id, group.name, work.now);
  } catch (error) {
    // Somebody made a local group of this name in the same moment; the next try sees it.
    throw brokenUniqueIndex(error) === "groups_name_key" ? failure("request.stale", { cause: error }) : error;
  }
}

/** A name that no local group has: "Sales (Okta)", "Sales (Okta 2)". */
async function freeName(work: Work, name: string, directory: string): Promise<string> {
  for (let count = 1; ; count += 1) {
    const behind = ` (${directory}${count === 1 ? "" : ` ${count}`})`;
    const most = Math.max(1, mostNameCharacters - [...behind].length);
    const tried = `${[...name].slice(0, most).join("")}${behind}`;
    if (!(await isLocalGroup(work.tx, tried))) return tried;
  }
}

async function lockForDeletion(work: Work, id: string) {
  if (!isId(id)) return undefined;
  return await work.tx.row<{ id: DirectoryId; name: string; deleting_at: Date | null }>(
    "select id, name, deleting_at from directories where id = $1 for update",
    [id],
  );
}
