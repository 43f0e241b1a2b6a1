import type * as roles from "../../contract/roles.ts";
import { inWork } from "../../db/work.ts";
import type { Actor, Work } from "../../db/work.ts";
import { countBearers } from "../../permissions/count-bearers.ts";
import { createRole, deleteRole, updateRole } from "../../permissions/change-role.ts";
import { readRole, readRoles, regularRole } from "../../permissions/read-role.ts";
import type { Role } from "../../permissions/read-role.ts";
import { given } from "./handler.ts";
import type { Handlers } from "./handler.ts";

type Operations = Pick<typeof roles, "listRoles" | "createRole" | "getRole" | "updateRole" | "deleteRole">;

export const roleHandlers: Handlers<Operations> = {
  listRoles: async ({ house, by }) => {
    const found = await readRoles(house.db);
    const counts = await countBearers(house.db);
    return { items: found.map((role) => presentRole(role, by.actor, counts)) };
  },

  createRole: async ({ house, by, body }) =>
    await inWork(house, by, async (work) => await shown(work, await createRole(work, body))),

  getRole: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => await shown(work, await readRole(work.tx, params.id))),

  updateRole: async ({ house, by, params, body, requireVersion }) =>
    await inWork(
      house,
      by,
      async (work) => await shown(work, await updateRole(work, params.id, given(body), requireVersion)),
    ),

  deleteRole: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => {
      await deleteRole(work, params.id);
      return undefined;
    }),
};

async function shown(work: Work, role: Role) {
  return presentRole(role, work.actor, await countBearers(work.tx));
}

function presentRole(role: Role, viewer: Actor, counts: ReadonlyMap<string, number>) {
  return {
    ...role,
    mayGrant: role.permissions.every((permission) => viewer.can(permission)),
    userCount: role.id === regularRole ? null : (counts.get(role.id) ?? 0),
  };
}
