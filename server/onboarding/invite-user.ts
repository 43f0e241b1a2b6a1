import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import type { Work } from "../db/work.ts";
import { addJob } from "../jobs/add-job.ts";
import type { UserId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { userRules } from "../users/policy.ts";
import { requireLockedUser, targetOf } from "../users/update-user.ts";

/**
 * Sends the activation mail (O3): a job makes the link and the mail. Sending again replaces the older link.
 *
 * @throws user.missing user.alreadyActive user.disabled user.emailMissing access.denied
 */
export async function inviteUser(work: Work, userId: UserId): Promise<void> {
  const user = await requireLockedUser(work, userId);
  allow(userRules, work.actor, "user.invite", targetOf(user));
  if (user.onboarded_at !== null) throw failure("user.alreadyActive");
  if (user.disabled_at !== null) throw failure("user.disabled");
  if (user.email === null) throw failure("user.emailMissing", { field: "email" });
  queueInvitation(work, userId, user.display_name);
}

/** The same for somebody who is made in this very work, and so cannot be anything but new. */
export function inviteNewUser(work: Work, user: { id: UserId; displayName: string; email: string | null }): void {
  if (user.email !== null) queueInvitation(work, user.id, user.displayName);
}

function queueInvitation(work: Work, userId: UserId, name: string): void {
  addJob(work.tx, "activation.send", { userId }, { key: `activation:${userId}` });
  record(work, { type: "user.activationSent", subject: { kind: "user", id: userId, name } });
}
