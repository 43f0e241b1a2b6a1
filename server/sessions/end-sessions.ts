import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import { deleteGrants, endSession as endOne, endSessionsOfDevice, endSessionsOfUser } from "../db/sql/sessions.ts";
import type { Work } from "../db/work.ts";
import type { UserId } from "../kernel/ids.ts";
import type { EndReason } from "./end-reason.ts";
import { tellApps } from "./tell-apps.ts";

/**
 * Ends every session of a user and revokes every code and token that came from one. It holds from the commit on:
 * each door reads sessions and records from the database. Apps with a back channel are told by jobs.
 * Authorization is the calling command's.
 *
 * @param except a session that goes on, such as the one from which a person changes the password
 * @returns how many sessions ended
 */
export async function endSessions(work: Work, userId: UserId, reason: EndReason, except?: string): Promise<number> {
  const ended = await endSessionsOfUser(work.tx, userId, reason, work.now, except ?? null);
  await deleteGrants(work.tx, userId, except ?? null);
  await tellApps(work, ended.told, reason);
  if (ended.count > 0) {
    record(work, {
      type: "session.ended",
      subject: { kind: "user", id: userId, name: ended.displayName },
      details: { count: ended.count, why: reason },
    });
  }
  return ended.count;
}

/**
 * Ends the sessions of a device and revokes every code and token that came from one.
 * Authorization is the calling command's.
 *
 * @returns how many sessions ended
 */
export async function endDeviceSessions(
  work: Work,
  user: { id: UserId; display_name: string },
  deviceId: string,
): Promise<number> {
  const why: EndReason = "deviceRemoved";
  const { count, told } = await endSessionsOfDevice(work.tx, user.id, deviceId, why, work.now);
  await tellApps(work, told, why);
  if (count > 0) {
    record(work, {
      type: "session.ended",
      subject: { kind: "user", id: user.id, name: user.display_name },
      details: { count, why },
    });
  }
  return count;
}

/**
 * Ends one session of a user.
 *
 * @throws session.missing it is not there, not the user's, or over
 */
export async function endSession(work: Work, userId: UserId, sessionId: string, reason: EndReason): Promise<void> {
  const ended = await endOne(work.tx, userId, sessionId, reason, work.now);
  if (ended === undefined) throw failure("session.missing");
  await tellApps(work, ended.told, reason);
  record(work, {
    type: "session.ended",
    subject: { kind: "user", id: userId, name: ended.display_name },
    details: { count: 1, why: reason },
  });
}
