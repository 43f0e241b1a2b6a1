import type { Queryable } from "../queryable.ts";

export interface IdempotencyRow {
  request_hash: Buffer;
  done_at: Date | null;
  sealed: Buffer | null;
  started_at: Date;
}

/**
 * Takes a key for one request: it is new, it has run out, or whoever took it before has died on the way.
 *
 * @param times.abandoned a request that began before this and is not done will not be done any more
 * @returns whether it is ours. Uses idempotency_keys_pkey
 */
export async function takeKey(
  to: Queryable,
  hash: Buffer,
  requestHash: Buffer,
  times: { now: Date; expires: Date; abandoned: Date },
): Promise<boolean> {
  const taken = await to.run(
    `insert into idempotency_keys as k (hash, request_hash, started_at, expires_at) values ($1, $2, $3, $4)
     on conflict (hash) do update set request_hash = $2, started_at = $3, expires_at = $4, done_at = null, sealed = null
       where k.expires_at < $3 or (k.done_at is null and k.started_at < $5 and k.request_hash = $2)`,
    [hash, requestHash, times.now, times.expires, times.abandoned],
  );
  return taken > 0;
}

/** What is known of a key. Uses idempotency_keys_pkey. */
export async function selectKey(from: Queryable, hash: Buffer): Promise<IdempotencyRow | undefined> {
  return await from.row<IdempotencyRow>(
    "select request_hash, done_at, sealed, started_at from idempotency_keys where hash = $1",
    [hash],
  );
}

/** Notes that the creation is done, in its own transaction. Uses idempotency_keys_pkey. */
export async function finishKey(to: Queryable, hash: Buffer, now: Date): Promise<void> {
  await to.run("update idempotency_keys set done_at = $2 where hash = $1", [hash, now]);
}

/** Keeps the reply for whoever asks again. Uses idempotency_keys_pkey. */
export async function keepReply(to: Queryable, hash: Buffer, sealed: Buffer, now: Date): Promise<void> {
  await to.run("update idempotency_keys set sealed = $2, done_at = coalesce(done_at, $3) where hash = $1", [
    hash,
    sealed,
    now,
  ]);
}

/** Gives a key back whose request was refused before anything was made. Uses idempotency_keys_pkey. */
export async function releaseKey(to: Queryable, hash: Buffer): Promise<void> {
  await to.run("delete from idempotency_keys where hash = $1 and done_at is null", [hash]);
}
