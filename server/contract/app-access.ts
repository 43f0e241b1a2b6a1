import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { byId, id, noReply, nothing, page, pageQuery, time } from "./shapes.ts";

/** A user or group that something was given to: the use of an app, or an entitlement of it. */
export const holder = z.object({
  kind: z.enum(["user", "group"]),
  id,
  name: z.string(),
  /** Null for groups. */
  username: z.string().nullable(),
  /** Null for users. */
  memberCount: z.number().int().nullable(),
  createdAt: time,
});

/** A user or group that could be chosen. */
export const candidate = holder.omit({ createdAt: true }).extend({
  /** The directory of a group. */
  directory: z.string().nullable(),
  hasIt: z.boolean(),
});

/** What an app lets people do, in its own words. */
export const entitlementRow = z.object({
  id,
  /** What the app is told. */
  value: z.string(),
  /** What people read. */
  name: z.string(),
  userCount: z.number().int(),
  groupCount: z.number().int(),
  createdAt: time,
});

const chosen = z
  .object({ userIds: z.array(id).max(500).optional(), groupIds: z.array(id).max(500).optional() })
  .strict();
const holderQuery = z.object({ ...pageQuery, q: z.string().max(200).optional() });
const candidateQuery = z.object({ q: z.string().trim().min(1).max(200) });
const added = z.object({ added: z.number().int() });
const value = z.string().max(200);
const name = z.string().max(200);
const ofEntitlement = z.object({ id, entitlementId: id });

export const listAppAssignments = endpoint({
  method: "GET",
  path: "/apps/:id/assignments",
  summary: "Users and groups that an app is assigned to, by name",
  permission: "apps",
  params: byId,
  query: holderQuery,
  body: nothing,
  status: 200,
  reply: page(holder),
  failures: ["app.missing", "request.cursorInvalid"],
});

export const findAppCandidates = endpoint({
  method: "GET",
  path: "/apps/:id/assignments/candidates",
  summary: "Users and groups that an app could be assigned to, by part of their name",
  permission: "apps",
  params: byId,
  query: candidateQuery,
  body: nothing,
  status: 200,
  reply: z.object({ items: z.array(candidate) }),
  failures: ["app.missing"],
});

export const assignApp = endpoint({
  method: "POST",
  path: "/apps/:id/assignments",
  summary: "Let users and groups use an app; members of groups in a group count",
  permission: "apps",
  params: byId,
  query: nothing,
  body: chosen,
  status: 200,
  reply: added,
  failures: ["app.missing", "app.builtIn", "user.missing", "group.missing"],
});

export const unassignApp = endpoint({
  method: "DELETE",
  path: "/apps/:id/assignments/:holderId",
  summary: "Take an app away from a user or group; tokens of those who may not use it any more stop working at once",
  permission: "apps",
  params: z.object({ id, holderId: id }),
  query: nothing,
  body: nothing,
  status: 204,
  reply: noReply,
  failures: ["app.missing", "app.builtIn", "app.holderMissing"],
});

export const listEntitlements = endpoint({
  method: "GET",
  path: "/apps/:id/entitlements",
  summary: "What an app lets people do, in its own words",
  permission: "apps",
  params: byId,
  query: nothing,
  body: nothing,
  status: 200,
  reply: z.object({ items: z.array(entitlementRow) }),
  failures: ["app.missing"],
});

export const createEntitlement = endpoint({
  method: "POST",
  path: "/apps/:id/entitlements",
  summary: "Declare something that an app lets people do",
  permission: "apps",
  params: byId,
  query: nothing,
  body: z.object({ value, name: name.optional() }).strict(),
  status: 201,
  reply: entitlementRow,
  failures: ["app.missing", "app.builtIn", "entitlement.valueInvalid", "entitlement.valueTaken", "entitlement.tooMany"],
});

export const updateEntitlement = endpoint({
  method: "PATCH",
  path: "/apps/:id/entitlements/:entitlementId",
  summary: "Rename an entitlement, or tell the app another word for it",
  permission: "apps",
  params: ofEntitlement,
  query: nothing,
  body: z.object({ value, name }).partial().strict(),
  status: 200,
  reply: entitlementRow,
  failures: ["app.missing", "app.builtIn", "entitlement.missing", "entitlement.valueInvalid", "entitlement.valueTaken"],
});

export const deleteEntitlement = endpoint({
  method: "DELETE",
  path: "/apps/:id/entitlements/:entitlementId",
  summary: "Delete an entitlement; nobody holds it any more",
  permission: "apps",
  params: ofEntitlement,
  query: nothing,
  body: nothing,
  status: 204,
  reply: noReply,
  failures: ["app.missing", "app.builtIn", "entitlement.missing"],
});

export const listEntitlementHolders = endpoint({
  method: "GET",
  path: "/apps/:id/entitlements/:entitlementId/holders",
  summary: "Users and groups that hold an entitlement, by name",
  permission: "apps",
  params: ofEntitlement,
  query: holderQuery,
  body: nothing,
  status: 200,
  reply: page(holder),
  failures: ["app.missing", "entitlement.missing", "request.cursorInvalid"],
});

export const findEntitlementCandidates = endpoint({
  method: "GET",
  path: "/apps/:id/entitlements/:entitlementId/holders/candidates",
  summary: "Users and groups that could be given an entitlement, by part of their name",
  permission: "apps",
  params: ofEntitlement,
  query: candidateQuery,
  body: nothing,
  status: 200,
  reply: z.object({ items: z.array(candidate) }),
  failures: ["app.missing", "entitlement.missing"],
});

export const grantEntitlement = endpoint({
  method: "POST",
  path: "/apps/:id/entitlements/:entitlementId/holders",
  summary: "Give an entitlement to users and groups",
  permission: "apps",
  params: ofEntitlement,
  query: nothing,
  body: chosen,
  status: 200,
  reply: added,
  failures: ["app.missing", "app.builtIn", "entitlement.missing", "user.missing", "group.missing"],
});

export const revokeEntitlement = endpoint({
  method: "DELETE",
  path: "/apps/:id/entitlements/:entitlementId/holders/:holderId",
  summary: "Take an entitlement away from a user or group",
  permission: "apps",
  params: z.object({ id, entitlementId: id, holderId: id }),
  query: nothing,
  body: nothing,
  status: 204,
  reply: noReply,
  failures: ["app.missing", "app.builtIn", "entitlement.missing", "app.holderMissing"],
});

export const listUserApps = endpoint({
  method: "GET",
  path: "/users/:id/apps",
  summary: "Apps that a user may use, why, and what they may do there",
  permission: "accounts",
  params: byId,
  query: nothing,
  body: nothing,
  status: 200,
  reply: z.object({
    items: z.array(
      z.object({
        app: z.object({ id, name: z.string() }),
        access: z.enum(["everyone", "chosen"]),
        /** Whether the app is assigned to the user alone. */
        isDirect: z.boolean(),
        /** Groups of the user that the app is assigned to. */
        groups: z.array(z.object({ id, name: z.string() })),
        entitlements: z.array(z.object({ value: z.string(), name: z.string() })),
        firstUsedAt: time.nullable(),
        lastUsedAt: time.nullable(),
      }),
    ),
  }),
  failures: ["user.missing"],
});
