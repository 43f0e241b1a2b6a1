import { record } from "../audit/record.ts";
import { dropManager, eraseUser, removeFromAllGroups } from "../db/sql/users.ts";
import type { UserRow } from "../db/sql/users.ts";
import type { Work } from "../db/work.ts";
import type { UserId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { endSessions } from "../sessions/end-sessions.ts";
import { userRules } from "./policy.ts";
import { requireLockedUser, requireOtherAdministrator, targetOf } from "./update-user.ts";

/**
 * Deletes a user (U9): credentials, sessions, links, memberships and personal data are erased; the name stays for the
 * log. The username is free at once.
 *
 * @throws user.missing user.lastAdministrator access.denied
 */
export async function deleteUser(work: Work, id: UserId): Promise<void> {
  await deleteLockedUser(work, await requireLockedUser(work, id));
}

/** The same for a user whose row is locked already. */
export async function deleteLockedUser(work: Work, user: UserRow): Promise<void> {
  const { id } = user;
  allow(userRules, work.actor, "user.delete", targetOf(user));
  await requireOtherAdministrator(work, user);
  await endSessions(work, id, "deleted");
  // People before groups: whoever locks in another order waits for ever.
  await dropManager(work.tx, id, work.now);
  await removeFromAllGroups(work.tx, id, work.now);
  await eraseUser(work.tx, id, work.now);
  record(work, {
    type: "user.deleted",
    subject: { kind: "user", id, name: user.display_name },
    details: { username: user.username },
  });
}
