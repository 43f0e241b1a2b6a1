import { assignApp, unassignApp } from "#server/apps/assign-app.ts";
import { failure } from "#server/contract/failure.ts";
import type { Work } from "#server/db/work.ts";
import { isId } from "#server/kernel/ids.ts";
import { resolveUser } from "#server/users/read-user.ts";
import { UsageError } from "../command.ts";
import { findApp } from "./find.ts";

export interface HolderFlags {
  user: string[] | undefined;
  group: string[] | undefined;
}

/** @throws app.missing user.missing group.missing */
export async function assignAppTo(work: Work, named: string, flags: HolderFlags): Promise<{ added: number }> {
  const appId = await findApp(work, named);
  return { added: await assignApp(work, appId, await resolveHolders(work, flags)) };
}

/** @throws app.missing user.missing group.missing app.holderMissing */
export async function unassignAppFrom(work: Work, named: string, flags: HolderFlags): Promise<{ removed: number }> {
  const appId = await findApp(work, named);
  const { userIds, groupIds } = await resolveHolders(work, flags);
  for (const id of [...userIds, ...groupIds]) await unassignApp(work, appId, id);
  return { removed: userIds.length + groupIds.length };
}

/** The users and groups that flags name. @throws user.missing group.missing */
export async function resolveHolders(
  work: Work,
  flags: HolderFlags,
): Promise<{ userIds: string[]; groupIds: string[] }> {
  const userIds: string[] = [];
  const groupIds: string[] = [];
  for (const name of flags.user ?? []) userIds.push(await resolveUser(work, name));
  for (const name of flags.group ?? []) groupIds.push(await findGroup(work, name));
  if (userIds.length + groupIds.length === 0) throw new UsageError("Name somebody with `--user` or `--group`.");
  return { userIds, groupIds };
}

/** Uses groups_pkey or groups_name_order. Directories have names of their own, so a name may be several groups'. */
async function findGroup(work: Work, named: string): Promise<string> {
  const rows = await work.tx.rows<{ id: string }>(
    `select id from groups where ${isId(named) ? "id = $1" : "lower(display_name) = lower($1)"} limit 2`,
    [named],
  );
  const [group, other] = rows;
  if (group === undefined)
    throw failure("group.missing", { says: `There is no group named ${JSON.stringify(named)}.` });
  if (other !== undefined) throw new UsageError(`Several groups are named ${JSON.stringify(named)}; give the id.`);
  return group.id;
}
