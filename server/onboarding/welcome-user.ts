import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import type { Work } from "../db/work.ts";
import { addJob } from "../jobs/add-job.ts";
import type { UserId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { userRules } from "../users/policy.ts";
import { requireLockedUser, targetOf } from "../users/update-user.ts";

/**
 * Sends the welcome mail (O3): what the account is called and where its page is, without a link that signs in.
 *
 * @throws user.missing user.emailMissing access.denied
 * @throws user.disabled the account cannot be used, so nobody is welcome to it
 */
export async function welcomeUser(work: Work, userId: UserId): Promise<void> {
  const user = await requireLockedUser(work, userId);
  allow(userRules, work.actor, "user.invite", targetOf(user));
  if (user.email === null) throw failure("user.emailMissing", { field: "email" });
  if (user.disabled_at !== null) throw failure("user.disabled");
  addJob(work.tx, "welcome.send", { userId }, { key: `welcome:${userId}` });
  record(work, { type: "user.welcomeSent", subject: { kind: "user", id: userId, name: user.display_name } });
}
