import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import type { Failure } from "../contract/failure.ts";
import { countMail, decideConfirmation, selectAwaited, selectConfirmation } from "../db/sql/sign-in-confirmations.ts";
import type { ConfirmationRow } from "../db/sql/sign-in-confirmations.ts";
import { selectUser } from "../db/sql/users.ts";
import type { UserRow } from "../db/sql/users.ts";
import { inWork } from "../db/work.ts";
import type { Actor } from "../db/work.ts";
import type { House } from "../house.ts";
import { addJob } from "../jobs/add-job.ts";
import { requireLockedUser } from "../users/update-user.ts";
import type { Admitted } from "./admit-attempt.ts";
import type { StepFrom } from "./step-from.ts";
import type { HeldAttempt } from "./hold-attempt.ts";
import { readConfirmSecret } from "./protect-attempt.ts";
import { inStep, onward } from "./prove-attempt.ts";

/** Mails of one sign-in, the first one included, and the least time between two of them. */
const mostMails = 4;
const waitSeconds = 60;

/** A sign-in that waits, as whoever has its link sees it. */
export interface Awaited {
  confirmation: ConfirmationRow;
  user: UserRow;
}

/**
 * The sign-in that a link is about, without answering anything: programs open links in mails, too.
 *
 * @throws link.invalid it is made up, answered, too old, or its sign-in goes on no more
 */
export async function readAwaited(house: House, secret: string): Promise<Awaited> {
  const id = readConfirmSecret(house.keyring, secret);
  const confirmation = id === undefined ? undefined : await selectAwaited(house.db, id, house.now());
  const user = confirmation === undefined ? undefined : await selectUser(house.db, confirmation.user_id);
  if (confirmation === undefined || user === undefined) throw failure("link.invalid");
  return { confirmation, user };
}

/**
 * Answers whether a sign-in that waits is the person's own. A yes counts once, for that sign-in alone, and lets nobody
 * in but the browser that waits; a no ends it and tells the administrators.
 *
 * @throws link.invalid as `readAwaited`; of any number of answers at once, all but one
 */
export async function answerConfirmation(
  house: House,
  secret: string,
  answer: "confirmed" | "denied",
  by: { actor: Actor; requestId: string },
): Promise<Awaited> {
  const awaited = await readAwaited(house, secret);
  const { id, app_name: app, user_id: userId } = awaited.confirmation;
  await inWork(house, by, async (work) => {
    // The user first, as in every change of devices and factors, so that two of them never wait for each other.
    const user = await requireLockedUser(work, userId);
    // open to all: who holds a link that only the account's mailbox got answers for it
    if ((await decideConfirmation(work.tx, id, work.now, answer)) === 0) throw failure("link.invalid");
    record(work, {
      ...(answer === "confirmed"
        ? { type: "signin.confirmed" }
        : { type: "signin.denied", outcome: "failure", reason: "notMe" }),
      subject: { kind: "user", id: user.id, name: user.display_name },
      details: { app },
    });
    if (answer === "denied") addJob(work.tx, "signIn.tellDenied", { confirmationId: id });
  });
  return awaited;
}

/** The confirmation that a held attempt waits for. */
export async function confirmationOf(house: House, { attempt }: HeldAttempt): Promise<ConfirmationRow | undefined> {
  return attempt.confirmationId === null ? undefined : await selectConfirmation(house.db, attempt.confirmationId);
}

/**
 * Lets the browser that waits go on after the answer was yes.
 *
 * @returns undefined when the turn was taken: by another request of the same browser
 */
export async function passConfirmed(
  house: House,
  uid: string,
  held: HeldAttempt,
  from: StepFrom,
): Promise<Admitted | undefined> {
  return await inStep(house, uid, held, from, "confirm", async (work, { attempt }) => {
    const { confirmationId } = attempt;
    const row = confirmationId === null ? undefined : await selectConfirmation(work.tx, confirmationId);
    if (confirmationId === null || row?.state !== "confirmed") throw new Error("nobody has confirmed this sign-in");
    return await onward(work, uid, attempt, { type: "linkConfirmed", confirmationId }, from);
  });
}

/**
 * Sends the mail with the link again.
 *
 * @returns undefined when it is on its way; else why not
 */
export async function resendLink(house: House, held: HeldAttempt, from: StepFrom): Promise<Failure | undefined> {
  const { confirmationId, userId, displayName } = held.attempt;
  if (confirmationId === null) return undefined;
  const actor: Actor = { kind: "user", id: userId, name: displayName, can: () => false };
  return await inWork(house, { actor, requestId: from.requestId }, async (work) => {
    // open to all: who waits for the link may ask for it again
    const notBefore = new Date(work.now.getTime() - waitSeconds * 1000);
    if ((await countMail(work.tx, confirmationId, work.now, mostMails, notBefore)) === 1) {
      addJob(work.tx, "signIn.sendLink", { confirmationId });
      return undefined;
    }
    const row = await selectConfirmation(work.tx, confirmationId);
    const until = row === undefined || row.mail_count >= mostMails ? row?.expires_at : lastMail(row);
    const seconds = Math.max(1, Math.ceil(((until ?? work.now).getTime() - work.now.getTime()) / 1000));
    return failure("signin.throttled", { retryAfterSeconds: seconds, data: { seconds } });
  });
}

function lastMail(row: ConfirmationRow): Date {
  return new Date(row.mailed_at.getTime() + waitSeconds * 1000);
}
