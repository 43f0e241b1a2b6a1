import { failure } from "../contract/failure.ts";
import { selectDevices } from "../db/sql/devices.ts";
import type { DeviceRow } from "../db/sql/devices.ts";
import { selectUser } from "../db/sql/users.ts";
import type { Work } from "../db/work.ts";
import type { UserId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { readSettings } from "../settings/read-settings.ts";
import { targetOf } from "../users/update-user.ts";
import { deviceLimitOf } from "./device-limit.ts";
import { deviceRules } from "./policy.ts";

export interface FoundDevices {
  devices: DeviceRow[];
  /** How many there may be; Infinity when there is no limit. */
  limit: number;
  defaultLimit: number;
}

/**
 * The registered devices of a user, the latest used first.
 *
 * @throws user.missing access.denied
 */
export async function listDevices(work: Work, userId: UserId): Promise<FoundDevices> {
  const user = await selectUser(work.tx, userId);
  if (user === undefined) throw failure("user.missing");
  allow(deviceRules, work.actor, "device.list", targetOf(user));
  const settings = await readSettings(work.tx);
  return {
    devices: await selectDevices(work.tx, userId, work.now),
    limit: deviceLimitOf(user, settings),
    defaultLimit: settings["devices.limit"],
  };
}
