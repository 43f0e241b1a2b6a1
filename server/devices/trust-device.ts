import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import { selectTrusted, setTrust } from "../db/sql/devices.ts";
import type { Queryable } from "../db/queryable.ts";
import type { Work } from "../db/work.ts";
import { isId } from "../kernel/ids.ts";
import type { DeviceId, UserId } from "../kernel/ids.ts";
import { hashSecret } from "../kernel/secrets.ts";
import { allow } from "../permissions/rules.ts";
import type { Settings } from "../settings/definitions.ts";
import { readSettings } from "../settings/read-settings.ts";
import { requireLockedUser, targetOf } from "../users/update-user.ts";
import { deviceRules } from "./policy.ts";

/**
 * Trusts a browser in which a second factor was just given: none is asked for there for the days that the organization
 * allows. Removing the device, another password and losing the factor end it.
 */
export async function trustDevice(work: Work, userId: UserId, deviceId: DeviceId): Promise<void> {
  // open to all: who has just given the factor in this browser asked for it
  const { "factors.trustDays": days } = await readSettings(work.tx);
  if (days === 0) return;
  const user = await requireLockedUser(work, userId);
  await setTrust(work.tx, userId, deviceId, new Date(work.now.getTime() + days * 86_400_000));
  record(work, {
    type: "device.trusted",
    subject: { kind: "user", id: userId, name: user.display_name },
    details: { days },
  });
}

/** Whether a browser is trusted by a user; where the organization has switched that off, none is. */
export async function isTrusted(
  from: Queryable,
  userId: UserId,
  deviceSecret: string,
  settings: Pick<Settings, "factors.trustDays">,
  now: Date,
): Promise<boolean> {
  return settings["factors.trustDays"] > 0 && (await selectTrusted(from, userId, hashSecret(deviceSecret), now));
}

/**
 * Asks for the second factor again in a browser that was trusted.
 *
 * @throws user.missing access.denied
 * @throws device.missing it is not there, not the user's, or removed
 */
export async function distrustDevice(work: Work, userId: UserId, deviceId: string): Promise<void> {
  const user = await requireLockedUser(work, userId);
  allow(deviceRules, work.actor, "device.remove", targetOf(user));
  const changed = isId(deviceId) ? await setTrust(work.tx, userId, deviceId, null) : 0;
  if (changed === 0) throw failure("device.missing");
  record(work, { type: "device.distrusted", subject: { kind: "user", id: userId, name: user.display_name } });
}
