import { changesBetween, record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import type { Permission, RoleFactorPolicy } from "../contract/permissions.ts";
import { brokenUniqueIndex } from "../db/unique-violation.ts";
import type { Work } from "../db/work.ts";
import { newId } from "../kernel/ids.ts";
import type { RoleId } from "../kernel/ids.ts";
import { readRole, readRoles, requireNoEscalation } from "./read-role.ts";
import type { Role } from "./read-role.ts";

const mostNameCharacters = 100;
const mostRoles = 100;

/** What a role is like; of a change, what is left out stays. */
export interface RoleFields {
  name: string;
  permissions: readonly Permission[];
  /** Null: nothing more than the organization asks for. */
  factorPolicy: RoleFactorPolicy | null;
}

/**
 * Makes a role (G2).
 *
 * @throws role.nameMissing role.nameTooLong role.nameTaken role.tooMany access.denied
 * @throws access.escalation it would allow what its maker may not do
 */
export async function createRole(work: Work, wanted: RoleFields): Promise<Role> {
  requireSettings(work);
  requireNoEscalation(work.actor, wanted.permissions, "permissions");
  // Roles are read as a whole, so there must be few. One after the other is made: two could both be the last.
  await work.tx.rows("select pg_advisory_xact_lock(7426195)");
  if ((await readRoles(work.tx)).length >= mostRoles) throw failure("role.tooMany");
  const id = newId<RoleId>(work.now);
  const name = checkedName(wanted.name);
  const permissions = [...new Set(wanted.permissions)];
  const { factorPolicy } = wanted;
  await saving(async () => {
    await work.tx.run(
      "insert into roles (id, name, permissions, factor_policy, created_at) values ($1, $2, $3, $4, $5)",
      [id, name, permissions, factorPolicy, work.now],
    );
  });
  record(work, { type: "role.created", subject: { kind: "role", id, name }, details: { permissions, factorPolicy } });
  return { id, name, permissions, isBuiltIn: false, factorPolicy, version: "1" };
}

/**
 * Changes a role (G2). It holds at once for everybody who has it. Nobody changes a role that allows what they may not do:
 * they would make it weaker, or lock out those above them.
 *
 * @param expect throws when the locked role is not the one that was read: for If-Match
 * @returns the role as it is afterwards
 * @throws role.missing role.builtIn role.nameMissing role.nameTooLong role.nameTaken access.denied access.escalation
 */
export async function updateRole(
  work: Work,
  idOrName: string,
  change: Partial<RoleFields>,
  expect?: (role: Role) => void,
): Promise<Role> {
  requireSettings(work);
  const before = await lockRole(work, idOrName);
  expect?.(before);
  requireNoEscalation(work.actor, before.permissions);
  const after: Role = {
    ...before,
    name: change.name === undefined ? before.name : checkedName(change.name),
    permissions: change.permissions === undefined ? before.permissions : [...new Set(change.permissions)],
    factorPolicy: change.factorPolicy === undefined ? before.factorPolicy : change.factorPolicy,
  };
  const changes = changesBetween(comparable(before), comparable(after));
  if (changes === undefined) return before;
  if (before.isBuiltIn && ("name" in changes || "permissions" in changes)) throw failure("role.builtIn");
  requireNoEscalation(work.actor, after.permissions, "permissions");
  await saving(async () => {
    await work.tx.run(
      "update roles set name = $2, permissions = $3, factor_policy = $4, version = version + 1 where id = $1",
      [after.id, after.name, after.permissions, after.factorPolicy],
    );
  });
  record(work, { type: "role.updated", subject: { kind: "role", id: after.id, name: after.name }, changes });
  return { ...after, version: String(BigInt(before.version) + 1n) };
}

/**
 * Deletes a role that no account has (G2).
 *
 * @throws role.missing role.builtIn role.inUse access.denied access.escalation
 */
export async function deleteRole(work: Work, idOrName: string): Promise<void> {
  requireSettings(work);
  const role = await lockRole(work, idOrName);
  if (role.isBuiltIn) throw failure("role.builtIn");
  requireNoEscalation(work.actor, role.permissions);
  // Uses users_role. Nobody is given the role meanwhile: that waits for its row, and then finds it gone.
  const bearer = await work.tx.row("select 1 from users where role_id = $1 limit 1", [role.id]);
  if (bearer !== undefined) throw failure("role.inUse");
  await work.tx.run("delete from roles where id = $1", [role.id]);
  record(work, {
    type: "role.deleted",
    subject: { kind: "role", id: role.id, name: role.name },
    details: { permissions: role.permissions },
  });
}

function requireSettings(work: Work): void {
  if (!work.actor.can("settings")) throw failure("access.denied");
}

/** The role as it is once whoever changes it too is done. @throws role.missing */
async function lockRole(work: Work, idOrName: string): Promise<Role> {
  const { id } = await readRole(work.tx, idOrName);
  await work.tx.rows("select 1 from roles where id = $1 for update", [id]);
  return await readRole(work.tx, id);
}

/** @throws role.nameMissing role.nameTooLong */
function checkedName(given: string): string {
  const name = given.trim();
  if (name === "") throw failure("role.nameMissing", { field: "name" });
  if ([...name].length > mostNameCharacters) {
    throw failure("role.nameTooLong", { field: "name", data: { most: mostNameCharacters } });
  }
  return name;
}

/** @throws role.nameTaken */
async function saving(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (brokenUniqueIndex(error) !== "roles_name_key") throw error;
    throw failure("role.nameTaken", { field: "name", cause: error });
  }
}

function comparable(role: Role) {
  return { name: role.name, permissions: [...role.permissions].sort(), factorPolicy: role.factorPolicy };
}
