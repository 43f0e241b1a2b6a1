import { call } from "#console/api/call.ts";
import type { Reply } from "#console/api/call.ts";

export type Holder = Reply<"listAppAssignments">["items"][number];
export type Candidate = Reply<"findAppCandidates">["items"][number];

/** What can be done with those who have something: the use of an app, or one of its permissions. */
export interface HolderCalls {
  find(q: string): Promise<Candidate[]>;
  add(chosen: { userIds: string[]; groupIds: string[] }): Promise<{ added: number }>;
  remove(holderId: string): Promise<unknown>;
}

/** Those who may use an app. */
export function callsForApp(id: string): HolderCalls {
  return {
    find: async (q) => (await call("findAppCandidates", { params: { id }, query: { q } })).items,
    add: async (body) => await call("assignApp", { params: { id }, body }),
    remove: async (holderId) => await call("unassignApp", { params: { id, holderId } }),
  };
}

/** Those who hold a permission of an app. */
export function callsForEntitlement(id: string, entitlementId: string): HolderCalls {
  return {
    find: async (q) => (await call("findEntitlementCandidates", { params: { id, entitlementId }, query: { q } })).items,
    add: async (body) => await call("grantEntitlement", { params: { id, entitlementId }, body }),
    remove: async (holderId) => await call("revokeEntitlement", { params: { id, entitlementId, holderId } }),
  };
}
