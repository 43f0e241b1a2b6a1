import { record } from "../audit/record.ts";
import { inWork } from "../db/work.ts";
import type { Work } from "../db/work.ts";
import { selectFactors } from "../db/sql/factors.ts";
import type { UserRow } from "../db/sql/users.ts";
import { isTrusted } from "../devices/trust-device.ts";
import { enrollFactor, readEnrolment } from "../factors/enroll-factor.ts";
import { factorLevel, factorStep } from "../factors/factor-level.ts";
import { proveFactor } from "../factors/prove-factor.ts";
import type { ProofWay } from "../factors/prove-factor.ts";
import type { House } from "../house.ts";
import { readSettings } from "../settings/read-settings.ts";
import { requireLockedUser } from "../users/update-user.ts";
import { actorOf, admit } from "./admit-attempt.ts";
import type { Admitted } from "./admit-attempt.ts";
import type { StepFrom } from "./step-from.ts";
import { advance, isPersonStep, stepOf } from "./attempt.ts";
import type { Attempt, AttemptEvent } from "./attempt.ts";
import { holdAttempt, takeAttempt } from "./hold-attempt.ts";
import type { HeldAttempt } from "./hold-attempt.ts";
import { beginCode } from "./throttle.ts";
import type { Throttle } from "./throttle.ts";

/** What the methods of each way are called (RFC 8176 §2); it knows no word for a recovery code. */
const methods: Readonly<Record<ProofWay, readonly string[]>> = { totp: ["otp", "mfa"], recovery: ["mfa"] };

/**
 * Whether a sign-in asks for a second factor.
 *
 * A trusted browser (S4) stands in for the factor, unless the app or the request asks for one.
 *
 * @param asked.requires the app requires one
 * @param asked.insists  the request says that nothing weaker will do (OpenID Connect Core §5.5.1.1)
 * @param deviceSecret   what the browser's long-lived cookie says
 */
export async function factorFor(
  house: House,
  user: Pick<UserRow, "id" | "factor_rule">,
  asked: { requires: boolean; insists: boolean },
  deviceSecret: string,
): Promise<"none" | "ask" | "enroll"> {
  const settings = await readSettings(house.db);
  const level = factorLevel(user, { requireFactor: asked.requires }, settings);
  const hasFactor = (await selectFactors(house.db, user.id)).length > 0;
  // Whoever has none is not made to enroll by a request: the app hears that it cannot be met.
  if (asked.insists && hasFactor) return "ask";
  const step = factorStep(level, hasFactor);
  if (step !== "ask" || asked.requires) return step;
  return (await isTrusted(house.db, user.id, deviceSecret, settings, house.now())) ? "none" : "ask";
}

/**
 * Takes the code of a second factor. Every try counts for the account, in whatever sign-in it is made.
 *
 * @returns the next step; the same attempt when the code is wrong; undefined when the form is old
 * @throws signin.throttled
 */
export async function proveAttempt(
  house: House,
  throttle: Throttle,
  uid: string,
  held: HeldAttempt,
  given: { way: ProofWay; code: string; trust: boolean },
  from: StepFrom,
): Promise<Admitted | { wrong: HeldAttempt } | undefined> {
  const leave = await beginCode(throttle, held.attempt.userId);
  const result = await inStep(house, uid, held, from, "factor", async (work, taken) => {
    const { userId, displayName } = taken.attempt;
    if (!(await proveFactor(work, house.keyring, userId, given.way, given.code))) {
      record(work, {
        type: "signin.failed",
        outcome: "failure",
        reason: "wrongCode",
        subject: { kind: "user", id: userId, name: displayName },
        ...(from.app === undefined ? {} : { appId: from.app.id }),
        details: { app: from.app?.name ?? null },
      });
      return { wrong: taken };
    }
    return await onward(
      work,
      uid,
      taken.attempt,
      { type: "factorPassed", amr: methods[given.way], trust: given.trust },
      from,
    );
  });
  if (result === undefined) await leave.takeBack();
  else if (!("wrong" in result)) await leave.succeed();
  return result;
}

/**
 * Enrolls an authenticator app during a sign-in that requires a factor, by its first code.
 *
 * @returns the recovery codes, shown once, and the attempt at its next step; undefined when form or ticket is old
 * @throws factor.wrongCode signin.throttled
 */
export async function enrollAttempt(
  house: House,
  throttle: Throttle,
  uid: string,
  held: HeldAttempt,
  given: { ticket: string; code: string },
  from: StepFrom,
): Promise<{ codes: string[]; held: HeldAttempt } | undefined> {
  const { userId } = held.attempt;
  const enrolment = readEnrolment(house.keyring, given.ticket, userId, uid, house.now());
  if (enrolment === undefined) return undefined;
  const leave = await beginCode(throttle, userId);
  const result = await inStep(house, uid, held, from, "enroll", async (work, taken) => {
    const codes = await enrollFactor(work, house.keyring, userId, enrolment, given.code);
    const after = advance(taken.attempt, { type: "factorEnrolled", amr: methods.totp });
    if (after === undefined) throw new Error("an enrolment happens at its step");
    return { codes, held: await holdAttempt(work.tx, uid, work.now, after) };
  });
  await (result === undefined ? leave.takeBack() : leave.succeed());
  return result;
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
