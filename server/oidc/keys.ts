import { calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import type { JWK } from "jose";
import { insertKey, lockKeys, selectKeys, selectKeysVersion } from "../db/sql/oidc-keys.ts";
import type { KeyState } from "../db/sql/oidc-keys.ts";
import type { Queryable } from "../db/queryable.ts";
import type { House } from "../house.ts";
import type { Keyring } from "../kernel/keyring.ts";

/**
 * What the house can sign with. ES256 is quick (a fifth of RS256's time); RS256 is what relying parties expect that were
 * told nothing (OpenID Connect Core §15.1).
 */
export const algorithms = ["ES256", "RS256"] as const;
export type Algorithm = (typeof algorithms)[number];

const purpose = "signing-keys";

/** Makes the first keys where there are none. Of any number of processes that start at once, one does. */
export async function ensureKeys(house: House): Promise<void> {
  if ((await selectKeysVersion(house.db)) !== "") return;
  await house.db.inTransaction(async (tx) => {
    await lockKeys(tx);
    const there = new Set((await selectKeys(tx)).map((key) => key.alg));
    for (const alg of algorithms) {
      if (!there.has(alg)) await makeKey(tx, house.keyring, alg, "signing", house.now());
    }
  });
}

/**
 * Makes a key and keeps it encrypted.
 *
 * @returns its id: the thumbprint of its public half (RFC 7638)
 */
export async function makeKey(
  tx: Queryable,
  keyring: Keyring,
  alg: Algorithm,
  state: KeyState,
  now: Date,
): Promise<string> {
  const pair = await generateKeyPair(alg, { extractable: true, modulusLength: 2048 });
  const publicJwk = await exportJWK(pair.publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const jwk: JWK = { ...(await exportJWK(pair.privateKey)), kid, alg, use: "sig" };
  await insertKey(tx, {
    kid,
    alg,
    sealed: keyring.seal(purpose, JSON.stringify(jwk)),
    publicJwk: { ...publicJwk, kid, alg, use: "sig" },
    state,
    now,
  });
  return kid;
}

/**
 * The private keys in the order in which the provider picks: those that sign first.
 *
 * @throws Error a key was sealed with a SECRET_KEY that is not known any more
 */
export async function readKeys(house: House): Promise<{ version: string; keys: JWK[] }> {
  // The version is read first: a change in between makes it old, and it is read again; never the other way round.
  const version = await selectKeysVersion(house.db);
  const rows = await selectKeys(house.db);
  return { version, keys: rows.map((row) => JSON.parse(house.keyring.open(purpose, row.sealed)) as JWK) };
}
