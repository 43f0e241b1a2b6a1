import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import type { RoleFactorPolicy } from "../contract/permissions.ts";
import type { Work } from "../db/work.ts";
import { readRole, requireNoEscalation } from "./read-role.ts";
import type { Role } from "./read-role.ts";

/**
 * Says what a role asks for beyond the organization's policy about second factors.
 *
 * @param policy null: nothing more than the organization
 * @returns the role as it is afterwards
 * @throws role.missing access.denied
 * @throws access.escalation the role may do what the actor may not: it must not be made weaker by them
 */
export async function setRoleFactor(work: Work, idOrName: string, policy: RoleFactorPolicy | null): Promise<Role> {
  if (!work.actor.can("settings")) throw failure("access.denied");
  const role = await readRole(work.tx, idOrName);
  requireNoEscalation(work.actor, role.permissions);
  if (role.factorPolicy === policy) return role;
  await work.tx.run("update roles set factor_policy = $2 where id = $1", [role.id, policy]);
  record(work, {
    type: "role.updated",
    subject: { kind: "role", id: role.id, name: role.name },
    changes: { factorPolicy: { from: role.factorPolicy, to: policy } },
  });
  return { ...role, factorPolicy: policy };
}
