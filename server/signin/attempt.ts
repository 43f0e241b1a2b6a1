import type { UserRow } from "../db/sql/users.ts";
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
  /** Whether the person wants this browser trusted, so that no second factor is asked for here for a while. */
  trust: boolean;
  /** Account protection: not asked yet, waiting for the link of a mail, out of the way. */
  protection: "open" | "wait" | "passed";
  /** The confirmation that is waited for (see protect-attempt.ts); no other counts. */
  confirmationId: string | null;
  /** Whether the browser may be used: not asked yet, or no place is left. */
  device: "open" | "full";
  /** Where the person signed in instead of here; null when it was here. */
  upstream: Upstream | null;
}

/** A sign-in at another provider that this one stands on. */
export interface Upstream {
  connectionId: string;
  subject: string;
  /** The session's name there, when it has one. */
  sid: string | null;
}

/** What is waited for; `protect` and `admit` are the house's own to do. */
export type Step = "factor" | "enroll" | "codes" | "protect" | "confirm" | "device" | "admit";

/** Steps that a person takes, each with a page. */
export type PersonStep = Exclude<Step, "protect" | "admit">;

export type AttemptEvent =
  | { type: "factorPassed"; amr: readonly string[]; trust?: boolean }
  /** @param hasCodes whether recovery codes were made with it */
  | { type: "factorEnrolled"; amr: readonly string[]; hasCodes: boolean }
  | { type: "codesSeen" }
  /** The account is not protected, or is used from where it is known. */
  | { type: "protectionPassed" }
  | { type: "protectionDue"; confirmationId: string }
  | { type: "linkConfirmed"; confirmationId: string }
  /** @param hasFactor whether the account has a factor: it guards its devices, asked for before or not */
  | { type: "deviceRefused"; hasFactor: boolean }
  | { type: "deviceRemoved" };

/** What every attempt begins with, whatever the first proof was. */
export const unproven = {
  codes: "none",
  trust: false,
  protection: "open",
  confirmationId: null,
  device: "open",
  upstream: null,
} as const satisfies Partial<Attempt>;

/**
 * An attempt after the right password.
 *
 * @param protection `passed` for a proof that account protection does not apply to
 */
export function beginAttempt(
  signedIn: SignedIn,
  factor: "none" | "ask" | "enroll",
  protection: "open" | "passed" = "open",
): Attempt {
  const { userId, displayName, credentialId } = signedIn;
  return { ...unproven, userId, displayName, credentialId, amr: ["pwd"], factor, protection };
}

/**
 * An attempt after a sign-in upstream, whose methods are not known here (`fed`).
 *
 * @param asked.asksProtection whether account protection applies as after a password
 */
export function beginUpstreamAttempt(
  user: { id: UserId; display_name: string },
  factor: "none" | "ask" | "enroll",
  asked: { asksProtection: boolean; upstream: Upstream },
): Attempt {
  return {
    ...unproven,
    userId: user.id,
    displayName: user.display_name,
    credentialId: null,
    amr: ["fed"],
    factor,
    protection: asked.asksProtection ? "open" : "passed",
    upstream: asked.upstream,
  };
}

/** An attempt after a passkey in place of the password: it is two factors, so no other is asked for. */
export function beginWithPasskey(user: Pick<UserRow, "id" | "display_name">, amr: readonly string[]): Attempt {
  const { id, display_name: displayName } = user;
  return { ...unproven, userId: id, displayName, credentialId: null, amr, factor: "passed" };
}

/** The step that comes next: first all proofs, then account protection, then the device. */
export function stepOf(attempt: Attempt): Step {
  if (attempt.factor === "ask") return "factor";
  if (attempt.factor === "enroll") return "enroll";
  if (attempt.codes === "unseen") return "codes";
  if (attempt.protection === "open") return "protect";
  if (attempt.protection === "wait") return "confirm";
  return attempt.device === "full" ? "device" : "admit";
}

/** Says whether a step needs the person; the others the house takes at once. */
export function isPersonStep(step: Step): step is PersonStep {
  return step !== "protect" && step !== "admit";
}

/** The step at which each event may happen. */
const places: Readonly<Record<AttemptEvent["type"], Step>> = {
  factorPassed: "factor",
  factorEnrolled: "enroll",
  codesSeen: "codes",
  protectionPassed: "protect",
  protectionDue: "protect",
  linkConfirmed: "confirm",
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
      return {
        ...attempt,
        factor: "passed",
        amr: [...new Set([...attempt.amr, ...event.amr])],
        trust: event.trust === true,
      };
    case "factorEnrolled":
      return {
        ...attempt,
        factor: "passed",
        codes: event.hasCodes ? "unseen" : "none",
        amr: [...new Set([...attempt.amr, ...event.amr])],
      };
    case "codesSeen":
      return { ...attempt, codes: "none" };
    case "protectionPassed":
      return { ...attempt, protection: "passed" };
    case "protectionDue":
      return { ...attempt, protection: "wait", confirmationId: event.confirmationId };
    case "linkConfirmed":
      return event.confirmationId === attempt.confirmationId ? { ...attempt, protection: "passed" } : undefined;
    case "deviceRefused": {
      const mustProve = event.hasFactor && attempt.factor === "none";
      return { ...attempt, device: "full", factor: mustProve ? "ask" : attempt.factor };
    }
    case "deviceRemoved":
      return { ...attempt, device: "open" };
  }
}
