import { record } from "../audit/record.ts";
import { deleteFactors } from "../db/sql/factors.ts";
import { dropLinks } from "../db/sql/single-use-tokens.ts";
import { saveUser } from "../db/sql/users.ts";
import type { Work } from "../db/work.ts";
import type { UserId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { endSessions } from "../sessions/end-sessions.ts";
import { userRules } from "../users/policy.ts";
import { requireLockedUser, requireOtherAdministrator, targetOf } from "../users/update-user.ts";

/**
 * Removes what a user proves their identity by (U12): the password with its history, all factors, devices, links, upstream
 * identities and sessions. The account is pending again, as if new; its data, groups and apps stay.
 *
 * @throws user.missing user.lastAdministrator access.denied
 */
export async function removeIdentity(work: Work, userId: UserId): Promise<void> {
  const user = await requireLockedUser(work, userId);
  allow(userRules, work.actor, "user.removeIdentity", targetOf(user));
  await requireOtherAdministrator(work, user);
  await endSessions(work, userId, "identityRemoved");
  await deleteFactors(work.tx, userId);
  await dropLinks(work.tx, userId);
  for (const table of ["credentials", "devices", "known_origins", "identities"]) {
    await work.tx.run(`delete from ${table} where user_id = $1`, [userId]);
  }
  await saveUser(work.tx, { ...user, onboarded_at: null }, work.now);
  record(work, { type: "user.identityRemoved", subject: { kind: "user", id: userId, name: user.display_name } });
}
