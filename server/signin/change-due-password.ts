import { selectCredential } from "../db/sql/credentials.ts";
import { selectUser } from "../db/sql/users.ts";
import { inWork } from "../db/work.ts";
import type { House } from "../house.ts";
import { addJob } from "../jobs/add-job.ts";
import type { UserId } from "../kernel/ids.ts";
import { preparePassword, setPassword } from "../passwords/set-password.ts";
import { endSessions } from "../sessions/end-sessions.ts";
import type { SignedIn } from "./sign-in.ts";

/** Somebody gave the right password and must choose another before anything opens. */
export interface DueChange {
  /** The sign-in that it belongs to; in another it counts for nothing. */
  attempt: string;
  userId: UserId;
  displayName: string;
  reason: "temporary" | "expired";
  /** The password that must go. Once it is replaced, the ticket is spent. */
  credentialId: string;
  expiresAt: number;
}

const purpose = "password change at sign-in";
const minutes = 15;

/**
 * Writes the ticket that carries a due change from one page to the next: encrypted and signed, so that it can neither
 * be read, changed nor made up.
 */
export function writeChangeTicket(house: House, attempt: string, signedIn: SignedIn): string {
  const due: Omit<DueChange, "reason"> & { reason: SignedIn["mustChange"] } = {
    attempt,
    userId: signedIn.userId,
    displayName: signedIn.displayName,
    reason: signedIn.mustChange,
    credentialId: signedIn.credentialId,
    expiresAt: house.now().getTime() + minutes * 60_000,
  };
  return house.keyring.seal(purpose, JSON.stringify(due)).toString("base64url");
}

/** Reads a ticket, or undefined when it is made up, too old, or of another sign-in. */
export function readChangeTicket(house: House, ticket: string, attempt: string): DueChange | undefined {
  let due: DueChange;
  try {
    due = JSON.parse(house.keyring.open(purpose, Buffer.from(ticket, "base64url"))) as DueChange;
  } catch {
    // Made up, or from before a change of keys; both mean that the password is asked for again.
    return undefined;
  }
  return due.attempt === attempt && due.expiresAt > house.now().getTime() ? due : undefined;
}

/**
 * Replaces a temporary or expired password during the sign-in (U8, S8). Other sessions of the account end.
 *
 * @returns who is in now, or undefined when the ticket does not count any more
 * @throws password.* what the policy says, password.usedBefore for the old one
 */
export async function changeDuringSignIn(
  house: House,
  given: { ticket: string; attempt: string; password: string; requestId: string; address?: string; userAgent?: string },
): Promise<SignedIn | undefined> {
  const due = readChangeTicket(house, given.ticket, given.attempt);
  const user = due === undefined ? undefined : await selectUser(house.db, due.userId);
  if (due === undefined || user === undefined || user.status === "disabled") return undefined;
  const password = await preparePassword(house.db, given.password, user, "new_password");
  const actor = {
    kind: "user" as const,
    id: user.id,
    name: user.display_name,
    can: () => false,
    ...(given.address === undefined ? {} : { address: given.address }),
    ...(given.userAgent === undefined ? {} : { userAgent: given.userAgent }),
  };
  return await inWork(house, { actor, requestId: given.requestId }, async (work) => {
    // Locked like every change of the user, so that of two tries with one ticket the second finds it spent.
    await work.tx.rows("select 1 from users where id = $1 for update", [user.id]);
    const credential = await selectCredential(work.tx, user.id);
    if (credential?.id !== due.credentialId) return undefined;
    await setPassword(work, user.id, password, { isTemporary: false, event: "user.passwordChanged" });
    await endSessions(work, user.id, "passwordChanged");
    addJob(work.tx, "password.tellChanged", {
      userId: user.id,
      by: "self",
      ...(given.address === undefined ? {} : { address: given.address }),
    });
    const replaced = await selectCredential(work.tx, user.id);
    return { userId: user.id, displayName: user.display_name, mustChange: null, credentialId: replaced?.id ?? "" };
  });
}
