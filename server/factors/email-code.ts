import { createHmac, randomInt } from "node:crypto";
import { failure } from "../contract/failure.ts";
import type { FailureCode } from "../contract/failure.ts";
import type { Queryable } from "../db/queryable.ts";
import {
  hasEmailCode,
  insertEmailFactor,
  putEmailCode,
  touchEmailFactor,
  useEmailCode,
} from "../db/sql/email-codes.ts";
import { selectFactors } from "../db/sql/factors.ts";
import type { UserRow } from "../db/sql/users.ts";
import type { Work } from "../db/work.ts";
import type { House } from "../house.ts";
import type { UserId } from "../kernel/ids.ts";
import type { Keyring } from "../kernel/keyring.ts";
import { hashSecret } from "../kernel/secrets.ts";
import { localeOf } from "../kernel/words/locale.ts";
import { queueMail } from "../mail/queue-mail.ts";
import { readSettings } from "../settings/read-settings.ts";
import { browserName } from "../sessions/browser-name.ts";
import { requireLockedUser } from "../users/update-user.ts";
import { requireEnrollable, tellEnrolled } from "./enroll-factor.ts";

/** Short enough for a code of six digits (ASVS 6.5.5), long enough for a slow mail. */
const minutes = 10;

/** An address counts as settled so long after it was changed: who changed it is noticed by then. */
const settledDays = 7;

/**
 * Sends a code to the primary email. An older one for the same place stops working. How often is the caller's to bound.
 *
 * @param place the sign-in or session that it is for: in another it counts for nothing (ASVS 6.6.2)
 * @param appName what is signed in to, when it is an app
 * @throws user.missing user.emailMissing factor.off
 */
export async function sendCode(
  work: Work,
  house: House,
  userId: UserId,
  place: string,
  appName?: string,
): Promise<void> {
  // open to all: it goes to the owner of the account, whoever asks
  const user = await requireLockedUser(work, userId);
  const settings = await readSettings(work.tx);
  if (!settings["factors.email"]) throw failure("factor.off");
  if (user.email === null) throw failure("user.emailMissing");
  const code = String(randomInt(1_000_000)).padStart(6, "0");
  const [hash = Buffer.alloc(0)] = codeHashes(house.keyring, place, userId, code);
  const expiresAt = new Date(work.now.getTime() + minutes * 60_000);
  const { now } = work;
  await putEmailCode(work.tx, { place: hashSecret(place), userId, address: user.email, hash, now, expiresAt });
  const device = browserName(work.actor.userAgent);
  await queueMail(house, work.tx, {
    to: user.email,
    userId,
    name: "sign-in-code",
    locale: localeOf(user.locale) ?? localeOf(settings["organization.locale"]) ?? "en",
    now,
    data: {
      organization: settings["organization.name"],
      name: user.display_name,
      username: user.username ?? "",
      code,
      ttlSeconds: minutes * 60,
      ...(appName === undefined ? {} : { app: appName }),
      ...(device === null ? {} : { device }),
      ...(work.actor.address === undefined ? {} : { address: work.actor.address }),
    },
  });
}

/** Whether a code is on its way to this place. */
export async function isCodeSent(from: Queryable, userId: UserId, place: string, now: Date): Promise<boolean> {
  return await hasEmailCode(from, hashSecret(place), userId, now);
}

/** Says whether a code is right, and uses it up. A wrong one is counted, in the transaction too: do not roll it back. */
export async function proveEmailCode(
  work: Work,
  keyring: Keyring,
  userId: UserId,
  place: string,
  code: string,
): Promise<string | undefined> {
  const hashes = codeHashes(keyring, place, userId, code.replaceAll(/\D/g, ""));
  const address = await useEmailCode(work.tx, { place: hashSecret(place), userId, hashes, now: work.now });
  if (address !== undefined) await touchEmailFactor(work.tx, userId, work.now);
  return address;
}

/**
 * Turns codes by email on, by the first one (U11).
 *
 * @param isDemanded whether the sign-in asks for it, whatever the policy for the user says
 * @returns the recovery codes, none when there are some already; or undefined when the code is wrong, which is counted
 * @throws factor.off factor.exists factor.emailUnsettled access.denied
 */
export async function enrollEmail(
  work: Work,
  keyring: Keyring,
  userId: UserId,
  place: string,
  code: string,
  isDemanded = false,
): Promise<string[] | undefined> {
  const user = await requireEnrollable(work, userId, isDemanded);
  await requireMailFactor(work, user);
  const address = await proveEmailCode(work, keyring, userId, place, code);
  if (address === undefined) return undefined;
  if ((await insertEmailFactor(work.tx, userId, address, work.now)) === 0) throw failure("factor.exists");
  return await tellEnrolled(work, keyring, user, { kind: "email" });
}

/** Makes sure that codes by email may be turned on. @throws factor.off factor.emailUnsettled user.emailMissing */
export async function requireMailFactor(work: Work, user: UserRow): Promise<void> {
  const why = await mailRefusal(work.tx, user, work.now);
  if (why !== undefined) throw failure(why);
}

/** Why codes by email cannot be turned on, if so. */
export async function mailRefusal(from: Queryable, user: UserRow, now: Date): Promise<FailureCode | undefined> {
  if (!(await readSettings(from))["factors.email"]) return "factor.off";
  if (user.email === null) return "user.emailMissing";
  const others = (await selectFactors(from, user.id, true)).filter((factor) => factor.kind !== "email");
  return others.length === 0 && !isSettled(user, now) ? "factor.emailUnsettled" : undefined;
}

/** An address that was just changed is not trusted with an account alone: whoever changed it may be the thief. */
function isSettled(user: Pick<UserRow, "email_changed_at">, now: Date): boolean {
  const changed = user.email_changed_at?.getTime() ?? 0;
  return now.getTime() - changed >= settledDays * 86_400_000;
}

/** The forms in which a code may be kept, newest key first: keyed, since six digits are soon guessed from a digest. */
function codeHashes(keyring: Keyring, place: string, userId: UserId, code: string): Buffer[] {
  return keyring
    .signingKeys("codes by email")
    .map((key) => createHmac("sha256", key).update(`${place}\n${userId}\n${code}`).digest());
}
