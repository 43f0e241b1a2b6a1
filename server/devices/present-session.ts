import type { z } from "zod";
import type { sessionRow } from "../contract/users.ts";
import type { SessionRow } from "../db/sql/sessions.ts";
import type { Actor } from "../db/work.ts";
import type { Places } from "../kernel/places.ts";
import { browserName, isPhone } from "../sessions/browser-name.ts";
import { presentAddress } from "../users/present-user.ts";
import { presentPlace } from "./present-place.ts";

/** A session in the words of the contract. */
export function presentSession(row: SessionRow, viewer: Actor, places: Places): z.infer<typeof sessionRow> {
  return {
    id: row.id,
    startedAt: row.started_at.toISOString(),
    lastActiveAt: row.last_active_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    address: presentAddress(row.address, viewer),
    place: presentPlace(places, row.address),
    browser: browserName(row.user_agent),
    isPhone: isPhone(row.user_agent),
    deviceId: row.device_id,
    apps: row.apps,
  };
}
