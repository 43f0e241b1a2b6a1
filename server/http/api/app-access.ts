import { assignApp, unassignApp } from "../../apps/assign-app.ts";
import {
  createEntitlement,
  deleteEntitlement,
  grantEntitlement,
  listEntitlements,
  presentEntitlement,
  revokeEntitlement,
  updateEntitlement,
} from "../../apps/entitlements.ts";
import { listAppsOfUser } from "../../apps/list-apps-of-user.ts";
import { findCandidates, listHolders, presentCandidate, presentHolder } from "../../apps/list-holders.ts";
import type * as access from "../../contract/app-access.ts";
import { inWork } from "../../db/work.ts";
import { given } from "./handler.ts";
import type { Handlers } from "./handler.ts";

type Operations = Omit<typeof access, "holder" | "candidate" | "entitlementRow">;

export const appAccessHandlers: Handlers<Operations> = {
  listAppAssignments: async ({ house, by, params, query }) =>
    await inWork(house, by, async (work) => {
      const found = await listHolders(work, { appId: params.id }, query);
      return { ...found, items: found.rows.map(presentHolder) };
    }),

  findAppCandidates: async ({ house, by, params, query }) =>
    await inWork(house, by, async (work) => ({
      items: (await findCandidates(work, { appId: params.id }, query.q)).map(presentCandidate),
    })),

  assignApp: async ({ house, by, params, body }) =>
    await inWork(house, by, async (work) => ({ added: await assignApp(work, params.id, given(body)) })),

  unassignApp: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => await unassignApp(work, params.id, params.holderId)).then(() => undefined),

  listEntitlements: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => ({
      items: (await listEntitlements(work, params.id)).map(presentEntitlement),
    })),

  createEntitlement: async ({ house, by, params, body }) =>
    await inWork(house, by, async (work) => presentEntitlement(await createEntitlement(work, params.id, body))),

  updateEntitlement: async ({ house, by, params, body }) =>
    await inWork(house, by, async (work) =>
      presentEntitlement(await updateEntitlement(work, params.id, params.entitlementId, body)),
    ),

  deleteEntitlement: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => await deleteEntitlement(work, params.id, params.entitlementId)).then(
      () => undefined,
    ),

  listEntitlementHolders: async ({ house, by, params, query }) =>
    await inWork(house, by, async (work) => {
      const found = await listHolders(work, { appId: params.id, entitlementId: params.entitlementId }, query);
      return { ...found, items: found.rows.map(presentHolder) };
    }),

  findEntitlementCandidates: async ({ house, by, params, query }) =>
    await inWork(house, by, async (work) => {
      const of = { appId: params.id, entitlementId: params.entitlementId };
      return { items: (await findCandidates(work, of, query.q)).map(presentCandidate) };
    }),

  grantEntitlement: async ({ house, by, params, body }) =>
    await inWork(house, by, async (work) => ({
      added: await grantEntitlement(work, params.id, params.entitlementId, given(body)),
    })),

  revokeEntitlement: async ({ house, by, params }) =>
    await inWork(
      house,
      by,
      async (work) => await revokeEntitlement(work, params.id, params.entitlementId, params.holderId),
    ).then(() => undefined),

  listUserApps: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => ({ items: await listAppsOfUser(work, params.id) })),
};
