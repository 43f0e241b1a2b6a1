import { roleFactorPolicies } from "#server/contract/permissions.ts";
import type { Work } from "#server/db/work.ts";
import { readRole } from "#server/permissions/read-role.ts";
import type { Role } from "#server/permissions/read-role.ts";
import { setRoleFactor } from "#server/permissions/set-role-factor.ts";

/** Changes a role; without a policy it stays. @throws role.missing */
export async function changeRole(work: Work, named: string, factor: string | undefined): Promise<Role> {
  if (factor === undefined) return await readRole(work.tx, named);
  return await setRoleFactor(work, named, roleFactorPolicies.find((one) => one === factor) ?? null);
}
