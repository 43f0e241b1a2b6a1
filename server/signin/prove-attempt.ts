import { record } from "../audit/record.ts";
import { inWork } from "../db/work.ts";
import type { Work } from "../db/work.ts";
import type { UserRow } from "../db/sql/users.ts";
import { isTrusted } from "../devices/trust-device.ts";
import { enrollEmail, isCodeSent, requireMailFactor, sendCode } from "../factors/email-code.ts";
import { enrollFactor, readEnrolment } from "../factors/enroll-factor.ts";
import { enrollPasskey, offerPasskey } from "../factors/enroll-passkey.ts";
import type { PasskeyOffer } from "../factors/enroll-passkey.ts";
import { factorLevel, factorStep } from "../users/factor-level.ts";
import { proveFactor } from "../factors/prove-factor.ts";
import type { Proof } from "../factors/prove-factor.ts";
import { hasFactor } from "../factors/read-factors.ts";
import type { House } from "../house.ts";
import { knowSettings } from "../settings/read-settings.ts";
import { requireLockedUser } from "../users/update-user.ts";
import { actorOf, admit } from "./admit-attempt.ts";
import type { Admitted } from "./admit-attempt.ts";
import type { StepFrom } from "./step-from.ts";
import { advance, isPersonStep, stepOf } from "./attempt.ts";
import type { Attempt, AttemptEvent } from "./attempt.ts";
import { holdAttempt, takeAttempt } from "./hold-attempt.ts";
import type { HeldAttempt } from "./hold-attempt.ts";
import { beginCode, countCodeMail } from "./throttle.ts";
import type { Throttle } from "./throttle.ts";

/** What a person enrolls during a sign-in, and what they showed for it. */
export type Enrolling =
  | { way: "totp"; ticket: string; code: string }
  | { way: "passkey"; ticket: string; answer: string; name: string }
  | { way: "email"; code: string };

/** What the method is called that a factor was enrolled by: who enrolls it has it at hand (RFC 8176 §2). */
const methods = { totp: ["otp", "mfa"], passkey: ["swk", "user", "mfa"], email: ["email", "mfa"] } as const;

/**
 * Whether a sign-in asks for a second factor.
 *
 * A trusted browser (S4) stands in for the factor, unless the app or the request asks for one.
 *
 * @param asked.requires the app requires one
 * @param asked.insists  the request says that nothing weaker will do (OpenID Connect Core §5.5.1.1)
 * @param known          what is read already
 */
export async function factorFor(
  house: House,
  user: Pick<UserRow, "id" | "factor_rule" | "role_factor_policy">,
  asked: { requires: boolean; insists: boolean },
  { deviceSecret, settings }: Pick<StepFrom, "deviceSecret" | "settings">,
  known?: { hasFactor: boolean },
): Promise<"none" | "ask" | "enroll"> {
  const level = factorLevel(user, { requireFactor: asked.requires }, settings);
  const has = known?.hasFactor ?? (await hasFactor(house.db, user.id));
  // Whoever has none is not made to enroll by a request: the app hears that it cannot be met.
  if (asked.insists && has) return "ask";
  const step = factorStep(level, has);
  if (step !== "ask" || asked.requires) return step;
  return (await isTrusted(house.db, user.id, deviceSecret, settings, house.now())) ? "none" : "ask";
}

/** What a passkey of a step is asked for: a sign-in at one turn. */
export function stepPlace(uid: string, { turn }: HeldAttempt): string {
  return `${uid}\n${turn}`;
}

/**
 * Takes the proof of a second factor. Every try counts for the account, in whatever sign-in it is made.
 *
 * @returns the next step; the same attempt when the proof is wrong; undefined when the form is old
 * @throws signin.throttled
 */
export async function proveAttempt(
  house: House,
  throttle: Throttle,
  uid: string,
  held: HeldAttempt,
  given: Proof & { trust: boolean },
  from: StepFrom,
): Promise<Admitted | { wrong: HeldAttempt } | undefined> {
  const leave = await beginCode(throttle, held.attempt.userId);
  const result = await inStep(house, uid, held, from, "factor", async (work, taken) => {
    const { userId, displayName } = taken.attempt;
    const amr = await proveFactor(work, house, userId, given, { signIn: uid, step: stepPlace(uid, held) });
    if (amr === undefined) {
      record(work, {
        type: "signin.failed",
        outcome: "failure",
        reason: given.way === "passkey" ? "wrongPasskey" : "wrongCode",
        subject: { kind: "user", id: userId, name: displayName },
        ...(from.app === undefined ? {} : { appId: from.app.id }),
        details: { app: from.app?.name ?? null },
      });
      return { wrong: taken };
    }
    return await onward(work, uid, taken.attempt, { type: "factorPassed", amr, trust: given.trust }, from);
  });
  if (result === undefined) await leave.takeBack();
  else if (!("wrong" in result)) await leave.succeed();
  return result;
}

/**
 * Sends a code by email for the step that waits, a factor to give or to enroll.
 *
 * @returns undefined when the form is old, or nothing waits for one
 * @throws signin.throttled factor.off factor.emailUnsettled user.emailMissing
 */
export async function mailCode(
  house: House,
  throttle: Throttle,
  uid: string,
  held: HeldAttempt,
  from: StepFrom,
): Promise<HeldAttempt | undefined> {
  const step = stepOf(held.attempt);
  if (step !== "factor" && step !== "enroll") return undefined;
  await countCodeMail(throttle, held.attempt.userId);
  return await inStep(house, uid, held, from, step, async (work, taken) => {
    const { userId } = taken.attempt;
    if (step === "enroll") await requireMailFactor(work, await requireLockedUser(work, userId));
    await sendCode(work, house, userId, uid, from.app?.name);
    return taken;
  });
}

/** Whether a code is on its way to a sign-in. */
export async function isCodeMailed(house: House, uid: string, { attempt }: HeldAttempt): Promise<boolean> {
  return await isCodeSent(house.db, attempt.userId, uid, house.now());
}

/** Offers to make a passkey at a step that enrolls. @returns undefined where none can be made */
export async function offerAtStep(
  house: House,
  uid: string,
  held: HeldAttempt,
  from: StepFrom,
): Promise<PasskeyOffer | undefined> {
  return await inWork(
    house,
    { actor: actorOf(held.attempt, from), requestId: from.requestId },
    async (work) => await offerPasskey(work, house, held.attempt.userId, stepPlace(uid, held)),
  );
}

/**
 * Enrolls a factor during a sign-in that requires one.
 *
 * @returns the recovery codes, shown once, and the attempt at its next step; the same attempt when the code by email is
 *   wrong; undefined when form or ticket is old
 * @throws factor.* signin.throttled
 */
export async function enrollAttempt(
  house: House,
  throttle: Throttle,
  uid: string,
  held: HeldAttempt,
  given: Enrolling,
  from: StepFrom,
): Promise<{ codes: string[]; next: Admitted } | { wrong: HeldAttempt } | undefined> {
  const { userId } = held.attempt;
  if (given.way === "totp" && readEnrolment(house.keyring, given.ticket, userId, uid, house.now()) === undefined) {
    return undefined;
  }
  const leave = await beginCode(throttle, userId);
  const result = await inStep(house, uid, held, from, "enroll", async (work, taken) => {
    const codes = await enroll(work, house, uid, held, given);
    if (codes === undefined) return { wrong: taken };
    const hasCodes = codes.length > 0;
    const event = { type: "factorEnrolled" as const, amr: methods[given.way], hasCodes };
    return { codes, next: await onward(work, uid, taken.attempt, event, from) };
  });
  if (result === undefined) await leave.takeBack();
  else if (!("wrong" in result)) await leave.succeed();
  return result;
}

async function enroll(
  work: Work,
  house: House,
  uid: string,
  held: HeldAttempt,
  given: Enrolling,
): Promise<string[] | undefined> {
  const { userId } = held.attempt;
  switch (given.way) {
    case "totp": {
      const enrolment = readEnrolment(house.keyring, given.ticket, userId, uid, work.now);
      return enrolment && (await enrollFactor(work, house.keyring, userId, enrolment, given.code, true));
    }
    case "passkey": {
      const { ticket, answer: response, name } = given;
      const place = stepPlace(uid, held);
      return await enrollPasskey(work, house, userId, { place, ticket, response, name }, true);
    }
    case "email":
      return await enrollEmail(work, house.keyring, userId, uid, given.code, true);
  }
}

/** Goes on after the recovery codes were seen. @returns undefined when the form is old */
export async function passCodes(
  house: House,
  uid: string,
  held: HeldAttempt,
  from: StepFrom,
): Promise<Admitted | undefined> {
  return await inStep(
    house,
    uid,
    held,
    from,
    "codes",
    async (work, taken) => await onward(work, uid, taken.attempt, { type: "codesSeen" }, from),
  );
}

/** Runs one step in a transaction, if the form's turn is the attempt's and the attempt is at the step. */
export async function inStep<Result>(
  house: House,
  uid: string,
  held: HeldAttempt,
  from: StepFrom,
  step: ReturnType<typeof stepOf>,
  act: (work: Work, taken: HeldAttempt) => Promise<Result>,
): Promise<Result | undefined> {
  const actor = actorOf(held.attempt, from);
  return await inWork(house, { actor, requestId: from.requestId }, async (work) => {
    knowSettings(work.tx, from.settings);
    // The user first, as in every change of devices and factors, so that two of them never wait for each other.
    await requireLockedUser(work, held.attempt.userId);
    const taken = await takeAttempt(work.tx, uid, work.now, held.turn);
    return taken === undefined || stepOf(taken.attempt) !== step ? undefined : await act(work, taken);
  });
}

/** Goes on from a step after what happened there, as far as the house gets without the person. */
export async function onward(
  work: Work,
  uid: string,
  attempt: Attempt,
  event: AttemptEvent,
  from: StepFrom,
): Promise<Admitted> {
  const after = advance(attempt, event);
  if (after === undefined) throw new Error(`${event.type} does not belong to ${stepOf(attempt)}`);
  if (!isPersonStep(stepOf(after))) return await admit(work, uid, after, from);
  return { held: await holdAttempt(work.tx, uid, work.now, after) };
}
