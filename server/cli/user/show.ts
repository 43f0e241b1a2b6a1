import type { Work } from "#server/db/work.ts";
import { presentUser } from "#server/users/present-user.ts";
import { readUser, resolveUser } from "#server/users/read-user.ts";
import type { ShownUser } from "./describe.ts";

/** The user that an operator names. @throws user.missing */
export async function showUser(work: Work, named: string): Promise<ShownUser> {
  const { user, extras } = await readUser(work, await resolveUser(work, named));
  return presentUser(user, extras, work.actor);
}
