import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import type { FactorKind } from "../contract/users.ts";
import { deleteCodes, deleteFactor, deleteFactors, saveDefaultFactor, selectFactors } from "../db/sql/factors.ts";
import { endTrust } from "../db/sql/devices.ts";
import type { Work } from "../db/work.ts";
import type { UserId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { readSetting } from "../settings/read-settings.ts";
import { requireLockedUser, targetOf } from "../users/update-user.ts";
import { factorRules } from "./policy.ts";
import { tellFactorChange } from "./tell-change.ts";

/**
 * Removes an own factor; with the last one go the recovery codes, which stand in for it.
 *
 * @param which.id of a passkey; of the other kinds there is one
 * @throws factor.missing access.denied
 */
export async function removeFactor(
  work: Work,
  userId: UserId,
  which: { kind: FactorKind; id?: string },
): Promise<void> {
  const user = await requireLockedUser(work, userId);
  allow(factorRules, work.actor, "factor.remove", targetOf(user));
  const factors = await selectFactors(work.tx, userId, true);
  const factor = factors.find(({ kind, id }) => kind === which.kind && (which.id === undefined || which.id === id));
  if (factor === undefined) throw failure("factor.missing");
  await deleteFactor(work.tx, userId, factor.kind, factor.id);
  if (factors.length === 1) await deleteCodes(work.tx, userId);
  // Whoever had the factor that goes may have made a browser trusted.
  await endTrust(work.tx, userId);
  record(work, {
    type: "factor.removed",
    subject: { kind: "user", id: userId, name: user.display_name },
    details: { kind: factor.kind, ...(factor.kind === "passkey" ? { name: factor.name } : {}) },
  });
  tellFactorChange(work, userId, "removed", { kind: factor.kind });
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
  if (count > 0) tellFactorChange(work, userId, "reset");
}

/**
 * Says which factor a user is asked for first (U11).
 *
 * @param kind null: the strongest that is enrolled
 * @throws factor.missing the user has none of this kind
 * @throws user.missing access.denied
 */
export async function chooseDefault(work: Work, userId: UserId, kind: FactorKind | null): Promise<void> {
  const user = await requireLockedUser(work, userId);
  allow(factorRules, work.actor, "factor.choose", targetOf(user));
  if (user.default_factor === kind) return;
  const factors = await selectFactors(work.tx, userId, await readSetting(work.tx, "factors.email"));
  if (kind !== null && !factors.some((factor) => factor.kind === kind)) {
    throw failure("factor.missing", { field: "defaultFactor" });
  }
  await saveDefaultFactor(work.tx, userId, kind);
  record(work, {
    type: "factor.defaultChosen",
    subject: { kind: "user", id: userId, name: user.display_name },
    changes: { defaultFactor: { from: user.default_factor, to: kind } },
  });
}
