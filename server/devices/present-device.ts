import type { z } from "zod";
import type { deviceRow } from "../contract/users.ts";
import type { DeviceRow } from "../db/sql/devices.ts";
import type { Actor } from "../db/work.ts";
import type { Places } from "../kernel/places.ts";
import { presentAddress } from "../users/present-user.ts";
import { presentPlace } from "./present-place.ts";

/** A registered device in the words of the contract. */
export function presentDevice(row: DeviceRow, viewer: Actor, places: Places, now: Date): z.infer<typeof deviceRow> {
  const isTrusted = row.trusted_until !== null && row.trusted_until > now;
  return {
    id: row.id,
    name: row.name,
    isPhone: row.is_phone,
    firstSeenAt: row.first_seen_at.toISOString(),
    lastSeenAt: row.last_seen_at.toISOString(),
    address: presentAddress(row.address, viewer),
    place: presentPlace(places, row.address),
    sessionCount: row.session_count,
    trustedUntil: isTrusted ? (row.trusted_until?.toISOString() ?? null) : null,
  };
}
