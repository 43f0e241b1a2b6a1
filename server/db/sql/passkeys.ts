import type { UserId } from "../../kernel/ids.ts";
import type { Queryable } from "../queryable.ts";

/** A passkey with what a proof is checked against. */
export interface PasskeyRow {
  id: string;
  user_id: UserId;
  /** Display name of its owner. */
  owner: string;
  credential_id: Buffer;
  public_key: Buffer;
  transports: string[];
  is_backup_eligible: boolean;
  name: string;
  /** What it knows its owner by. */
  handle: Buffer;
}

const columns = `p.id, p.user_id, u.display_name as owner, p.credential_id, p.public_key, p.transports, p.is_backup_eligible, p.name,
  u.passkey_handle as handle`;

/** Passkeys of a user, oldest first. Uses passkeys_user, users_pkey. */
export async function selectPasskeys(from: Queryable, userId: UserId): Promise<PasskeyRow[]> {
  return await from.rows<PasskeyRow>(
    `select ${columns} from passkeys p join users u on u.id = p.user_id where p.user_id = $1 order by p.created_at, p.id`,
    [userId],
  );
}

/** The passkey of a credential id. Uses passkeys_credential, users_pkey. */
export async function selectPasskeyByCredential(
  from: Queryable,
  credentialId: Buffer,
): Promise<PasskeyRow | undefined> {
  return await from.row<PasskeyRow>(
    `select ${columns} from passkeys p join users u on u.id = p.user_id
     where p.credential_id = $1 and u.deleted_at is null`,
    [credentialId],
  );
}

/** What the passkeys of a user know them by; made once, by whoever comes first. Uses users_pkey. */
export async function keepHandle(to: Queryable, userId: UserId, fresh: Buffer): Promise<Buffer> {
  const row = await to.row<{ handle: Buffer }>(
    "update users set passkey_handle = coalesce(passkey_handle, $2) where id = $1 returning passkey_handle as handle",
    [userId, fresh],
  );
  if (row === undefined) throw new Error("a handle was asked for a user who is not there");
  return row.handle;
}

/** Adds a passkey. Uses passkeys_credential. @returns 0 when the credential is registered already, by whomever */
export async function insertPasskey(
  to: Queryable,
  passkey: {
    id: string;
    userId: UserId;
    credentialId: Buffer;
    publicKey: Buffer;
    signCount: number;
    transports: readonly string[];
    isBackupEligible: boolean;
    isBackedUp: boolean;
    name: string;
    now: Date;
  },
): Promise<number> {
  return await to.run(
    `insert into passkeys (id, user_id, credential_id, public_key, sign_count, transports, is_backup_eligible,
       is_backed_up, name, created_at, last_used_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) on conflict (credential_id) do nothing`,
    [
      passkey.id,
      passkey.userId,
      passkey.credentialId,
      passkey.publicKey,
      passkey.signCount,
      passkey.transports,
      passkey.isBackupEligible,
      passkey.isBackedUp,
      passkey.name,
      passkey.now,
    ],
  );
}

/**
 * Notes a use: the count must have gone up, unless the authenticator does not count (WebAuthn §7.2 step 22).
 * Uses passkeys_pkey.
 *
 * @returns false when it has not: there may be a copy of the key
 */
export async function usePasskey(
  to: Queryable,
  id: string,
  use: { signCount: number; isBackedUp: boolean; now: Date },
): Promise<boolean> {
  const changed = await to.run(
    `update passkeys set sign_count = $2, is_backed_up = $3, last_used_at = $4
     where id = $1 and (sign_count < $2 or (sign_count = 0 and $2 = 0))`,
    [id, use.signCount, use.isBackedUp, use.now],
  );
  return changed === 1;
}

/** Uses passkeys_pkey. */
export async function renamePasskey(to: Queryable, userId: UserId, id: string, name: string): Promise<number> {
  return await to.run("update passkeys set name = $3 where id = $2 and user_id = $1", [userId, id, name]);
}

/** Uses a challenge up: of any number of answers one adds the row. Uses used_challenges_pkey. */
export async function useChallenge(to: Queryable, hash: Buffer, expiresAt: Date): Promise<boolean> {
  const added = await to.run(
    "insert into used_challenges (hash, expires_at) values ($1, $2) on conflict (hash) do nothing",
    [hash, expiresAt],
  );
  return added === 1;
}
