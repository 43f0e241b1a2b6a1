import type { DeviceId, UserId } from "../../kernel/ids.ts";
import { prepared } from "../queryable.ts";
import type { Queryable } from "../queryable.ts";

export interface DeviceRow {
  id: DeviceId;
  name: string;
  is_phone: boolean;
  first_seen_at: Date;
  /** The last sign-in from it, or the last use of a session of its. */
  last_seen_at: Date;
  address: string | null;
  session_count: number;
  /** Until when no second factor is asked for there; null or past: it is. */
  trusted_until: Date | null;
}

/** Devices of a user that are registered, the latest used first. Uses devices_known and sessions_device. */
export async function selectDevices(from: Queryable, userId: UserId, now: Date): Promise<DeviceRow[]> {
  return await from.rows<DeviceRow>(
    `select d.id, d.name, d.is_phone, d.first_seen_at, greatest(d.last_seen_at, s.active_at) as last_seen_at,
       host(d.address) as address, s.count as session_count, d.trusted_until
     from devices d, lateral (
       select max(last_active_at) as active_at, count(*) filter (where ended_at is null and expires_at > $2)::int as count
       from sessions where device_id = d.id) s
     where d.user_id = $1 and d.removed_at is null
     order by 5 desc, d.id limit 1000`,
    [userId, now],
  );
}

const counting = prepared("select count(*)::int as count from devices where user_id = $1 and removed_at is null");

/** How many devices of a user are registered. Uses devices_known. */
export async function countDevices(from: Queryable, userId: UserId): Promise<number> {
  const row = await from.row<{ count: number }>(counting, [userId]);
  return row?.count ?? 0;
}

export interface SeenDevice {
  userId: UserId;
  hash: Buffer;
  name: string;
  isPhone: boolean;
  address: string | null;
  now: Date;
}

const touching = prepared(
  `update devices set last_seen_at = $3, address = coalesce($4::inet, address), name = $5, is_phone = $6
     where user_id = $1 and hash = $2 and removed_at is null returning id`,
);

/** Notes that a registered device is used, if the user has one of this cookie. Uses devices_known. */
export async function touchDevice(to: Queryable, seen: SeenDevice): Promise<DeviceId | undefined> {
  const row = await to.row<{ id: DeviceId }>(touching, [
    seen.userId,
    seen.hash,
    seen.now,
    seen.address,
    seen.name,
    seen.isPhone,
  ]);
  return row?.id;
}

const inserting = prepared(
  `insert into devices (id, user_id, hash, name, is_phone, first_seen_at, last_seen_at, address)
     values ($1, $2, $3, $4, $5, $6, $6, $7::inet)`,
);

export async function insertDevice(to: Queryable, id: DeviceId, seen: SeenDevice): Promise<void> {
  await to.run(inserting, [id, seen.userId, seen.hash, seen.name, seen.isPhone, seen.now, seen.address]);
}

/** Takes a device out of use. Uses devices_pkey. @returns its name and digest, or undefined when it is none of the user's */
export async function markRemoved(
  to: Queryable,
  userId: UserId,
  id: string,
  now: Date,
): Promise<{ name: string; hash: Buffer } | undefined> {
  return await to.row<{ name: string; hash: Buffer }>(
    `update devices set removed_at = $3, trusted_until = null where id = $2 and user_id = $1 and removed_at is null
     returning name, hash`,
    [userId, id, now],
  );
}

const trusted = prepared(
  "select 1 from devices where user_id = $1 and hash = $2 and removed_at is null and trusted_until > $3",
);

/** Whether no second factor is asked for in a browser. Uses devices_known. */
export async function selectTrusted(from: Queryable, userId: UserId, hash: Buffer, now: Date): Promise<boolean> {
  const row = await from.row(trusted, [userId, hash, now]);
  return row !== undefined;
}

/** Uses devices_pkey. @returns 0 when the device is not there */
export async function setTrust(to: Queryable, userId: UserId, id: string, until: Date | null): Promise<number> {
  return await to.run("update devices set trusted_until = $3 where id = $2 and user_id = $1 and removed_at is null", [
    userId,
    id,
    until,
  ]);
}

/** Ends the trust in every browser of a user. Uses devices_known. */
export async function endTrust(to: Queryable, userId: UserId): Promise<void> {
  await to.run("update devices set trusted_until = null where user_id = $1 and trusted_until is not null", [userId]);
}
