import { createHash } from "node:crypto";
import { failure } from "../../contract/failure.ts";
import { finishKey, keepReply, releaseKey, selectKey, takeKey } from "../../db/sql/idempotency.ts";
import type { Queryable } from "../../db/queryable.ts";
import type { Actor } from "../../db/work.ts";
import type { House } from "../../house.ts";

/** How long a key stands for its first request. */
const keptMs = 24 * 60 * 60 * 1000;
/** Longer than any request takes: whoever holds a key for longer has died. */
const abandonedMs = 120_000;
const purpose = "idempotency";

interface Asked {
  /** The header Idempotency-Key. */
  key: string;
  actor: Actor;
  method: string;
  path: string;
  body: unknown;
}

/**
 * Creates something once, however often it is asked for with the same key (draft-ietf-httpapi-idempotency-key-header):
 * whoever asks again within 24 hours gets the reply of the first time. A refusal keeps nothing, so that it can be mended
 * and sent again.
 *
 * @param create is given what its unit of work must do before it commits
 * @throws request.keyInvalid     the key is empty, too long, or not plain ASCII
 * @throws request.keyReused      the key stands for another request
 * @throws request.inProgress     the first request goes on; ask again
 * @throws request.replyLost      it was done, but whoever did it died before the reply was kept
 */
export async function once(
  house: House,
  asked: Asked,
  create: (beforeCommit: (tx: Queryable) => Promise<void>) => Promise<unknown>,
): Promise<{ reply: unknown; isAgain: boolean }> {
  if (!/^[\x21-\x7e]{1,255}$/.test(asked.key)) throw failure("request.keyInvalid", { field: "Idempotency-Key" });
  const hash = digest([asked.actor.kind, asked.actor.id, asked.key]);
  const requestHash = digest([asked.method, asked.path, asked.body]);
  const now = house.now();
  const times = {
    now,
    expires: new Date(now.getTime() + keptMs),
    abandoned: new Date(now.getTime() - abandonedMs),
  };
  if (!(await takeKey(house.db, hash, requestHash, times))) {
    return { reply: await repeat(house, hash, requestHash, times.abandoned), isAgain: true };
  }
  try {
    const reply = await create(async (tx) => await finishKey(tx, hash, now));
    await keepReply(house.db, hash, house.keyring.seal(purpose, JSON.stringify(reply)), now);
    return { reply, isAgain: false };
  } catch (error) {
    await releaseKey(house.db, hash);
    throw error;
  }
}

async function repeat(house: House, hash: Buffer, requestHash: Buffer, abandoned: Date): Promise<unknown> {
  const row = await selectKey(house.db, hash);
  if (row !== undefined && !row.request_hash.equals(requestHash)) throw failure("request.keyReused");
  if (row === undefined || (row.sealed === null && (row.done_at === null || row.started_at >= abandoned))) {
    throw failure("request.inProgress", { retryAfterSeconds: 1 });
  }
  if (row.sealed === null) throw failure("request.replyLost");
  return JSON.parse(house.keyring.open(purpose, row.sealed)) as unknown;
}

/** One digest for equal requests: the order of the fields of a body does not matter. */
function digest(parts: readonly unknown[]): Buffer {
  const text = JSON.stringify(parts, (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash("sha256").update(text).digest();
}
