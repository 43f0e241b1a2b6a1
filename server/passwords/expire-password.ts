import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import { setCredentialExpiry } from "../db/sql/credentials.ts";
import type { Work } from "../db/work.ts";
import { addJob } from "../jobs/add-job.ts";
import type { UserId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { userRules } from "../users/policy.ts";
import { requireLockedUser, targetOf } from "../users/update-user.ts";

/**
 * Says when the password of a user stops working (U10). At that time the person gets a mail with the steps to set
 * another. Sessions go on: whoever means to end them as well says so.
 *
 * @param expiresAt a time that is past means at once; null means never
 * @throws user.missing password.missing access.denied
 */
export async function expirePassword(work: Work, userId: UserId, expiresAt: Date | null): Promise<void> {
  const user = await requireLockedUser(work, userId);
  allow(userRules, work.actor, "user.setPassword", targetOf(user));
  const from = await setCredentialExpiry(work.tx, userId, expiresAt);
  if (from === undefined) throw failure("password.missing");
  if (from.expires_at?.getTime() === expiresAt?.getTime()) return;
  if (expiresAt !== null) tellExpired(work, userId, expiresAt);
  record(work, {
    type: "user.passwordExpirySet",
    subject: { kind: "user", id: userId, name: user.display_name },
    changes: { passwordExpiresAt: { from: from.expires_at, to: expiresAt } },
  });
}

/** Writes the mail about the expired password when its time has come; the job looks whether it still holds. */
export function tellExpired(work: Pick<Work, "tx">, userId: UserId, at: Date): void {
  addJob(work.tx, "password.tellExpired", { userId }, { key: `passwordExpired:${userId}`, runAt: at });
}
