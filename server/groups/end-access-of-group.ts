import { selectAppsOfGroup } from "../db/sql/app-access.ts";
import type { Work } from "../db/work.ts";
import { addJob } from "../jobs/add-job.ts";
import type { GroupId } from "../kernel/ids.ts";

/**
 * Adds a job for each app that a group opens to its members, after somebody left it. Call it before a group is deleted:
 * afterwards nobody knows what it opened.
 *
 * @param memberIds who left, when they are few
 */
export async function endAccessOfGroup(work: Work, groupId: GroupId, memberIds?: readonly string[]): Promise<void> {
  // open to all: a job and the commands of groups call it, no door does
  const apps = await selectAppsOfGroup(work.tx, groupId);
  if (apps.length === 0) return;
  const userIds = memberIds !== undefined && (await areUsers(work, memberIds)) ? [...memberIds] : undefined;
  for (const appId of apps) addJob(work.tx, "access.end", { appId, ...(userIds !== undefined && { userIds }) });
}

/** A group that left takes along people who are not named. Uses groups_pkey. */
async function areUsers(work: Work, ids: readonly string[]): Promise<boolean> {
  return (await work.tx.row("select 1 from groups where id = any($1::uuid[]) limit 1", [ids])) === undefined;
}
