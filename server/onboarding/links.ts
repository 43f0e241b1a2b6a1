import { failure } from "../contract/failure.ts";
import type { Queryable } from "../db/queryable.ts";
import { consumeToken, dropOpenTokens, insertToken, selectOpenToken } from "../db/sql/single-use-tokens.ts";
import type { Purpose } from "../db/sql/single-use-tokens.ts";
import { selectUser } from "../db/sql/users.ts";
import type { UserRow } from "../db/sql/users.ts";
import type { Tx } from "../db/connect.ts";
import { newId } from "../kernel/ids.ts";
import type { UserId } from "../kernel/ids.ts";
import { hashSecret, newSecret } from "../kernel/secrets.ts";
import { readSettings } from "../settings/read-settings.ts";

/** Where a link of each kind leads, below the issuer; the secret is the last part. */
const paths: Record<Purpose, string> = { activation: "/activate/", reset: "/reset/", setup: "/setup/" };

const setupHours = 24;

/**
 * Makes a link that works once; older ones of the same kind for the same user stop working (O3).
 * The secret is in the answer and nowhere else: the database holds its digest.
 *
 * @param issuer the public origin, never a header of the request
 */
export async function makeLink(
  tx: Tx,
  issuer: string,
  purpose: Purpose,
  userId: UserId | null,
  now: Date,
): Promise<{ url: string; expiresAt: Date }> {
  const settings = await readSettings(tx);
  const minutes = {
    activation: settings["links.activationHours"] * 60,
    reset: settings["links.resetMinutes"],
    setup: setupHours * 60,
  }[purpose];
  const secret = newSecret();
  const expiresAt = new Date(now.getTime() + minutes * 60_000);
  await dropOpenTokens(tx, userId, purpose);
  await insertToken(tx, { id: newId(now), purpose, userId, hash: hashSecret(secret), now, expiresAt });
  return { url: issuer + paths[purpose] + secret, expiresAt };
}

/**
 * The person whom a link belongs to, without using it up: for the page that asks for the new password.
 *
 * @throws link.invalid used, replaced, expired, made up, or the account may not sign in
 */
export async function readLink(
  from: Queryable,
  purpose: "activation" | "reset",
  secret: string,
  now: Date,
): Promise<UserRow> {
  const token = await selectOpenToken(from, purpose, hashSecret(secret), now);
  return await ownerOf(from, token?.user_id ?? null, purpose);
}

/**
 * Uses a link up. Of any number of simultaneous tries exactly one gets the person; the transaction decides whether it
 * stays used.
 *
 * @throws link.invalid
 */
export async function useLink(tx: Tx, purpose: "activation" | "reset", secret: string, now: Date): Promise<UserRow> {
  const token = await consumeToken(tx, purpose, hashSecret(secret), now);
  return await ownerOf(tx, token?.user_id ?? null, purpose);
}

async function ownerOf(from: Queryable, userId: UserId | null, purpose: "activation" | "reset"): Promise<UserRow> {
  const user = userId === null ? undefined : await selectUser(from, userId);
  if (user === undefined || user.status === "disabled") throw failure("link.invalid");
  if (purpose === "activation" && user.onboarded_at !== null) throw failure("link.invalid");
  return user;
}
