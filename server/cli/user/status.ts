import type { Work } from "#server/db/work.ts";
import { changeStatus } from "#server/users/change-status.ts";
import type { StatusChange } from "#server/users/change-status.ts";
import { resolveUser } from "#server/users/read-user.ts";
import type { ShownUser } from "./describe.ts";
import { showUser } from "./show.ts";

/** Enables, disables, blocks or unblocks a user. @throws user.missing user.lastAdministrator */
export async function changeStatusOf(work: Work, named: string, change: StatusChange): Promise<ShownUser> {
  const id = await resolveUser(work, named);
  await changeStatus(work, id, change);
  return await showUser(work, id);
}
