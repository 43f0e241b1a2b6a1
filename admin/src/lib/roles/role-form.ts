import { allPermissions, roleFactorPolicies } from "#contract/permissions.ts";
import type { Permission, RoleFactorPolicy } from "#contract/permissions.ts";
import type { Reply } from "#console/api/call.ts";
import { say } from "#console/words/say.svelte.ts";

export type Role = Reply<"getRole">;

/** What the form of a role holds. */
export interface RoleValues extends Record<string, unknown> {
  name: string;
  permissions: Permission[];
  /** Empty: as the organization says. */
  factorPolicy: string;
}

export const noRole = (): RoleValues => ({ name: "", permissions: [], factorPolicy: "" });

/** The form of a role as it is. */
export function formOf(role: Role): RoleValues {
  return {
    name: role.name,
    permissions: allPermissions.filter((permission) => role.permissions.includes(permission)),
    factorPolicy: role.factorPolicy ?? "",
  };
}

/** The form in the words of the contract. */
export function roleBody({ name, permissions, factorPolicy }: RoleValues): {
  name: string;
  permissions: Permission[];
  factorPolicy: RoleFactorPolicy | null;
} {
  return {
    name: name.trim(),
    permissions: allPermissions.filter((permission) => permissions.includes(permission)),
    factorPolicy: roleFactorPolicies.find((policy) => policy === factorPolicy) ?? null,
  };
}

/** Names of the fields, for what is wrong with them. */
export function roleLabels() {
  return { name: say.roles.name, permissions: say.roles.permissionsTitle, factorPolicy: say.roles.factor };
}
