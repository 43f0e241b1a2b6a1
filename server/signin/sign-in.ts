import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import type { FailureCode } from "../contract/failure.ts";
import { rehashCredential, selectCredential } from "../db/sql/credentials.ts";
import { noteSignIn } from "../db/sql/sign-ins.ts";
import { selectUserByLogin } from "../db/sql/users.ts";
import type { UserRow } from "../db/sql/users.ts";
import { inWork } from "../db/work.ts";
import type { Actor } from "../db/work.ts";
import { rememberOrigin } from "../devices/known-origins.ts";
import type { News } from "../devices/known-origins.ts";
import type { Origin } from "../devices/origin.ts";
import type { House } from "../house.ts";
import { addJob } from "../jobs/add-job.ts";
import type { AppId, UserId } from "../kernel/ids.ts";
import { tellExpired } from "../passwords/expire-password.ts";
import { fitsHash, hashPassword, needsRehash } from "../passwords/hash.ts";
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
}

/** The right password was given; `mustChange` says that nothing opens before another is set. */
export interface SignedIn {
  userId: UserId;
  displayName: string;
  mustChange: "temporary" | "expired" | null;
  /** Which password it was. */
  credentialId: string;
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
  const { user, credential, fits } = await check(house, login, given.password).catch(async (error: unknown) => {
    // Nothing was found out about the password: whoever meets a busy server has not failed.
    await leave.takeBack();
    throw error;
  });
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
  return {
    userId: user.id,
    displayName: user.display_name,
    mustChange: await mustChange(house, credential),
    credentialId: credential.id,
  };
}

async function check(house: House, login: string, password: string) {
  const user = await find(house, login);
  const credential = user === undefined ? undefined : await selectCredential(house.db, user.id);
  return { user, credential, fits: await fitsHash(password, credential?.hash) };
}

async function find(house: House, login: string): Promise<UserRow | undefined> {
  return login.includes("\0") ? undefined : await selectUserByLogin(house.db, login);
}

/** A sign-in whose every step is done. */
export interface CompleteSignIn extends Omit<SignInTry, "login" | "password"> {
  userId: UserId;
  displayName: string;
  amr: readonly string[];
  origin: Origin;
  /** What of device, network and place was new when it was admitted. */
  news: News;
  /** Whether the person has confirmed it by a link from a mail. */
  isConfirmed: boolean;
}

/**
 * Tells the log that somebody is in, after every step of the sign-in; counts it (U1), remembers where it came from, and
 * tells the person by mail when that is new.
 */
export async function completeSignIn(house: House, given: CompleteSignIn): Promise<void> {
  const { userId, displayName, news, app, address, userAgent } = given;
  await inWork(house, { actor: signingActor(userId, displayName, given), requestId: given.requestId }, async (work) => {
    await noteSignIn(work.tx, { userId, address: address ?? null, now: work.now });
    await rememberOrigin(work.tx, userId, given.origin, work.now);
    const isNews = news.kinds.length > 0 && !news.isFirst;
    record(work, {
      type: "signin.succeeded",
      subject: { kind: "user", id: userId, name: displayName },
      ...(app === undefined ? {} : { appId: app.id }),
      details: { amr: given.amr, app: app?.name ?? null, ...(isNews ? { new: news.kinds } : {}) },
    });
    if (!isNews || given.isConfirmed || !(await readSettings(work.tx))["protection.mailOnNew"]) return;
    addJob(work.tx, "signIn.tellNew", {
      userId,
      at: work.now.getTime(),
      news: news.kinds,
      ...(app === undefined ? {} : { app: app.name }),
      ...(address === undefined ? {} : { address }),
      ...(userAgent === undefined ? {} : { userAgent }),
    });
  });
}

/** Why somebody who has proven who they are may not sign in. */
export function refusalOf(user: Pick<UserRow, "status">, given: TryFrom): FailureCode | undefined {
  if (user.status === "disabled") return "signin.disabled";
  // A blocked account may still look after itself on the own account pages.
  if (user.status === "blocked" && given.app !== undefined) return "signin.blocked";
  return undefined;
}

async function mustChange(house: House, credential: { is_temporary: boolean; created_at: Date }) {
  if (credential.is_temporary) return "temporary";
  const now = house.now();
  const days = (await readSettings(house.db))["passwords.maxAgeDays"];
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
  await inWork(house, { actor, requestId: given.requestId }, async (work) => {
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
