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
  /** Second factor: not asked for, to be given, to be enrolled first, given. */
  factor: "none" | "ask" | "enroll" | "passed";
  /** Whether recovery codes were just made that the person is to keep. */
  codes: "none" | "unseen";
  /** Whether the browser may be used: not asked yet, or no place is left. */
  device: "open" | "full";
}

/** What is waited for; `admit` is the house's own to do. */
export type Step = "factor" | "enroll" | "codes" | "device" | "admit";

export type AttemptEvent =
  | { type: "factorPassed"; amr: readonly string[] }
  | { type: "factorEnrolled"; amr: readonly string[] }
  | { type: "codesSeen" }
  /** @param hasFactor whether the account has a factor: it guards its devices, asked for before or not */
  | { type: "deviceRefused"; hasFactor: boolean }
  | { type: "deviceRemoved" };

/** An attempt after the right password. */
export function beginAttempt(signedIn: SignedIn, factor: "none" | "ask" | "enroll"): Attempt {
  const { userId, displayName, credentialId } = signedIn;
  return { userId, displayName, credentialId, amr: ["pwd"], factor, codes: "none", device: "open" };
}

/** The step that comes next: first all proofs, then the device. */
export function stepOf(attempt: Attempt): Step {
  if (attempt.factor === "ask") return "factor";
  if (attempt.factor === "enroll") return "enroll";
  if (attempt.codes === "unseen") return "codes";
  return attempt.device === "full" ? "device" : "admit";
}

/** The step at which each event may happen. */
const places: Readonly<Record<AttemptEvent["type"], Step>> = {
  factorPassed: "factor",
  factorEnrolled: "enroll",
  codesSeen: "codes",
  deviceRefused: "admit",
  deviceRemoved: "device",
};

/**
 * The attempt after an event.
 *
 * @returns undefined when the event does not belong to the step that is waited for: nothing has happened then
 */
export function advance(attempt: Attempt, event: AttemptEvent): Attempt | undefined {
  if (stepOf(attempt) !== places[event.type]) return undefined;
  switch (event.type) {
    case "factorPassed":
      return { ...attempt, factor: "passed", amr: [...new Set([...attempt.amr, ...event.amr])] };
    case "factorEnrolled":
      return { ...attempt, factor: "passed", codes: "unseen", amr: [...new Set([...attempt.amr, ...event.amr])] };
    case "codesSeen":
      return { ...attempt, codes: "none" };
    case "deviceRefused": {
      const mustProve = event.hasFactor && attempt.factor === "none";
      return { ...attempt, device: "full", factor: mustProve ? "ask" : attempt.factor };
    }
    case "deviceRemoved":
      return { ...attempt, device: "open" };
  }
}
