import type { UserId } from "../../kernel/ids.ts";
import type { Queryable } from "../queryable.ts";

/** Wrong codes after which the right one does not count either. */
const mostTries = 5;

/** Puts a code in the place of the one that the sign-in or session had. Uses email_codes_pkey. */
export async function putEmailCode(
  to: Queryable,
  code: { place: Buffer; userId: UserId; address: string; hash: Buffer; now: Date; expiresAt: Date },
): Promise<void> {
  await to.run(
    `insert into email_codes (place, user_id, address, hash, sent_at, expires_at) values ($1, $2, $3, $4, $5, $6)
     on conflict (place) do update set user_id = excluded.user_id, address = excluded.address, hash = excluded.hash,
       tries = 0, sent_at = excluded.sent_at, expires_at = excluded.expires_at`,
    [code.place, code.userId, code.address, code.hash, code.now, code.expiresAt],
  );
}

/** Whether a code is on its way that still counts. Uses email_codes_pkey. */
export async function hasEmailCode(from: Queryable, place: Buffer, userId: UserId, now: Date): Promise<boolean> {
  const row = await from.row(
    "select 1 from email_codes where place = $1 and user_id = $2 and expires_at > $3 and tries < $4",
    [place, userId, now, mostTries],
  );
  return row !== undefined;
}

/**
 * Uses a code up: of any number of tries one deletes the row. A wrong one is counted on it. The account must still have
 * the address that it was sent to. Uses email_codes_pkey, users_pkey.
 *
 * @returns the address that was proven
 */
export async function useEmailCode(
  to: Queryable,
  code: { place: Buffer; userId: UserId; hashes: readonly Buffer[]; now: Date },
): Promise<string | undefined> {
  const used = await to.row<{ address: string }>(
    `delete from email_codes c where c.place = $1 and c.user_id = $2 and c.hash = any($3::bytea[]) and c.expires_at > $4
       and c.tries < $5
       and exists (select from users u where u.id = c.user_id and lower(u.email) = lower(c.address))
     returning c.address`,
    [code.place, code.userId, code.hashes, code.now, mostTries],
  );
  if (used !== undefined) return used.address;
  await to.run("update email_codes set tries = tries + 1 where place = $1", [code.place]);
  return undefined;
}

/** Turns codes by email on for an address that was proven. Uses email_factors_pkey. @returns 0 when they are */
export async function insertEmailFactor(to: Queryable, userId: UserId, address: string, now: Date): Promise<number> {
  return await to.run(
    `insert into email_factors as e (user_id, address, created_at, last_used_at) values ($1, $2, $3, $3)
     on conflict (user_id) do update set address = excluded.address, created_at = $3, last_used_at = $3
       where lower(e.address) <> lower(excluded.address)`,
    [userId, address, now],
  );
}

/** Uses email_factors_pkey. */
export async function touchEmailFactor(to: Queryable, userId: UserId, now: Date): Promise<void> {
  await to.run("update email_factors set last_used_at = $2 where user_id = $1", [userId, now]);
}

/** Codes by email end with the address that was proven. Uses email_factors_pkey, email_codes_user. */
export async function dropEmailFactor(to: Queryable, userId: UserId): Promise<number> {
  await to.run("delete from email_codes where user_id = $1", [userId]);
  return await to.run("delete from email_factors where user_id = $1", [userId]);
}
