import type { z } from "zod";
import type { deviceRow, sessionRow } from "#server/contract/users.ts";
import type { Work } from "#server/db/work.ts";
import { listDevices } from "#server/devices/list-devices.ts";
import { presentDevice } from "#server/devices/present-device.ts";
import { presentSession } from "#server/devices/present-session.ts";
import { removeDevice } from "#server/devices/remove-device.ts";
import { endSession, endSessions } from "#server/sessions/end-sessions.ts";
import { listSessions } from "#server/sessions/list-sessions.ts";
import { readUser, resolveUser } from "#server/users/read-user.ts";
import { requireLockedUser } from "#server/users/update-user.ts";
import type { At } from "./create.ts";

interface ListedSessions {
  items: z.infer<typeof sessionRow>[];
}

interface ListedDevices {
  /** 0: no limit. */
  limit: number;
  items: z.infer<typeof deviceRow>[];
}

/** The sessions of a user that are not over. @throws user.missing */
export async function sessionsOf({ house, work }: At, named: string): Promise<ListedSessions> {
  return await work(async (one) => {
    const { user } = await readUser(one, await resolveUser(one, named));
    const rows = await listSessions(one, user.id);
    return { items: rows.map((row) => presentSession(row, one.actor, house.places)) };
  });
}

/**
 * Ends one session of a user, or all.
 *
 * @returns how many ended
 * @throws user.missing session.missing
 */
export async function endSessionsOf(work: Work, named: string, sessionId: string | undefined): Promise<number> {
  const user = await requireLockedUser(work, await resolveUser(work, named));
  if (sessionId === undefined) return await endSessions(work, user.id, "administrator");
  await endSession(work, user.id, sessionId, "administrator");
  return 1;
}

/** The registered devices of a user. @throws user.missing */
export async function devicesOf({ house, work }: At, named: string): Promise<ListedDevices> {
  return await work(async (one) => {
    const { devices, limit } = await listDevices(one, await resolveUser(one, named));
    const items = devices.map((row) => presentDevice(row, one.actor, house.places, one.now));
    return { limit: limit === Infinity ? 0 : limit, items };
  });
}

/** Removes a device of a user. @throws user.missing device.missing */
export async function removeDeviceOf(work: Work, named: string, deviceId: string): Promise<void> {
  await removeDevice(work, await resolveUser(work, named), deviceId);
}
