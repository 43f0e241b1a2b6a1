import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import { noteLink } from "../db/sql/onboardings.ts";
import type { Work } from "../db/work.ts";
import type { UserId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { readSetting } from "../settings/read-settings.ts";
import { userRules } from "../users/policy.ts";
import { requireLockedUser, targetOf } from "../users/update-user.ts";
import { makeLink } from "./links.ts";

/**
 * Makes an activation link for an administrator to hand over in another way than by mail; older ones stop working.
 * Whoever has it can make the account theirs, so the organization must have allowed it, and the log says who took it.
 *
 * @param issuer the public origin
 * @throws onboarding.linksHidden the organization does not allow it
 * @throws user.missing user.alreadyActive access.denied
 */
export async function copyActivationLink(
  work: Work,
  issuer: string,
  userId: UserId,
): Promise<{ url: string; expiresAt: Date }> {
  const user = await requireLockedUser(work, userId);
  allow(userRules, work.actor, "user.copyLink", targetOf(user));
  if (!(await readSetting(work.tx, "onboarding.copyLinks"))) throw failure("onboarding.linksHidden");
  if (user.status !== "pending") throw failure("user.alreadyActive");
  const link = await makeLink(work.tx, issuer, "activation", userId, work.now);
  await noteLink(work.tx, { userId, now: work.now, expiresAt: link.expiresAt, mail: null });
  record(work, {
    type: "user.activationLinkCopied",
    subject: { kind: "user", id: userId, name: user.display_name },
    details: { expiresAt: link.expiresAt.toISOString() },
  });
  return link;
}
