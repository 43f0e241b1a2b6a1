import type { UserId } from "../../kernel/ids.ts";
import { prepared } from "../queryable.ts";
import type { Queryable } from "../queryable.ts";

export interface CredentialRow {
  id: string;
  hash: string;
  is_temporary: boolean;
  created_at: Date;
  expires_at: Date | null;
}

const inUse = prepared(
  "select id, hash, is_temporary, created_at, expires_at from credentials where user_id = $1 and retired_at is null",
);

/** The password in use. Uses credentials_in_use. */
export async function selectCredential(from: Queryable, userId: UserId): Promise<CredentialRow | undefined> {
  return await from.row<CredentialRow>(inUse, [userId]);
}

/** The newest hashes of a user, the one in use among them. Uses credentials_user. */
export async function selectHashes(from: Queryable, userId: UserId, most: number): Promise<string[]> {
  const rows = await from.rows<{ hash: string }>(
    "select hash from credentials where user_id = $1 order by created_at desc, id desc limit $2",
    [userId, most],
  );
  return rows.map((row) => row.hash);
}

/** Retires the password in use and puts another in its place; the history keeps `keep` retired ones. Uses credentials_user. */
export async function replaceCredential(
  to: Queryable,
  credential: {
    id: string;
    userId: UserId;
    hash: string;
    isTemporary: boolean;
    now: Date;
    expiresAt: Date | null;
    keep: number;
  },
): Promise<void> {
  await to.run("update credentials set retired_at = $2 where user_id = $1 and retired_at is null", [
    credential.userId,
    credential.now,
  ]);
  await to.run(
    "insert into credentials (id, user_id, hash, is_temporary, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)",
    [credential.id, credential.userId, credential.hash, credential.isTemporary, credential.now, credential.expiresAt],
  );
  await to.run(
    `delete from credentials where id in (
       select id from credentials where user_id = $1 and retired_at is not null order by retired_at desc, id desc offset $2)`,
    [credential.userId, credential.keep],
  );
}

/** Writes the same password under newer parameters, unless it changed meanwhile. Uses credentials_pkey. */
export async function rehashCredential(to: Queryable, id: string, oldHash: string, newHash: string): Promise<void> {
  await to.run("update credentials set hash = $3 where id = $1 and hash = $2", [id, oldHash, newHash]);
}

/**
 * Says when the password in use stops working; null: never. Uses credentials_in_use.
 *
 * @returns what was said before; undefined without a password
 */
export async function setCredentialExpiry(
  to: Queryable,
  userId: UserId,
  expiresAt: Date | null,
): Promise<{ expires_at: Date | null } | undefined> {
  return await to.row<{ expires_at: Date | null }>(
    `update credentials c set expires_at = $2 from credentials before
     where c.user_id = $1 and c.retired_at is null and before.id = c.id returning before.expires_at`,
    [userId, expiresAt],
  );
}
