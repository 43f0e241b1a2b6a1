import { record } from "../audit/record.ts";
import { countDevices, insertDevice, touchDevice } from "../db/sql/devices.ts";
import type { SeenDevice } from "../db/sql/devices.ts";
import type { UserRow } from "../db/sql/users.ts";
import type { Work } from "../db/work.ts";
import { newId } from "../kernel/ids.ts";
import type { DeviceId } from "../kernel/ids.ts";
import { hashSecret } from "../kernel/secrets.ts";
import { browserName, isPhone } from "../sessions/browser-name.ts";
import { readSettings } from "../settings/read-settings.ts";
import { deviceLimitOf } from "./device-limit.ts";

export type Admission = { isAdmitted: true; deviceId: DeviceId; isNew: boolean } | { isAdmitted: false; limit: number };

/**
 * Lets somebody who has proven who they are use a browser, or does not (S4). Every path of sign-in ends here: without
 * the device that this answers there is no session (see saveSession).
 *
 * A registered device always gets in. Another one gets in while there are fewer than the limit; the row of the user is
 * locked, so of any number of sign-ins at once exactly as many are admitted as there are places.
 *
 * @param user   locked until the transaction ends
 * @param secret what the browser's long-lived cookie says
 * @param appId  the app that is signed in to, for the log
 */
export async function admitDevice(
  work: Work,
  user: UserRow,
  secret: string,
  app?: { id: string; name: string },
): Promise<Admission> {
  const { id: userId } = user;
  // open to all: who has just proven to be this user registers the browser in front of them
  const seen: SeenDevice = {
    userId,
    hash: hashSecret(secret),
    name: browserName(work.actor.userAgent) ?? "",
    isPhone: isPhone(work.actor.userAgent),
    address: work.actor.address ?? null,
    now: work.now,
  };
  const known = await touchDevice(work.tx, seen);
  if (known !== undefined) return { isAdmitted: true, deviceId: known, isNew: false };

  const subject = { kind: "user" as const, id: userId, name: user.display_name };
  const limit = deviceLimitOf(user, await readSettings(work.tx));
  if (limit !== Infinity && (await countDevices(work.tx, userId)) >= limit) {
    record(work, {
      type: "signin.failed",
      outcome: "failure",
      reason: "deviceLimit",
      subject,
      ...(app === undefined ? {} : { appId: app.id }),
      details: { app: app?.name ?? null, limit },
    });
    return { isAdmitted: false, limit };
  }
  const deviceId = newId<DeviceId>(work.now);
  await insertDevice(work.tx, deviceId, seen);
  record(work, { type: "device.registered", subject, details: { device: seen.name } });
  return { isAdmitted: true, deviceId, isNew: true };
}
