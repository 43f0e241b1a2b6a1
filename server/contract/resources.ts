import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { byId, id, noReply, nothing, time } from "./shapes.ts";

/** One thing that an API lets apps do. */
export const resourceScope = z.object({
  name: z.string().max(100),
  /** What people read when a third-party app asks for it. */
  description: z.string().max(300),
});

/** An API that gets access tokens of its own (RFC 8707), JWT by RFC 9068 unless it wants opaque ones. */
export const resourceRow = z.object({
  id,
  /** An absolute URI; apps name it in the parameter `resource`, and tokens in `aud`. */
  identifier: z.string(),
  name: z.string(),
  scopes: z.array(resourceScope),
  tokenFormat: z.enum(["jwt", "opaque"]),
  /** How long its tokens last; null: as the app says. */
  tokenSeconds: z.number().int().nullable(),
  signingAlg: z.enum(["RS256", "ES256"]),
  /** Which apps may ask for it: all of the organization's own, or chosen ones. */
  access: z.enum(["ownApps", "chosen"]),
  /** The chosen apps; third-party apps are always chosen. */
  apps: z.array(z.object({ id, name: z.string() })),
  createdAt: time,
  updatedAt: time,
});

const settings = {
  name: z.string().max(200),
  scopes: z.array(resourceScope.extend({ description: resourceScope.shape.description.default("") })).max(200),
  tokenFormat: z.enum(["jwt", "opaque"]),
  tokenSeconds: z.number().int().min(60).max(86_400).nullable(),
  signingAlg: z.enum(["RS256", "ES256"]),
  access: z.enum(["ownApps", "chosen"]),
  appIds: z.array(id).max(1000),
};

const failures = ["resource.nameTaken", "resource.scopeInvalid", "resource.missing", "app.missing"] as const;

export const listResources = endpoint({
  method: "GET",
  path: "/resources",
  summary: "APIs that get access tokens of their own",
  permission: "apps",
  params: nothing,
  query: nothing,
  body: nothing,
  status: 200,
  reply: z.object({ items: z.array(resourceRow) }),
  failures: [],
});

export const createResource = endpoint({
  method: "POST",
  path: "/resources",
  summary: "Register an API, so that apps can ask for access tokens for it",
  permission: "apps",
  params: nothing,
  query: nothing,
  body: z.object({ identifier: z.string().max(500), ...z.object(settings).partial().shape }).strict(),
  status: 201,
  reply: resourceRow,
  failures: [
    "resource.identifierInvalid",
    "resource.identifierTaken",
    "resource.nameTaken",
    "resource.scopeInvalid",
    "resource.tooMany",
    "app.missing",
  ],
});

export const getResource = endpoint({
  method: "GET",
  path: "/resources/:id",
  summary: "One API",
  permission: "apps",
  params: byId,
  query: nothing,
  body: nothing,
  status: 200,
  reply: resourceRow,
  failures: ["resource.missing"],
});

export const updateResource = endpoint({
  method: "PATCH",
  path: "/resources/:id",
  summary: "Change an API; tokens made before go on as they were until they end",
  permission: "apps",
  params: byId,
  query: nothing,
  body: z.object(settings).partial().strict(),
  status: 200,
  reply: resourceRow,
  failures,
});

export const deleteResource = endpoint({
  method: "DELETE",
  path: "/resources/:id",
  summary: "Delete an API; nobody gets tokens for it any more",
  permission: "apps",
  params: byId,
  query: nothing,
  body: nothing,
  status: 204,
  reply: noReply,
  failures: ["resource.missing"],
});
