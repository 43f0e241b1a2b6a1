import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import { deleteFactors } from "../db/sql/factors.ts";
import type { Work } from "../db/work.ts";
import type { UserId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { requireLockedUser, targetOf } from "../users/update-user.ts";
import { factorRules } from "./policy.ts";

/**
 * Removes the own authenticator app, and the recovery codes with it: they stand in for it.
 *
 * @throws factor.missing access.denied
 */
export async function removeFactors(work: Work, userId: UserId): Promise<void> {
  const user = await requireLockedUser(work, userId);
  allow(factorRules, work.actor, "factor.remove", targetOf(user));
  if ((await deleteFactors(work.tx, userId)) === 0) throw failure("factor.missing");
  record(work, {
    type: "factor.removed",
    subject: { kind: "user", id: userId, name: user.display_name },
    details: { kind: "totp" },
  });
}

/**
 * Takes all factors and recovery codes from a user who has lost them (U11). Where one is required, the user enrolls
 * another at the next sign-in.
 *
 * @throws user.missing access.denied
 */
export async function resetFactors(work: Work, userId: UserId): Promise<void> {
  const user = await requireLockedUser(work, userId);
  allow(factorRules, work.actor, "factor.reset", targetOf(user));
  const count = await deleteFactors(work.tx, userId);
  record(work, {
    type: "factor.reset",
    subject: { kind: "user", id: userId, name: user.display_name },
    details: { count },
  });
}
