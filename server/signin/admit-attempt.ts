import type { Failure } from "../contract/failure.ts";
import type { Actor } from "../db/work.ts";
import { inSqlWork } from "../db/work.ts";
import type { Work } from "../db/work.ts";
import { admitDevice } from "../devices/admit-device.ts";
import { newsOf } from "../devices/known-origins.ts";
import { removeDevice } from "../devices/remove-device.ts";
import { trustDevice } from "../devices/trust-device.ts";
import { hasFactor } from "../factors/read-factors.ts";
import type { House } from "../house.ts";
import type { DeviceId } from "../kernel/ids.ts";
import { knowSettings, readSetting } from "../settings/read-settings.ts";
import { requireLockedUser } from "../users/update-user.ts";
import { advance, isPersonStep, stepOf } from "./attempt.ts";
import type { Attempt } from "./attempt.ts";
import { completeSignIn } from "./complete-sign-in.ts";
import { holdAttempt, takeAttempt } from "./hold-attempt.ts";
import type { HeldAttempt } from "./hold-attempt.ts";
import { protectAttempt } from "./protect-attempt.ts";
import type { StepFrom } from "./step-from.ts";

/** Somebody is in, from a registered device; or the attempt waits at its next step; or it is over. */
export type Admitted = { attempt: Attempt; deviceId: DeviceId } | { held: HeldAttempt } | { refusal: Failure };

/**
 * Admits the browser of an attempt whose every proof is given, or keeps the attempt waiting: for a link from a mail
 * (S3), or at the limit of devices (S4).
 *
 * @throws user.missing
 */
export async function admitAttempt(house: House, uid: string, attempt: Attempt, from: StepFrom): Promise<Admitted> {
  return await inSqlWork(
    house,
    { actor: actorOf(attempt, from), requestId: from.requestId },
    async (work) => await admit(work, uid, attempt, from),
  );
}

/**
 * Removes a device that the person chose at the limit, and admits the browser in its place, in one transaction.
 *
 * @returns undefined when the form is old: its turn was taken, or the attempt is at another step
 * @throws device.missing the device is gone meanwhile; nothing is changed
 */
export async function replaceDevice(
  house: House,
  uid: string,
  held: HeldAttempt,
  deviceId: string,
  from: StepFrom,
): Promise<Admitted | undefined> {
  const actor = actorOf(held.attempt, from);
  return await inSqlWork(house, { actor, requestId: from.requestId }, async (work) => {
    knowSettings(work.tx, from.settings);
    // The user first, as in every change of devices and factors, so that two of them never wait for each other.
    await requireLockedUser(work, held.attempt.userId);
    const taken = await takeAttempt(work.tx, uid, work.now, held.turn);
    const after = taken && advance(taken.attempt, { type: "deviceRemoved" });
    if (after === undefined || !(await readSetting(work.tx, "devices.selfRemoval"))) return undefined;
    await removeDevice(work, after.userId, deviceId);
    return await admit(work, uid, after, from);
  });
}

/** Takes the steps that are the house's own, in the transaction of a step of the person. */
export async function admit(work: Work, uid: string, given: Attempt, from: StepFrom): Promise<Admitted> {
  if (isPersonStep(stepOf(given))) throw new Error(`a sign-in is at ${stepOf(given)} and was to be finished`);
  knowSettings(work.tx, from.settings);
  const user = await requireLockedUser(work, given.userId);
  const news = await newsOf(work.tx, given.userId, from.deviceSecret, from.origin, work.now);
  const attempt = stepOf(given) === "protect" ? await protectAttempt(work, user, uid, given, news, from) : given;
  if (!("userId" in attempt)) return attempt;
  const admission = await admitDevice(work, user, from.deviceSecret, from.app);
  if (admission.isAdmitted) {
    if (attempt.trust) await trustDevice(work, attempt.userId, admission.deviceId);
    await completeSignIn(work, uid, attempt, news, from);
    return { attempt, deviceId: admission.deviceId };
  }
  const has = await hasFactor(work.tx, attempt.userId);
  const waiting = advance(attempt, { type: "deviceRefused", hasFactor: has });
  if (waiting === undefined) throw new Error("a refused device leaves the attempt where it was");
  return { held: await holdAttempt(work.tx, uid, work.now, waiting) };
}

/** Whoever signs in acts as the user whom they have proven to be so far. */
export function actorOf(attempt: Attempt, from: StepFrom): Actor {
  return {
    kind: "user",
    id: attempt.userId,
    name: attempt.displayName,
    can: () => false,
    ...(from.address === undefined ? {} : { address: from.address }),
    ...(from.userAgent === undefined ? {} : { userAgent: from.userAgent }),
  };
}
