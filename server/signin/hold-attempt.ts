import type { Queryable } from "../db/queryable.ts";
import * as rows from "../db/sql/sign-in-attempts.ts";
import type { AttemptRow } from "../db/sql/sign-in-attempts.ts";
import { hashSecret, newSecret } from "../kernel/secrets.ts";
import { unproven } from "./attempt.ts";
import type { Attempt } from "./attempt.ts";

/** An attempt with the turn that the next form must name. */
export interface HeldAttempt {
  turn: string;
  attempt: Attempt;
}

const minutes = 15;

/**
 * The attempt that a sign-in has come to, if it still counts: not too old, its password not replaced, its account not
 * disabled.
 *
 * @param uid the sign-in; that it belongs to this browser was found before (see readInteraction)
 */
export async function readAttempt(from: Queryable, uid: string, now: Date): Promise<HeldAttempt | undefined> {
  return toHeld(await rows.selectAttempt(from, hashSecret(uid), now));
}

/**
 * Takes the turn of a form: of any number of posts with one turn exactly one gets the attempt (ASVS 6.6.2).
 *
 * @returns undefined when it was taken, replaced by another attempt, or does not count any more
 */
export async function takeAttempt(
  from: Queryable,
  uid: string,
  now: Date,
  turn: string,
): Promise<HeldAttempt | undefined> {
  return toHeld(await rows.takeTurn(from, hashSecret(uid), now, turn, newSecret()));
}

/**
 * Keeps an attempt for its next step, in the place of the one that the sign-in had.
 *
 * @param expiresAt until when the step may be taken
 */
export async function holdAttempt(
  to: Queryable,
  uid: string,
  now: Date,
  attempt: Attempt,
  expiresAt = new Date(now.getTime() + minutes * 60_000),
): Promise<HeldAttempt> {
  const turn = newSecret();
  const { userId, credentialId, ...facts } = attempt;
  await rows.putAttempt(to, { id: hashSecret(uid), turn, userId, credentialId, facts, expiresAt });
  return { turn, attempt };
}

/** Forgets the attempt of a sign-in: it is done, or somebody starts again. */
export async function dropAttempt(from: Queryable, uid: string): Promise<void> {
  await rows.dropAttempt(from, hashSecret(uid));
}

function toHeld(row: AttemptRow | undefined): HeldAttempt | undefined {
  if (row === undefined) return undefined;
  const facts = row.facts as unknown as Omit<Attempt, "userId" | "credentialId">;
  // A process of the release before may have kept it with fewer facts.
  return { turn: row.turn, attempt: { ...unproven, ...facts, userId: row.user_id, credentialId: row.credential_id } };
}
