import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import type { Queryable } from "../db/queryable.ts";
import { replaceCredential, selectHashes } from "../db/sql/credentials.ts";
import { endTrust } from "../db/sql/devices.ts";
import { dropLinks } from "../db/sql/single-use-tokens.ts";
import { saveUser } from "../db/sql/users.ts";
import type { UserRow } from "../db/sql/users.ts";
import type { Work } from "../db/work.ts";
import { newId } from "../kernel/ids.ts";
import type { UserId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { readSettings } from "../settings/read-settings.ts";
import { userRules } from "../users/policy.ts";
import { requireLockedUser, targetOf } from "../users/update-user.ts";
import { checkPassword } from "./check-password.ts";
import { readForeignHash } from "./foreign-hash.ts";
import { fitsHash, hashPassword } from "./hash.ts";

/** A password that passed every check, hashed before the transaction opens. */
export interface CheckedPassword {
  hash: string;
}

/**
 * Checks and hashes a password for a user, outside of any transaction because it is slow.
 *
 * @param user the account it is for; undefined values are for one that does not exist yet
 * @throws password.*       what the policy says (U8)
 * @throws password.usedBefore it is in the history
 */
export async function preparePassword(
  from: Queryable,
  password: string,
  user: Pick<UserRow, "display_name" | "username"> & Partial<UserRow>,
  field = "password",
): Promise<CheckedPassword> {
  const settings = await readSettings(from);
  const personal = {
    username: user.username,
    displayName: user.display_name,
    givenName: user.given_name ?? null,
    familyName: user.family_name ?? null,
    email: user.email ?? null,
  };
  checkPassword(password, personal, settings, field);
  if (user.id !== undefined && settings["passwords.history"] > 0) {
    for (const hash of await selectHashes(from, user.id, settings["passwords.history"])) {
      if (await fitsHash(password, hash)) throw failure("password.usedBefore", { field });
    }
  }
  return { hash: await hashPassword(password) };
}

/**
 * Takes a password that another system has hashed. It is hashed anew at the first sign-in.
 *
 * @throws password.hashUnknown
 */
export function acceptHash(hash: string, field = "passwordHash"): CheckedPassword {
  if (readForeignHash(hash) === undefined) throw failure("password.hashUnknown", { field });
  return { hash };
}

/**
 * Gives a user a password. The first one completes onboarding, unless it is temporary.
 * Ending sessions and telling the person are the caller's, since they depend on who set it.
 *
 * @throws user.missing access.denied
 */
export async function setPassword(
  work: Work,
  userId: UserId,
  password: CheckedPassword,
  how: {
    isTemporary: boolean;
    event: "user.passwordSet" | "user.passwordChanged" | "user.passwordReset" | "user.activated";
  },
): Promise<UserRow> {
  const user = await requireLockedUser(work, userId);
  allow(userRules, work.actor, "user.setPassword", targetOf(user), "password");
  const settings = await readSettings(work.tx);
  await replaceCredential(work.tx, {
    id: newId(work.now),
    userId,
    hash: password.hash,
    isTemporary: how.isTemporary,
    now: work.now,
    expiresAt: how.isTemporary ? after(work.now, settings["passwords.temporaryHours"]) : null,
    keep: settings["passwords.history"],
  });
  // Whoever has the password needs no link any more, and an older one may lie in a mailbox that others read.
  await dropLinks(work.tx, userId);
  // Whoever knew the old password may have made a browser trusted.
  await endTrust(work.tx, userId);
  // A password from an administrator makes the account usable, but only its owner's own counts as onboarded.
  const isFirst = user.onboarded_at === null && !how.isTemporary;
  const owner = isFirst ? { ...user, onboarded_at: work.now } : user;
  if (isFirst) await saveUser(work.tx, owner, work.now);
  record(work, {
    type: how.event,
    subject: { kind: "user", id: userId, name: user.display_name },
    details: { isTemporary: how.isTemporary },
  });
  return owner;
}

/** Null: it does not expire. */
function after(now: Date, hours: number): Date | null {
  return hours === 0 ? null : new Date(now.getTime() + hours * 3_600_000);
}
