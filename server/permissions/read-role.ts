import { failure } from "../contract/failure.ts";
import { builtInRoles, isPermission } from "../contract/permissions.ts";
import type { Permission, RoleFactorPolicy } from "../contract/permissions.ts";
import type { Queryable } from "../db/queryable.ts";
import type { Actor } from "../db/work.ts";
import type { RoleId } from "../kernel/ids.ts";

/** The two roles that are always there (migration 0001). */
export const adminRole = builtInRoles.admin as string as RoleId;
export const regularRole = builtInRoles.regular as string as RoleId;

export interface Role {
  id: RoleId;
  name: string;
  permissions: Permission[];
  isBuiltIn: boolean;
  /** What it asks for beyond the organization's policy about second factors; null: nothing. */
  factorPolicy: RoleFactorPolicy | null;
  /** Advances with every change. */
  version: string;
}

interface RoleRow {
  id: RoleId;
  name: string;
  permissions: string[];
  is_built_in: boolean;
  factor_policy: RoleFactorPolicy | null;
  version: string;
}

/** All roles by name. There are few. */
export async function readRoles(from: Queryable): Promise<Role[]> {
  const rows = await from.rows<RoleRow>(
    "select id, name, permissions, is_built_in, factor_policy, version::text as version from roles order by is_built_in desc, lower(name)",
  );
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    permissions: row.permissions.filter(isPermission),
    isBuiltIn: row.is_built_in,
    factorPolicy: row.factor_policy,
    version: row.version,
  }));
}

/**
 * One role by id or name.
 *
 * @throws role.missing
 */
export async function readRole(from: Queryable, idOrName: string): Promise<Role> {
  const role = (await readRoles(from)).find(
    (one) => one.id === idOrName || one.name.toLowerCase() === idOrName.toLowerCase(),
  );
  if (role === undefined) throw failure("role.missing", { field: "roleId" });
  return role;
}

/**
 * A role that somebody is about to be given: it stays until the transaction ends. Uses roles_pkey.
 *
 * @throws role.missing
 */
export async function holdRole(tx: Queryable, id: RoleId): Promise<Role> {
  await tx.rows("select 1 from roles where id = $1 for key share", [id]);
  return await readRole(tx, id);
}

/**
 * Somebody can give, take away, or act on the bearer of, only what they hold themselves (G2).
 * Else a manager of accounts could reset an administrator's password and become one.
 *
 * @throws access.escalation
 */
export function requireNoEscalation(actor: Actor, permissions: readonly string[], field?: string): void {
  if (permissions.filter(isPermission).every((permission) => actor.can(permission))) return;
  throw failure("access.escalation", field === undefined ? {} : { field });
}
