import type { FactorKind } from "../../contract/users.ts";
import type { UserId } from "../../kernel/ids.ts";
import { prepared } from "../queryable.ts";
import type { Queryable } from "../queryable.ts";
import { endTrust } from "./devices.ts";

/** A second factor that is enrolled, whatever its kind. */
export interface FactorRow {
  id: string;
  kind: FactorKind;
  /** What its owner calls a passkey; the address of codes by email; null for an authenticator app. */
  name: string | null;
  /** Whether a passkey was copied to other devices of its owner; null for other kinds. */
  is_backed_up: boolean | null;
  created_at: Date;
  last_used_at: Date;
}

const enrolled = prepared(
  `select id, kind, name, is_backed_up, created_at, last_used_at from enrolled_factors
     where user_id = $1 and ($2 or kind <> 'email') order by created_at, id`,
);

/**
 * Factors of a user that count. Uses factors_user, passkeys_user, email_factors_pkey, users_pkey.
 *
 * @param withEmail whether codes by email are in use here
 */
export async function selectFactors(from: Queryable, userId: UserId, withEmail: boolean): Promise<FactorRow[]> {
  return await from.rows<FactorRow>(enrolled, [userId, withEmail]);
}

/** The authenticator app of a user. Uses factors_user. */
export async function selectTotp(from: Queryable, userId: UserId): Promise<{ id: string; sealed: Buffer } | undefined> {
  return await from.row("select id, sealed from factors where user_id = $1 and kind = 'totp'", [userId]);
}

/** Adds an authenticator app, unless there is one. Uses factors_user. @returns 0 when there is one */
export async function insertTotp(
  to: Queryable,
  factor: { id: string; userId: UserId; sealed: Buffer; step: number; now: Date },
): Promise<number> {
  return await to.run(
    `insert into factors (id, user_id, kind, sealed, last_step, created_at, last_used_at)
     values ($1, $2, 'totp', $3, $4, $5, $5) on conflict (user_id, kind) do nothing`,
    [factor.id, factor.userId, factor.sealed, factor.step, factor.now],
  );
}

/**
 * Uses a time step up: compare-and-set, so that of any number of tries with one code one changes the row, and an older
 * step never counts after a newer one. Uses factors_pkey.
 */
export async function useStep(to: Queryable, id: string, step: number, now: Date): Promise<boolean> {
  const changed = await to.run(
    "update factors set last_step = $2, last_used_at = $3 where id = $1 and last_step < $2",
    [id, step, now],
  );
  return changed === 1;
}

const tables = { totp: "factors", passkey: "passkeys", email: "email_factors" } as const satisfies Record<
  FactorKind,
  string
>;

/**
 * Deletes a factor of a user, what waits for one, and the trust that stands in for one. Uses factors_user,
 * passkeys_pkey, email_factors_pkey, devices_known.
 *
 * @param id of a passkey; of the other kinds there is one
 */
export async function deleteFactor(to: Queryable, userId: UserId, kind: FactorKind, id?: string): Promise<number> {
  await dropWaiting(to, userId);
  const which = kind === "passkey" ? " and id = $2" : "";
  return await to.run(`delete from ${tables[kind]} where user_id = $1${which}`, [
    userId,
    ...(kind === "passkey" ? [id] : []),
  ]);
}

/**
 * Deletes all factors and recovery codes of a user, what waits for one, and the trust that stands in for one.
 * Uses the indexes on user_id.
 */
export async function deleteFactors(to: Queryable, userId: UserId): Promise<number> {
  await dropWaiting(to, userId);
  await deleteCodes(to, userId);
  await saveDefaultFactor(to, userId, null);
  let count = 0;
  for (const table of Object.values(tables)) {
    count += await to.run(`delete from ${table} where user_id = $1`, [userId]);
  }
  return count;
}

async function dropWaiting(to: Queryable, userId: UserId): Promise<void> {
  await to.run("delete from sign_in_attempts where user_id = $1", [userId]);
  await endTrust(to, userId);
  await to.run("delete from email_codes where user_id = $1", [userId]);
}

/** Which factor a user is asked for first. Uses users_pkey. */
export async function saveDefaultFactor(to: Queryable, userId: UserId, kind: FactorKind | null): Promise<void> {
  await to.run("update users set default_factor = $2 where id = $1", [userId, kind]);
}

/** How many recovery codes are left. Uses recovery_codes_pkey. */
export async function countCodes(from: Queryable, userId: UserId): Promise<number> {
  const row = await from.row<{ count: number }>(
    "select count(*)::int as count from recovery_codes where user_id = $1 and used_at is null",
    [userId],
  );
  return row?.count ?? 0;
}

/** Puts new recovery codes in the place of the old ones. Uses recovery_codes_pkey. */
export async function replaceCodes(to: Queryable, userId: UserId, hashes: readonly Buffer[], now: Date): Promise<void> {
  await deleteCodes(to, userId);
  await to.run(
    "insert into recovery_codes (user_id, hash, created_at) select $1, hash, $3 from unnest($2::bytea[]) hash",
    [userId, hashes, now],
  );
}

/** Uses recovery_codes_pkey. */
export async function deleteCodes(to: Queryable, userId: UserId): Promise<void> {
  await to.run("delete from recovery_codes where user_id = $1", [userId]);
}

/** Uses a recovery code up: of any number of tries one changes the row. Uses recovery_codes_pkey. */
export async function useCode(to: Queryable, userId: UserId, hashes: readonly Buffer[], now: Date): Promise<boolean> {
  const changed = await to.run(
    "update recovery_codes set used_at = $3 where user_id = $1 and hash = any($2::bytea[]) and used_at is null",
    [userId, hashes, now],
  );
  return changed === 1;
}
