import type { UserId } from "../../kernel/ids.ts";
import type { Queryable } from "../queryable.ts";
import { endTrust } from "./devices.ts";

export interface FactorRow {
  id: string;
  kind: "totp";
  sealed: Buffer;
  created_at: Date;
  last_used_at: Date;
}

/** Factors of a user. Uses factors_user. */
export async function selectFactors(from: Queryable, userId: UserId): Promise<FactorRow[]> {
  return await from.rows<FactorRow>(
    "select id, kind, sealed, created_at, last_used_at from factors where user_id = $1 order by created_at",
    [userId],
  );
}

/** Adds an authenticator app, unless there is one. Uses factors_user. @returns 0 when there is one */
export async function insertFactor(
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

/**
 * Deletes all factors and recovery codes of a user, what waits for one, and the trust that stands in for one.
 * Uses factors_user, recovery_codes_pkey, devices_known.
 */
export async function deleteFactors(to: Queryable, userId: UserId): Promise<number> {
  await to.run("delete from recovery_codes where user_id = $1", [userId]);
  await to.run("delete from sign_in_attempts where user_id = $1", [userId]);
  await endTrust(to, userId);
  return await to.run("delete from factors where user_id = $1", [userId]);
}

/** Puts new recovery codes in the place of the old ones. Uses recovery_codes_pkey. */
export async function replaceCodes(to: Queryable, userId: UserId, hashes: readonly Buffer[], now: Date): Promise<void> {
  await to.run("delete from recovery_codes where user_id = $1", [userId]);
  await to.run(
    "insert into recovery_codes (user_id, hash, created_at) select $1, hash, $3 from unnest($2::bytea[]) hash",
    [userId, hashes, now],
  );
}

/** Uses a recovery code up: of any number of tries one changes the row. Uses recovery_codes_pkey. */
export async function useCode(to: Queryable, userId: UserId, hashes: readonly Buffer[], now: Date): Promise<boolean> {
  const changed = await to.run(
    "update recovery_codes set used_at = $3 where user_id = $1 and hash = any($2::bytea[]) and used_at is null",
    [userId, hashes, now],
  );
  return changed === 1;
}
