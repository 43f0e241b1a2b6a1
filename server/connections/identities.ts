import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import * as rows from "../db/sql/connections.ts";
import type { ConnectionRow, IdentityRow } from "../db/sql/connections.ts";
import { endSession } from "../sessions/end-sessions.ts";
import type { UserRow } from "../db/sql/users.ts";
import { brokenUniqueIndex } from "../db/unique-violation.ts";
import type { Work } from "../db/work.ts";
import { isId } from "../kernel/ids.ts";
import type { UserId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { userRules } from "../users/policy.ts";
import { readUser } from "../users/read-user.ts";
import { requireLockedUser, targetOf } from "../users/update-user.ts";

/** What a user is called upstream. @throws user.missing access.denied */
export async function listIdentities(work: Work, userId: string): Promise<IdentityRow[]> {
  const { user } = await readUser(work, userId);
  return await rows.selectIdentities(work.tx, user.id);
}

/**
 * Links a user to a subject upstream, in the place of the one before.
 *
 * @throws user.missing connection.missing connection.identityTaken access.denied
 */
export async function linkIdentity(work: Work, userId: UserId, connectionId: string, subject: string): Promise<void> {
  const user = await requireLockedUser(work, userId);
  // It opens the account like a password does.
  allow(userRules, work.actor, "user.setPassword", targetOf(user));
  const connection = isId(connectionId) ? await rows.selectConnection(work.tx, connectionId) : undefined;
  if (connection === undefined) throw failure("connection.missing");
  if ((await rows.selectIdentityUser(work.tx, connection.id, subject)) === userId) return;
  await unlink(work, user, connection);
  await addIdentity(work, user, connection, subject, "byHand");
}

/**
 * Undoes a link. The sessions that began there end.
 *
 * @throws user.missing connection.identityMissing access.denied
 */
export async function unlinkIdentity(work: Work, userId: UserId, connectionId: string): Promise<void> {
  const user = await requireLockedUser(work, userId);
  allow(userRules, work.actor, "user.setPassword", targetOf(user));
  const connection = isId(connectionId) ? await rows.selectConnection(work.tx, connectionId) : undefined;
  const isUndone = connection !== undefined && (await unlink(work, user, connection));
  if (!isUndone) throw failure("connection.identityMissing");
}

/**
 * Adds a link and tells of it.
 *
 * @param how by hand, by which claim it was found, or with the account that was made for it
 * @throws connection.identityTaken
 */
export async function addIdentity(
  work: Work,
  user: Pick<UserRow, "id" | "display_name">,
  connection: ConnectionRow,
  subject: string,
  how: "byHand" | "email" | "username" | "created",
): Promise<void> {
  try {
    await rows.insertIdentity(work.tx, { connectionId: connection.id, subject, userId: user.id, now: work.now });
  } catch (error) {
    const isTaken = brokenUniqueIndex(error) !== undefined;
    throw isTaken ? failure("connection.identityTaken", { field: "subject", cause: error }) : error;
  }
  record(work, {
    type: "user.identityLinked",
    subject: { kind: "user", id: user.id, name: user.display_name },
    details: { connection: connection.name, subject, how },
  });
}

async function unlink(work: Work, user: UserRow, connection: ConnectionRow): Promise<boolean> {
  const subject = await rows.deleteIdentity(work.tx, user.id, connection.id);
  if (subject === undefined) return false;
  const sessions = await rows.selectUpstreamSessions(work.tx, { connectionId: connection.id, subject });
  for (const session of sessions) await endSession(work, user.id, session.id, "identityUnlinked");
  record(work, {
    type: "user.identityUnlinked",
    subject: { kind: "user", id: user.id, name: user.display_name },
    details: { connection: connection.name, subject, sessionsEnded: sessions.length },
  });
  return true;
}
