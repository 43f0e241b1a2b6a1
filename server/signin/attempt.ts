import type { UserId } from "../kernel/ids.ts";
import type { SignedIn } from "./sign-in.ts";

/**
 * How far a sign-in has come after the first proof of who somebody is. Kept on the server (see hold-attempt.ts); only
 * the functions here say what comes next, so that no page can be reached by posting to it.
 */
export interface Attempt {
  userId: UserId;
  displayName: string;
  /** The password that was given; null when none was. */
  credentialId: string | null;
  /** How the person has proven who they are so far (RFC 8176). */
  amr: readonly string[];
  /** Whether the browser may be used: not asked yet, or no place is left. */
  device: "open" | "full";
}

/** What is waited for; `admit` is the house's own to do. */
export type Step = "device" | "admit";

export type AttemptEvent = { type: "deviceRefused" } | { type: "deviceRemoved" };

/** An attempt after the right password. */
export function beginAttempt(signedIn: SignedIn): Attempt {
  const { userId, displayName, credentialId } = signedIn;
  return { userId, displayName, credentialId, amr: ["pwd"], device: "open" };
}

/** The step that comes next. */
export function stepOf(attempt: Attempt): Step {
  return attempt.device === "full" ? "device" : "admit";
}

/**
 * The attempt after an event.
 *
 * @returns undefined when the event does not belong to the step that is waited for: nothing has happened then
 */
export function advance(attempt: Attempt, event: AttemptEvent): Attempt | undefined {
  const step = stepOf(attempt);
  switch (event.type) {
    case "deviceRefused":
      return step === "admit" ? { ...attempt, device: "full" } : undefined;
    case "deviceRemoved":
      return step === "device" ? { ...attempt, device: "open" } : undefined;
  }
}
