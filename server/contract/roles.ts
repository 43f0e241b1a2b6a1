import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { allPermissions, roleFactorPolicies } from "./permissions.ts";
import { byId, id, noReply, nothing } from "./shapes.ts";

/** A named set of permissions. */
export const roleRow = z.object({
  id,
  name: z.string(),
  permissions: z.array(z.string()),
  /** Name and permissions of the two that are always there stay as they are. */
  isBuiltIn: z.boolean(),
  /** What it asks for beyond the organization's policy about second factors; null: nothing. */
  factorPolicy: z.enum(roleFactorPolicies).nullable(),
  /** Whether the asker holds everything that the role allows, and so may give it. */
  mayGrant: z.boolean(),
});

/** With how many accounts have it; null for the role of everybody who was given no other. */
export const roleDetails = roleRow.extend({ userCount: z.number().int().nullable(), version: z.string() });

const fields = {
  name: z.string().max(200),
  permissions: z.array(z.enum(allPermissions)).max(allPermissions.length),
  factorPolicy: z.enum(roleFactorPolicies).nullable(),
};

export const newRole = z
  .object({ ...fields, permissions: fields.permissions.default([]), factorPolicy: fields.factorPolicy.default(null) })
  .strict();
export const roleChange = z.object(fields).partial().strict();

export const listRoles = endpoint({
  method: "GET",
  path: "/roles",
  summary: "List roles, the built-in ones first",
  permission: ["accounts", "settings"],
  params: nothing,
  query: nothing,
  body: nothing,
  status: 200,
  reply: z.object({ items: z.array(roleDetails) }),
  failures: [],
});

export const getRole = endpoint({
  method: "GET",
  path: "/roles/:id",
  summary: "One role",
  permission: ["accounts", "settings"],
  params: byId,
  query: nothing,
  body: nothing,
  status: 200,
  reply: roleDetails,
  isVersioned: true,
  failures: ["role.missing"],
});

export const createRole = endpoint({
  method: "POST",
  path: "/roles",
  summary: "Make a role; it allows no more than its maker holds",
  permission: "settings",
  params: nothing,
  query: nothing,
  body: newRole,
  status: 201,
  reply: roleDetails,
  failures: ["role.nameMissing", "role.nameTooLong", "role.nameTaken", "role.tooMany", "access.escalation"],
});

export const updateRole = endpoint({
  method: "PATCH",
  path: "/roles/:id",
  summary: "Change what a role is called, allows, and asks for; it holds at once for everybody who has the role",
  permission: "settings",
  params: byId,
  query: nothing,
  body: roleChange,
  status: 200,
  reply: roleDetails,
  isVersioned: true,
  failures: [
    "request.stale",
    "role.missing",
    "role.builtIn",
    "role.nameMissing",
    "role.nameTooLong",
    "role.nameTaken",
    "access.escalation",
  ],
});

export const deleteRole = endpoint({
  method: "DELETE",
  path: "/roles/:id",
  summary: "Delete a role that no account has",
  permission: "settings",
  params: byId,
  query: nothing,
  body: nothing,
  status: 204,
  reply: noReply,
  failures: ["role.missing", "role.builtIn", "role.inUse", "access.escalation"],
});
