import { createHmac, hash, randomBytes } from "node:crypto";
import type { Queryable } from "../db/queryable.ts";
import { insertSealKey, selectSealKey, updateSealKey } from "../db/sql/event-seals.ts";
import type { DigestedEvent, SealRow } from "../db/sql/event-seals.ts";
import type { Keyring } from "../kernel/keyring.ts";

const purpose = "event seals";

/** Bytes that a seal keeps of each event: its id, and half of its digest. */
export const entryBytes = 32;
const idBytes = 16;

/** The key of the seals; undefined where nothing was sealed. @throws Error no key opens it */
export async function readSealKey(from: Queryable, keyring: Keyring): Promise<Buffer | undefined> {
  const sealed = await selectSealKey(from);
  return sealed === undefined ? undefined : Buffer.from(keyring.open(purpose, sealed), "base64");
}

/** The same; made where there is none, and encrypted again with the newest SECRET_KEY. */
export async function renewSealKey(to: Queryable, keyring: Keyring): Promise<Buffer> {
  const known = await readSealKey(to, keyring);
  if (known !== undefined) {
    await updateSealKey(to, keyring.seal(purpose, known.toString("base64")));
    return known;
  }
  await insertSealKey(to, keyring.seal(purpose, randomBytes(32).toString("base64")));
  const made = await readSealKey(to, keyring);
  if (made === undefined) throw new Error("the key of the seals is not kept");
  return made;
}

/** What a seal keeps of its events. */
export function contentsOf(events: readonly DigestedEvent[]): Buffer {
  return Buffer.concat(events.map(entryOf));
}

function entryOf({ id, digest }: DigestedEvent): Buffer {
  return Buffer.concat([Buffer.from(id.replaceAll("-", ""), "hex"), digest.subarray(0, entryBytes - idBytes)]);
}

/** What a seal says of one event. */
export interface SealedEvent {
  id: string;
  /** Half of its digest in hex. */
  digest: string;
}

export function readContents(contents: Buffer): SealedEvent[] {
  const entries: SealedEvent[] = [];
  for (let at = 0; at + entryBytes <= contents.length; at += entryBytes) {
    const id = contents.toString("hex", at, at + idBytes);
    entries.push({
      id: [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20)].join("-"),
      digest: contents.toString("hex", at + idBytes, at + entryBytes),
    });
  }
  return entries;
}

/** The digest of an event as seals keep it. */
export function halfOf({ digest }: DigestedEvent): string {
  return digest.toString("hex", 0, entryBytes - idBytes);
}

/** What binds a seal to what it says and to the one before it. */
export function hashOf(key: Buffer, before: Buffer | undefined, seal: Omit<SealRow, "hash">): Buffer {
  const said = JSON.stringify([
    before?.toString("hex") ?? null,
    seal.number,
    seal.kind,
    seal.era,
    seal.first_turn,
    seal.end_turn,
    seal.first_id,
    seal.last_id,
    seal.events,
    hash("sha256", seal.contents, "hex"),
    seal.pruned_before?.toISOString() ?? null,
    seal.sealed_at.toISOString(),
  ]);
  return createHmac("sha256", key).update(said).digest();
}
