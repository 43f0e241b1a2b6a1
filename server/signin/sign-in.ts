import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import type { FailureCode } from "../contract/failure.ts";
import { rehashCredential } from "../db/sql/credentials.ts";
import { selectUserByLogin } from "../db/sql/users.ts";
import type { SigningUserRow, UserRow } from "../db/sql/users.ts";
import { inSqlWork } from "../db/work.ts";
import type { Actor } from "../db/work.ts";
import type { House } from "../house.ts";
import type { AppId, UserId } from "../kernel/ids.ts";
import { tellExpired } from "../passwords/expire-password.ts";
import { fitsHash, hashPassword, needsRehash } from "../passwords/hash.ts";
import type { Settings } from "../settings/definitions.ts";
import { readSettings } from "../settings/read-settings.ts";
import { beginSignIn, isRefusal, networkOf, tooMany } from "./throttle.ts";
import type { Throttle } from "./throttle.ts";

/** Where a try comes from. */
export interface TryFrom {
  /** The app that asks; undefined for the own account pages. */
  app?: { id: AppId; name: string };
  requestId: string;
  address?: string;
  userAgent?: string;
}

export interface SignInTry extends TryFrom {
  /** Username or email, as typed. */
  login: string;
  password: string;
  /** The settings, where they are read already. */
  settings?: Settings;
}

/** The right password was given; `mustChange` says that nothing opens before another is set. */
export interface SignedIn {
  userId: UserId;
  displayName: string;
  mustChange: "temporary" | "expired" | null;
  /** Which password it was. */
  credentialId: string;
  /** The account as the password was found with, where nothing was changed since. */
  found?: { user: UserRow; hasFactor: boolean };
}

/**
 * Checks username or email and password (S2, S6). Whoever fails hears one sentence, after the same work, whether or
 * not the account exists; the log has the reason.
 *
 * @throws signin.refused    unknown name, no password, or wrong password
 * @throws signin.throttled  too many tries
 * @throws signin.disabled signin.blocked signin.passwordExpired  only after the right password, so that strangers learn no status
 * @throws server.busy
 */
export async function signIn(house: House, throttle: Throttle, given: SignInTry): Promise<SignedIn> {
  const login = given.login.trim().slice(0, 320);
  const leave = await beginSignIn(throttle, login.toLowerCase(), networkOf(given.address));
  if (isRefusal(leave)) {
    if (leave.isFirst) await tellFailure(house, given, await find(house, login), "throttled");
    throw tooMany(leave);
  }
  const { user, fits } = await check(house, login, given.password).catch(async (error: unknown) => {
    // Nothing was found out about the password: whoever meets a busy server has not failed.
    await leave.takeBack();
    throw error;
  });
  const credential = user === undefined ? undefined : credentialOf(user);
  if (user === undefined || credential === undefined || !fits) {
    const why = user === undefined ? "unknownName" : credential === undefined ? "noPassword" : "wrongPassword";
    await tellFailure(house, given, user, why);
    throw failure("signin.refused", { field: "password" });
  }
  await leave.succeed();
  const refusal = refusalOf(user, given);
  if (refusal !== undefined) {
    await tellFailure(house, given, user, refusal);
    throw failure(refusal);
  }
  if (credential.expires_at !== null && credential.expires_at <= house.now()) {
    await tellFailure(house, given, user, "passwordExpired");
    throw failure("signin.passwordExpired");
  }
  if (needsRehash(credential.hash)) {
    await rehashCredential(house.db, credential.id, credential.hash, await hashPassword(given.password));
  }
  const settings = given.settings ?? (await readSettings(house.db));
  return {
    userId: user.id,
    displayName: user.display_name,
    mustChange: mustChange(credential, settings, house.now()),
    credentialId: credential.id,
    found: { user, hasFactor: user.factor_kinds.some((kind) => kind !== "email" || settings["factors.email"]) },
  };
}

async function check(house: House, login: string, password: string) {
  const user = await find(house, login);
  return { user, fits: await fitsHash(password, user?.credential_hash ?? undefined) };
}

async function find(house: House, login: string): Promise<SigningUserRow | undefined> {
  return login.includes("\0") ? undefined : await selectUserByLogin(house.db, login);
}

function credentialOf(user: SigningUserRow) {
  const { credential_id: id, credential_hash: hash, credential_created_at: created_at } = user;
  if (id === null || hash === null || created_at === null) return undefined;
  const { credential_is_temporary, credential_expires_at: expires_at } = user;
  return { id, hash, created_at, expires_at, is_temporary: credential_is_temporary === true };
}

/** Why somebody who has proven who they are may not sign in. */
export function refusalOf(user: Pick<UserRow, "status">, given: TryFrom): FailureCode | undefined {
  if (user.status === "disabled") return "signin.disabled";
  // A blocked account may still look after itself on the own account pages.
  if (user.status === "blocked" && given.app !== undefined) return "signin.blocked";
  return undefined;
}

function mustChange(
  credential: { is_temporary: boolean; created_at: Date },
  settings: Pick<Settings, "passwords.maxAgeDays">,
  now: Date,
) {
  if (credential.is_temporary) return "temporary";
  const days = settings["passwords.maxAgeDays"];
  const isOld = days > 0 && credential.created_at.getTime() + days * 86_400_000 <= now.getTime();
  return isOld ? "expired" : null;
}

/** Tells the log that a try has failed. @param user whose account it was, when it was somebody's */
export async function tellFailure(
  house: House,
  given: TryFrom,
  user: Pick<UserRow, "id" | "display_name"> | undefined,
  reason: string,
): Promise<void> {
  const actor: Actor =
    user === undefined
      ? { kind: "stranger", id: null, name: "", can: () => false, ...fromOf(given) }
      : signingActor(user.id, user.display_name, given);
  await inSqlWork(house, { actor, requestId: given.requestId }, async (work) => {
    if (reason === "passwordExpired" && user !== undefined) tellExpired(work, user.id, work.now);
    record(work, {
      type: "signin.failed",
      outcome: "failure",
      reason,
      ...(user === undefined ? {} : { subject: { kind: "user" as const, id: user.id, name: user.display_name } }),
      ...(given.app === undefined ? {} : { appId: given.app.id }),
      // What was typed for a name that nobody has may be a password typed into the wrong field: it is not kept.
      details: { app: given.app?.name ?? null },
    });
  });
}

/** Whoever tries to sign in acts as the user whose account it is. */
export function signingActor(id: UserId, name: string, given: { address?: string; userAgent?: string }): Actor {
  return { kind: "user", id, name, can: () => false, ...fromOf(given) };
}

function fromOf(given: { address?: string; userAgent?: string }) {
  return {
    ...(given.address === undefined ? {} : { address: given.address }),
    ...(given.userAgent === undefined ? {} : { userAgent: given.userAgent }),
  };
}
