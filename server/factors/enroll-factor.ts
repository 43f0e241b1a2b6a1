import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import type { FactorKind } from "../contract/users.ts";
import { countCodes, insertTotp, replaceCodes, selectTotp } from "../db/sql/factors.ts";
import type { UserRow } from "../db/sql/users.ts";
import type { Work } from "../db/work.ts";
import { newId } from "../kernel/ids.ts";
import type { UserId } from "../kernel/ids.ts";
import type { Keyring } from "../kernel/keyring.ts";
import { allow } from "../permissions/rules.ts";
import { readSettings } from "../settings/read-settings.ts";
import { factorLevel } from "../users/factor-level.ts";
import { requireLockedUser, targetOf } from "../users/update-user.ts";
import { factorRules } from "./policy.ts";
import { hasFactor } from "./read-factors.ts";
import { newRecoveryCodes, recoveryHashes } from "./recovery-codes.ts";
import { tellFactorChange } from "./tell-change.ts";
import { newTotpSecret, totpPurpose, totpSecretOf, totpStep } from "./totp.ts";

const purpose = "enrolment of an authenticator app";
const minutes = 15;

/** A secret that waits for its first code. It is in the page alone: who goes away leaves nothing behind. */
export interface Enrolment {
  secret: string;
  /** Carries the secret from one page to the next: encrypted, for this account and place alone. */
  ticket: string;
}

/**
 * @param place the sign-in or session that the enrolment belongs to
 * @param isLasting whether the same place gets the same secret again: a sign-in does, which enrolls once
 */
export function beginEnrolment(
  keyring: Keyring,
  userId: UserId,
  place: string,
  now: Date,
  isLasting = false,
): Enrolment {
  const secret = isLasting ? totpSecretOf(keyring, `${place}\n${userId}`) : newTotpSecret();
  const expiresAt = now.getTime() + minutes * 60_000;
  const ticket = keyring.seal(purpose, JSON.stringify({ secret, userId, place, expiresAt })).toString("base64url");
  return { secret, ticket };
}

/** Reads a ticket, or undefined when it is made up, too old, or of another account or place. */
export function readEnrolment(
  keyring: Keyring,
  ticket: string,
  userId: UserId,
  place: string,
  now: Date,
): Enrolment | undefined {
  try {
    const read = JSON.parse(keyring.open(purpose, Buffer.from(ticket, "base64url"))) as Record<string, unknown>;
    const isOurs = read["userId"] === userId && read["place"] === place && Number(read["expiresAt"]) > now.getTime();
    return isOurs ? { secret: String(read["secret"]), ticket } : undefined;
  } catch {
    // Made up, or from before a change of keys; both mean that the enrolment begins again.
    return undefined;
  }
}

/**
 * Adds an authenticator app once its first code was typed (U11), with recovery codes if there are none yet.
 *
 * @param isDemanded whether the sign-in asks for it, whatever the policy for the user says
 * @returns the recovery codes, which are shown once; none when there are some already
 * @throws factor.wrongCode  the code does not fit the secret
 * @throws factor.exists     there is one already: it is removed first, so that nobody adds one unnoticed
 * @throws factor.off access.denied
 */
export async function enrollFactor(
  work: Work,
  keyring: Keyring,
  userId: UserId,
  enrolment: Enrolment,
  code: string,
  isDemanded = false,
): Promise<string[]> {
  const user = await requireEnrollable(work, userId, isDemanded);
  if ((await selectTotp(work.tx, userId)) !== undefined) throw failure("factor.exists");
  const step = totpStep(enrolment.secret, code, work.now);
  if (step === undefined) throw failure("factor.wrongCode", { field: "code" });
  const sealed = keyring.seal(totpPurpose, enrolment.secret);
  await insertTotp(work.tx, { id: newId(work.now), userId, sealed, step, now: work.now });
  return await tellEnrolled(work, keyring, user, { kind: "totp" });
}

/** The locked user, if a factor may be added. @throws factor.off access.denied user.missing */
export async function requireEnrollable(work: Work, userId: UserId, isDemanded: boolean): Promise<UserRow> {
  const user = await requireLockedUser(work, userId);
  allow(factorRules, work.actor, "factor.enroll", targetOf(user));
  const level = factorLevel(user, { requireFactor: isDemanded }, await readSettings(work.tx));
  if (level === "off") throw failure("factor.off");
  return user;
}

/** Records a factor that was added, tells its owner, and makes recovery codes where there are none. @returns them */
export async function tellEnrolled(
  work: Work,
  keyring: Keyring,
  user: UserRow,
  what: { kind: FactorKind; name?: string },
): Promise<string[]> {
  record(work, {
    type: "factor.enrolled",
    subject: { kind: "user", id: user.id, name: user.display_name },
    details: what,
  });
  tellFactorChange(work, user.id, "added", { kind: what.kind });
  return (await countCodes(work.tx, user.id)) > 0 ? [] : await giveCodes(work, keyring, user.id);
}

/**
 * Puts a new set of recovery codes in the place of the old one.
 *
 * @returns the codes, which are shown once
 * @throws factor.missing there is no factor that they could stand in for
 */
export async function renewCodes(work: Work, keyring: Keyring, userId: UserId): Promise<string[]> {
  const user = await requireLockedUser(work, userId);
  allow(factorRules, work.actor, "factor.enroll", targetOf(user));
  if (!(await hasFactor(work.tx, userId))) throw failure("factor.missing");
  record(work, {
    type: "factor.codesRenewed",
    subject: { kind: "user", id: userId, name: user.display_name },
  });
  tellFactorChange(work, userId, "codesRenewed");
  return await giveCodes(work, keyring, userId);
}

async function giveCodes(work: Work, keyring: Keyring, userId: UserId): Promise<string[]> {
  const codes = newRecoveryCodes();
  const hashes = codes.flatMap((code) => recoveryHashes(keyring, userId, code).slice(0, 1));
  await replaceCodes(work.tx, userId, hashes, work.now);
  return codes;
}
