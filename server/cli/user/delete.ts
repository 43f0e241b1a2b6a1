import type { Work } from "#server/db/work.ts";
import { deleteUser } from "#server/users/delete-user.ts";
import { resolveUser } from "#server/users/read-user.ts";
import type { ShownUser } from "./describe.ts";
import { showUser } from "./show.ts";

/** Deletes a user. @returns the user as it was @throws user.missing user.lastAdministrator */
export async function removeUser(work: Work, named: string): Promise<ShownUser> {
  const id = await resolveUser(work, named);
  const before = await showUser(work, id);
  await deleteUser(work, id);
  return { ...before, status: "deleted" };
}
