import type { Work } from "#server/db/work.ts";
import { inviteUser } from "#server/onboarding/invite-user.ts";
import { resolveUser } from "#server/users/read-user.ts";
import type { ShownUser } from "./describe.ts";
import { showUser } from "./show.ts";

/** Sends the activation mail. @throws user.missing user.alreadyActive user.emailMissing */
export async function inviteNamed(work: Work, named: string): Promise<ShownUser> {
  const id = await resolveUser(work, named);
  await inviteUser(work, id);
  return await showUser(work, id);
}
