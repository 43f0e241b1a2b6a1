import type { Work } from "#server/db/work.ts";
import { removeIdentity } from "#server/onboarding/remove-identity.ts";
import { resolveUser } from "#server/users/read-user.ts";
import type { ShownUser } from "./describe.ts";
import { showUser } from "./show.ts";

/** Takes everything that a user proves their identity by. @throws user.missing user.lastAdministrator */
export async function removeIdentityOf(work: Work, named: string): Promise<ShownUser> {
  const id = await resolveUser(work, named);
  await removeIdentity(work, id);
  return await showUser(work, id);
}
