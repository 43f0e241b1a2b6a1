import { randomBytes } from "node:crypto";
import type { Queryable } from "../db/queryable.ts";
import * as rows from "../db/sql/passkeys.ts";
import type { UserId } from "../kernel/ids.ts";
import type { Keyring } from "../kernel/keyring.ts";
import { hashSecret } from "../kernel/secrets.ts";

/** What a challenge is for. */
export interface Ceremony {
  /** Sign in with a passkey alone; prove a second factor; add a passkey. */
  use: "signIn" | "prove" | "add";
  /** The sign-in, step or session that it belongs to. */
  place: string;
  /** Null while nobody knows who it is. */
  userId: UserId | null;
}

export interface Challenge {
  challenge: string;
  expiresAt: Date;
}

const purpose = "challenge for a passkey";
const minutes = 15;

/**
 * Makes a challenge (WebAuthn §13.4.3) with the ticket that carries it to the answer: encrypted, and good for this
 * ceremony alone. Nothing is kept until it is answered, so that nobody fills a table by asking.
 */
export function newChallenge(keyring: Keyring, ceremony: Ceremony, now: Date): { challenge: string; ticket: string } {
  const challenge = randomBytes(32).toString("base64url");
  const expiresAt = now.getTime() + minutes * 60_000;
  const ticket = keyring.seal(purpose, JSON.stringify({ ...ceremony, challenge, expiresAt })).toString("base64url");
  return { challenge, ticket };
}

/** Reads a ticket, or undefined when it is made up, too old, or of another ceremony. */
export function readChallenge(keyring: Keyring, ticket: string, ceremony: Ceremony, now: Date): Challenge | undefined {
  try {
    const read = JSON.parse(keyring.open(purpose, Buffer.from(ticket, "base64url"))) as Record<string, unknown>;
    const isOurs = (["use", "place", "userId"] as const).every((name) => read[name] === ceremony[name]);
    const expiresAt = Number(read["expiresAt"]);
    if (!isOurs || !(expiresAt > now.getTime())) return undefined;
    return { challenge: String(read["challenge"]), expiresAt: new Date(expiresAt) };
  } catch {
    // Made up, or from before a change of keys; both mean that the page is shown again.
    return undefined;
  }
}

/** Uses a challenge up: of any number of answers to it one counts, whoever comes first. */
export async function useChallenge(to: Queryable, { challenge, expiresAt }: Challenge): Promise<boolean> {
  return await rows.useChallenge(to, hashSecret(challenge), expiresAt);
}
