import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { byId, id, noReply, nothing, page, pageQuery, time } from "./shapes.ts";

export const directoryRow = z.object({
  id,
  name: z.string(),
  baseUrl: z.url(),
  isPaused: z.boolean(),
  /** Requests per second; null is no limit. */
  rateLimit: z.number().int().nullable(),
  adopt: z.enum(["username", "email"]).nullable(),
  ownPasswords: z.boolean(),
  userCount: z.number().int(),
  groupCount: z.number().int(),
  lastRequestAt: time.nullable(),
  createdAt: time,
  tokens: z.array(z.object({ id, createdAt: time, expiresAt: time.nullable(), lastUsedAt: time.nullable() })),
  /** The OAuth client, for directories that ask for access tokens (client credentials, scope `scim`). */
  client: z
    .object({
      clientId: z.string(),
      tokenUrl: z.url(),
      createdAt: time,
      /** Newest first; the hint is the last characters of the secret. */
      credentials: z.array(
        z.object({
          id,
          hint: z.string().nullable(),
          createdAt: time,
          expiresAt: time.nullable(),
          lastUsedAt: time.nullable(),
        }),
      ),
    })
    .nullable(),
});

export const directoryRequestRow = z.object({
  id,
  at: time,
  method: z.string(),
  path: z.string(),
  status: z.number().int(),
  scimType: z.string().nullable(),
  detail: z.string().nullable(),
  /** What was read leniently, each as a line: "active: 'False' read as false". */
  coercions: z.array(z.string()),
  durationMs: z.number().int(),
  requestId: z.string(),
});

/** The token is in this reply and nowhere else. */
export const directoryWithToken = directoryRow.extend({ token: z.string() });

/** The secret is in this reply and nowhere else. */
export const directoryWithSecret = directoryRow.extend({ clientSecret: z.string() });

const directoryFields = {
  name: z.string().min(1).max(200),
  rateLimit: z.number().int().min(1).max(100_000).nullable().optional(),
  adopt: z.enum(["username", "email"]).nullable().optional(),
  ownPasswords: z.boolean().optional(),
};

export const listDirectories = endpoint({
  method: "GET",
  path: "/directories",
  summary: "List directories",
  permission: "directories",
  params: nothing,
  query: z.object(pageQuery),
  body: nothing,
  status: 200,
  reply: page(directoryRow),
  failures: ["request.cursorInvalid"],
});

export const createDirectory = endpoint({
  method: "POST",
  path: "/directories",
  summary: "Create a directory; its bearer token is shown once",
  permission: "directories",
  params: nothing,
  query: nothing,
  body: z.object(directoryFields).strict(),
  status: 201,
  reply: directoryWithToken,
  failures: ["directory.nameTaken", "directory.nameMissing"],
});

export const getDirectory = endpoint({
  method: "GET",
  path: "/directories/:id",
  summary: "One directory",
  permission: "directories",
  params: byId,
  query: nothing,
  body: nothing,
  status: 200,
  reply: directoryRow,
  failures: ["directory.missing"],
});

export const updateDirectory = endpoint({
  method: "PATCH",
  path: "/directories/:id",
  summary: "Rename, pause, resume or limit a directory",
  permission: "directories",
  params: byId,
  query: nothing,
  body: z
    .object({ ...directoryFields, isPaused: z.boolean() })
    .partial()
    .strict(),
  status: 200,
  reply: directoryRow,
  failures: ["directory.missing", "directory.nameTaken", "directory.nameMissing"],
});

export const rotateDirectoryToken = endpoint({
  method: "POST",
  path: "/directories/:id/tokens",
  summary: "Make a second token; the older ones go on working for the overlap",
  permission: "directories",
  params: byId,
  query: nothing,
  body: z.object({ overlapHours: z.number().int().min(0).max(720).default(24) }).strict(),
  status: 201,
  reply: directoryWithToken,
  failures: ["directory.missing"],
});

const credentialFields = {
  /** When the secret ends; null or left out: not before it is rotated. */
  expiresAt: time.nullable().optional(),
};

export const addDirectoryClient = endpoint({
  method: "POST",
  path: "/directories/:id/client",
  summary: "Give a directory an OAuth client; its secret is shown once",
  permission: "directories",
  params: byId,
  query: nothing,
  body: z.object(credentialFields).strict(),
  status: 201,
  reply: directoryWithSecret,
  failures: ["directory.missing", "directory.hasClient", "directory.timePast"],
});

export const rotateDirectorySecret = endpoint({
  method: "POST",
  path: "/directories/:id/client/secrets",
  summary: "Make another secret of a directory's client; the older ones go on working for the overlap",
  permission: "directories",
  params: byId,
  query: nothing,
  body: z.object({ ...credentialFields, overlapHours: z.number().int().min(0).max(720).default(24) }).strict(),
  status: 201,
  reply: directoryWithSecret,
  failures: ["directory.missing", "directory.noClient", "directory.timePast"],
});

export const removeDirectoryClient = endpoint({
  method: "DELETE",
  path: "/directories/:id/client",
  summary: "Take the OAuth client of a directory away; its tokens stop working at once",
  permission: "directories",
  params: byId,
  query: nothing,
  body: nothing,
  status: 204,
  reply: noReply,
  failures: ["directory.missing", "directory.noClient"],
});

export const listDirectoryRequests = endpoint({
  method: "GET",
  path: "/directories/:id/requests",
  summary: "What the directory asked lately",
  permission: "directories",
  params: byId,
  query: z.object({ ...pageQuery, failed: z.enum(["yes"]).optional() }),
  body: nothing,
  status: 200,
  reply: page(directoryRequestRow),
  failures: ["directory.missing", "request.cursorInvalid"],
});
