import { randomBytes } from "node:crypto";
import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import type { DirectoryModel } from "../db/models/directory.ts";
import { deleteDirectoryTokens } from "../db/sql/directory-clients.ts";
import type { Work } from "../db/work.ts";
import { newId } from "../kernel/ids.ts";
import { hashSecret, newSecret } from "../kernel/secrets.ts";
import { allow } from "../permissions/rules.ts";
import { checkTokenEnd } from "./directory-tokens.ts";
import { requireLockedDirectory } from "./lock-directory.ts";
import { directoryRules } from "./policy.ts";
import { readPublicKey } from "./read-public-key.ts";

/**
 * Client ids of directories begin so. The client ids of apps are random and shorter, so the two never meet, and whoever
 * reads one in a log knows what it is.
 */
export const clientIdPrefix = "directory-";

/** The client id, and the secret, which is in this answer and nowhere else; null where a key stands for it. */
export interface DirectoryClient {
  clientId: string;
  clientSecret: string | null;
}

export interface NewCredential {
  /** Whose private half the client signs with (private_key_jwt, RFC 7523 §2.2); left out, it gets a secret. */
  publicKey?: string | undefined;
  /** When the secret or key ends, whatever happens; left out, it works until it is rotated. */
  expiresAt?: Date | null;
}

/**
 * Gives a directory a client of the own OpenID provider: with client credentials (RFC 6749 §4.4) it gets access tokens
 * that SCIM takes as it takes the directory's own token.
 *
 * @throws directory.missing directory.leaving directory.hasClient directory.keyInvalid directory.timePast access.denied
 */
export async function addDirectoryClient(work: Work, id: string, wanted: NewCredential = {}): Promise<DirectoryClient> {
  allow(directoryRules, work.actor, "directory.update", null);
  const directory = await requireLockedDirectory(work, id);
  const clientId = `${clientIdPrefix}${randomBytes(15).toString("base64url")}`;
  // The directory is locked, so nobody else makes one meanwhile.
  if ((await clientIdOf(work, directory)) !== undefined) throw failure("directory.hasClient");
  await work.tx.run("insert into directory_clients (directory_id, client_id, created_at) values ($1, $2, $3)", [
    directory.id,
    clientId,
    work.now,
  ]);
  const { clientSecret, kid } = await addCredential(work, directory, wanted);
  const expiresAt = wanted.expiresAt?.toISOString() ?? null;
  tell(work, directory, "directory.clientCreated", { clientId, kid, expiresAt });
  return { clientId, clientSecret };
}

/**
 * Gives the client of a directory another secret or key, of the kind that it has. The older ones work for the overlap,
 * and so do the tokens that they got: a token never outlives what it was got with.
 *
 * @param wanted.overlapHours 0 ends the older ones and their tokens at once
 * @throws directory.missing directory.leaving directory.noClient directory.proofDiffers directory.keyInvalid directory.timePast
 * @throws access.denied
 */
export async function rotateDirectorySecret(
  work: Work,
  id: string,
  wanted: NewCredential & { overlapHours: number },
): Promise<DirectoryClient> {
  allow(directoryRules, work.actor, "directory.update", null);
  const directory = await requireLockedDirectory(work, id);
  const clientId = await clientIdOf(work, directory);
  if (clientId === undefined) throw failure("directory.noClient");
  const { overlapHours } = wanted;
  const byKey = await provesByKey(work, directory);
  if (byKey !== undefined && byKey !== (wanted.publicKey !== undefined)) throw failure("directory.proofDiffers");
  await work.tx.run(
    `update directory_client_credentials set expires_at = $2
     where directory_id = $1 and (expires_at is null or expires_at > $2)`,
    [directory.id, new Date(work.now.getTime() + overlapHours * 3_600_000)],
  );
  const { clientSecret, kid } = await addCredential(work, directory, wanted);
  tell(work, directory, "directory.clientRotated", { clientId, kid, overlapHours });
  return { clientId, clientSecret };
}

/**
 * Takes the client of a directory away: its secrets and its tokens open nothing from the commit on.
 *
 * @throws directory.missing directory.leaving directory.noClient access.denied
 */
export async function removeDirectoryClient(work: Work, id: string): Promise<void> {
  allow(directoryRules, work.actor, "directory.update", null);
  const directory = await requireLockedDirectory(work, id);
  const clientId = await clientIdOf(work, directory);
  if (clientId === undefined) throw failure("directory.noClient");
  await deleteDirectoryTokens(work.tx, directory.id);
  await work.tx.run("delete from directory_clients where directory_id = $1", [directory.id]);
  tell(work, directory, "directory.clientRemoved", { clientId });
}

async function clientIdOf(work: Work, { id }: DirectoryModel): Promise<string | undefined> {
  const row = await work.tx.row<{ client_id: string }>(
    "select client_id from directory_clients where directory_id = $1",
    [id],
  );
  return row?.client_id;
}

/** Whether the client signs with a key: what it was given last says so, over or not, while it is there. */
async function provesByKey(work: Work, { id }: DirectoryModel): Promise<boolean | undefined> {
  const row = await work.tx.row<{ by_key: boolean }>(
    `select public_jwk is not null as by_key from directory_client_credentials
     where directory_id = $1 order by id desc limit 1`,
    [id],
  );
  return row?.by_key;
}

async function addCredential(
  work: Work,
  { id }: DirectoryModel,
  { publicKey, expiresAt }: NewCredential,
): Promise<{ clientSecret: string | null; kid: string | null }> {
  checkTokenEnd(work, expiresAt ?? null, "expiresAt");
  const clientSecret = publicKey === undefined ? newSecret("ghc") : null;
  const key = publicKey === undefined ? null : readPublicKey(publicKey);
  if (key !== null) await requireFreshName(work, id, key.kid);
  await work.tx.run(
    `insert into directory_client_credentials
       (id, directory_id, secret_hash, public_jwk, hint, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      newId(work.now),
      id,
      clientSecret === null ? null : hashSecret(clientSecret),
      key === null ? null : JSON.stringify(key),
      key?.kid ?? clientSecret?.slice(-4) ?? null,
      work.now,
      expiresAt ?? null,
    ],
  );
  return { clientSecret, kid: key?.kid ?? null };
}

/** A signature names its key by `kid` alone, so that no two keys that work may share one. */
async function requireFreshName(work: Work, id: string, kid: string): Promise<void> {
  const same = await work.tx.row(
    `select from directory_client_credentials
     where directory_id = $1 and public_jwk ->> 'kid' = $2 and (expires_at is null or expires_at > $3)`,
    [id, kid, work.now],
  );
  if (same === undefined) return;
  throw failure("directory.keyInvalid", { field: "publicKey", says: "A key with this `kid` is in use already." });
}

function tell(work: Work, { id, name }: DirectoryModel, type: string, details: Record<string, unknown>): void {
  record(work, { type, subject: { kind: "directory", id, name }, details });
}
