import { record } from "../audit/record.ts";
import { deleteKey, lockKeys, selectKeys, updateKeyState } from "../db/sql/oidc-keys.ts";
import type { KeyRow } from "../db/sql/oidc-keys.ts";
import type { Work } from "../db/work.ts";
import type { Keyring } from "../kernel/keyring.ts";
import { readSetting } from "../settings/read-settings.ts";
import { algorithms, makeKey } from "./keys.ts";
import type { Algorithm } from "./keys.ts";
import { longestSignedSeconds } from "./ttl.ts";

/** How long relying parties may go on using a JWKS that they have fetched. */
export const jwksCacheSeconds = 24 * 60 * 60;

/**
 * Begins to replace the signing keys: a new one of each kind is published now, and signs once every relying party can
 * have seen it (see `advanceKeys`). Where one is published already, it signs from now on.
 * Open to operators and jobs alone: no permission of a role allows it.
 *
 * @param atOnce the new keys sign at once and the old ones are gone: for a key that leaked. Everybody who holds an ID
 *   token or a cached JWKS fails until they fetch it again
 * @returns what each key was made into
 */
export async function rotateKeys(
  work: Work,
  keyring: Keyring,
  options: { atOnce?: boolean } = {},
): Promise<KeyChange[]> {
  // open to all: the command line and jobs call it, no door does
  await lockKeys(work.tx);
  const rows = await selectKeys(work.tx);
  const changes: KeyChange[] = [];
  for (const alg of algorithms) {
    const own = rows.filter((row) => row.alg === alg);
    const next = own.find((row) => row.state === "next");
    if (next === undefined && options.atOnce !== true) {
      changes.push({ alg, kid: await makeKey(work.tx, keyring, alg, "next", work.now), state: "next" });
      continue;
    }
    const kid = next?.kid ?? (await makeKey(work.tx, keyring, alg, "next", work.now));
    changes.push(...(await promote(work, alg, kid, own, options.atOnce === true)));
  }
  await tell(work, changes);
  return changes;
}

/**
 * Takes each key a step further when its time has come: one that has signed for as long as the organization wants gets a
 * successor, one that was published for a day signs, and one that retired is deleted when nothing that it signed is
 * valid any more. Called by a task, however often.
 */
export async function advanceKeys(work: Work, keyring: Keyring): Promise<KeyChange[]> {
  // open to all: a job calls it, no door does
  await lockKeys(work.tx);
  const rows = await selectKeys(work.tx);
  const age = (since: Date | null) => (since === null ? 0 : (work.now.getTime() - since.getTime()) / 1000);
  const changes: KeyChange[] = [];
  const longestDays = await readSetting(work.tx, "keys.rotationDays");
  for (const alg of algorithms) {
    const own = rows.filter((row) => row.alg === alg);
    const signing = own.find((row) => row.state === "signing");
    const isOld = longestDays > 0 && signing !== undefined && age(signing.created_at) >= longestDays * 86_400;
    if (isOld && !own.some((row) => row.state === "next")) {
      changes.push({ alg, kid: await makeKey(work.tx, keyring, alg, "next", work.now), state: "next" });
    }
    const due = own.find((row) => row.state === "next" && age(row.created_at) >= jwksCacheSeconds);
    if (due !== undefined) changes.push(...(await promote(work, alg, due.kid, own, false)));
    for (const row of own) {
      if (row.state !== "retired" || age(row.retired_at) < longestSignedSeconds + jwksCacheSeconds) continue;
      await deleteKey(work.tx, row.kid);
      changes.push({ alg, kid: row.kid, state: "gone" });
    }
  }
  await tell(work, changes);
  return changes;
}

export interface KeyChange {
  alg: string;
  kid: string;
  state: "next" | "signing" | "retired" | "gone";
}

async function promote(work: Work, alg: Algorithm, kid: string, own: KeyRow[], drop: boolean): Promise<KeyChange[]> {
  const changes: KeyChange[] = [{ alg, kid, state: "signing" }];
  await updateKeyState(work.tx, kid, "signing", work.now);
  for (const old of own) {
    if (old.kid === kid || (old.state !== "signing" && !drop)) continue;
    if (drop) await deleteKey(work.tx, old.kid);
    else await updateKeyState(work.tx, old.kid, "retired", work.now);
    changes.push({ alg, kid: old.kid, state: drop ? "gone" : "retired" });
  }
  return changes;
}

async function tell(work: Work, changes: KeyChange[]): Promise<void> {
  for (const { alg, kid, state } of changes) {
    record(work, { type: "key.changed", subject: { kind: "key", id: kid, name: alg }, details: { state } });
  }
}
