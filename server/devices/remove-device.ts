import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import { markRemoved } from "../db/sql/devices.ts";
import { forgetDevice } from "../db/sql/known-origins.ts";
import type { Work } from "../db/work.ts";
import { isId } from "../kernel/ids.ts";
import type { UserId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { endDeviceSessions } from "../sessions/end-sessions.ts";
import { requireLockedUser, targetOf } from "../users/update-user.ts";
import { deviceRules } from "./policy.ts";

/**
 * Removes a device of a user: its place is free, and its sessions and tokens end with the commit (U13).
 *
 * @throws user.missing access.denied
 * @throws device.missing it is not there, not the user's, or removed already
 */
export async function removeDevice(work: Work, userId: UserId, deviceId: string): Promise<void> {
  const user = await requireLockedUser(work, userId);
  allow(deviceRules, work.actor, "device.remove", targetOf(user));
  // The device first: a session that is saved at this moment waits for its row, and is then seen and ended.
  const removed = isId(deviceId) ? await markRemoved(work.tx, userId, deviceId, work.now) : undefined;
  if (removed === undefined) throw failure("device.missing");
  await forgetDevice(work.tx, userId, removed.hash);
  await endDeviceSessions(work, user, deviceId);
  record(work, {
    type: "device.removed",
    subject: { kind: "user", id: userId, name: user.display_name },
    details: { device: removed.name },
  });
}
