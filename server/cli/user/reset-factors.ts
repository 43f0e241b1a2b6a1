import type { Work } from "#server/db/work.ts";
import { resetFactors } from "#server/factors/remove-factors.ts";
import { resolveUser } from "#server/users/read-user.ts";
import type { ShownUser } from "./describe.ts";
import { showUser } from "./show.ts";

/** Takes all second factors from a user. @throws user.missing */
export async function resetFactorsOf(work: Work, named: string): Promise<ShownUser> {
  const id = await resolveUser(work, named);
  await resetFactors(work, id);
  return await showUser(work, id);
}
