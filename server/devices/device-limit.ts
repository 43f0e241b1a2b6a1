import type { UserRow } from "../db/sql/users.ts";
import type { Settings } from "../settings/definitions.ts";

/** How many devices a user may have: an own limit, else the organization's. Infinity when there is none. */
export function deviceLimitOf(user: Pick<UserRow, "device_limit">, settings: Settings): number {
  const limit = user.device_limit ?? settings["devices.limit"];
  return limit === 0 ? Infinity : limit;
}
