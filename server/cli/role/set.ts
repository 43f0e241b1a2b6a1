import { roleFactorPolicies } from "#server/contract/permissions.ts";
import type { RoleFactorPolicy } from "#server/contract/permissions.ts";
import type { Work } from "#server/db/work.ts";
import { createRole, updateRole } from "#server/permissions/change-role.ts";
import type { Role } from "#server/permissions/read-role.ts";
import { readPermissions } from "../token/read-permissions.ts";

interface Flags {
  name?: string | undefined;
  permissions: string[] | undefined;
  /** `default` is what the organization says. */
  factor: string | undefined;
}

/** Makes a role. @throws role.nameTaken role.nameMissing UsageError */
export async function makeRole(work: Work, name: string, { permissions, factor }: Flags): Promise<Role> {
  return await createRole(work, {
    name,
    permissions: readPermissions(permissions ?? []),
    factorPolicy: policyOf(factor),
  });
}

/** Changes a role; what is not given stays. @throws role.missing role.builtIn role.nameTaken UsageError */
export async function changeRole(work: Work, named: string, { name, permissions, factor }: Flags): Promise<Role> {
  return await updateRole(work, named, {
    ...(name === undefined ? {} : { name }),
    ...(permissions === undefined ? {} : { permissions: readPermissions(permissions) }),
    ...(factor === undefined ? {} : { factorPolicy: policyOf(factor) }),
  });
}

function policyOf(factor: string | undefined): RoleFactorPolicy | null {
  return roleFactorPolicies.find((one) => one === factor) ?? null;
}
