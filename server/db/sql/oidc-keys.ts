import type { Queryable } from "../queryable.ts";

export type KeyState = "next" | "signing" | "retired";

export interface KeyRow {
  kid: string;
  alg: string;
  sealed: Buffer;
  state: KeyState;
  created_at: Date;
  retired_at: Date | null;
}

/** All keys: those that sign first, then those to come, then those that only verify. A handful of rows. */
export async function selectKeys(from: Queryable): Promise<KeyRow[]> {
  return await from.rows<KeyRow>(
    `select kid, alg, sealed, state, created_at, retired_at from signing_keys
     order by array_position(array['signing', 'next', 'retired'], state), alg, created_at desc, kid`,
  );
}

/** One text that differs when any key or its state does. */
export async function selectKeysVersion(from: Queryable): Promise<string> {
  const row = await from.row<{ version: string | null }>(
    "select string_agg(kid || ' ' || state, ',' order by kid) as version from signing_keys",
  );
  return row?.version ?? "";
}

// Any number that is ours alone in this database.
const lock = 7_426_189;

/** Makes every other change of keys wait until this transaction ends. */
export async function lockKeys(tx: Queryable): Promise<void> {
  await tx.run("select pg_advisory_xact_lock($1)", [lock]);
}

export async function insertKey(
  to: Queryable,
  key: { kid: string; alg: string; sealed: Buffer; publicJwk: object; state: KeyState; now: Date },
): Promise<void> {
  await to.run(
    `insert into signing_keys (kid, alg, sealed, public_jwk, state, created_at) values ($1, $2, $3, $4, $5, $6)`,
    [key.kid, key.alg, key.sealed, JSON.stringify(key.publicJwk), key.state, key.now],
  );
}

/** Uses signing_keys_pkey. */
export async function updateKeyState(to: Queryable, kid: string, state: KeyState, now: Date): Promise<void> {
  await to.run(
    `update signing_keys set state = $2::text, retired_at = case when $2::text = 'retired' then $3::timestamptz end
     where kid = $1`,
    [kid, state, now],
  );
}

/** Uses signing_keys_pkey. */
export async function deleteKey(to: Queryable, kid: string): Promise<void> {
  await to.run("delete from signing_keys where kid = $1", [kid]);
}
