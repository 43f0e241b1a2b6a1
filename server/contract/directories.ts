import { z } from "zod";
import { directoryProducts, directorySwitches } from "./directory-products.ts";
import { endpoint } from "./endpoint.ts";
import { byId, id, noReply, nothing, page, pageQuery, time } from "./shapes.ts";
import { statuses } from "./users.ts";

const switches = z.record(z.enum(directorySwitches), z.boolean());

export const directoryRow = z.object({
  id,
  name: z.string(),
  product: z.enum(directoryProducts),
  baseUrl: z.url(),
  isPaused: z.boolean(),
  /** Its tokens work no more, and its accounts and groups become local one after another. */
  isLeaving: z.boolean(),
  /** Requests per second; null is no limit. */
  rateLimit: z.number().int().nullable(),
  adopt: z.enum(["username", "email"]).nullable(),
  ownPasswords: z.boolean(),
  /** Habits of clients that are accepted, each by a switch. */
  switches,
  userCount: z.number().int(),
  groupCount: z.number().int(),
  lastRequestAt: time.nullable(),
  /** Requests of the last 24 hours that were refused, counted up to a thousand. */
  failedCount: z.number().int(),
  failedIsMore: z.boolean(),
  createdAt: time,
  /** Newest first; those that ended in the last 30 days are among them. */
  tokens: z.array(
    z.object({
      id,
      /** Its last characters; null for one that was made before they were kept. */
      hint: z.string().nullable(),
      createdAt: time,
      expiresAt: time.nullable(),
      lastUsedAt: time.nullable(),
      isOver: z.boolean(),
    }),
  ),
  /** The OAuth client, for directories that ask for access tokens (client credentials, scope `scim`). */
  client: z
    .object({
      clientId: z.string(),
      tokenUrl: z.url(),
      createdAt: time,
      /** Newest first; the hint is the last characters of the secret, or the name of the key. */
      credentials: z.array(
        z.object({
          id,
          kind: z.enum(["secret", "key"]),
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
  /** What the client calls itself. */
  userAgent: z.string().nullable(),
  /** The body of a request that was refused: JSON, cut short, secrets hidden. */
  sent: z.string().nullable(),
  requestId: z.string(),
});

/** An account that a directory owns. */
export const directoryUserRow = z.object({
  id,
  username: z.string(),
  displayName: z.string(),
  email: z.string().nullable(),
  status: z.enum(statuses),
  externalId: z.string().nullable(),
  createdAt: time,
  updatedAt: time,
});

/** A group that a directory owns. */
export const directoryGroupRow = z.object({
  id,
  displayName: z.string(),
  externalId: z.string().nullable(),
  memberCount: z.number().int(),
  createdAt: time,
  updatedAt: time,
});

/** One move of a connection test. */
export const directoryTestStep = z.object({
  /** Product and move: `entra.findNobody`. */
  name: z.string(),
  /** What it is for, in English. */
  title: z.string(),
  outcome: z.enum(["passed", "failed", "skipped"]),
  /** Null for a move that was not made. */
  request: z.object({ method: z.string(), path: z.string(), body: z.string().nullable() }).nullable(),
  status: z.number().int().nullable(),
  /** The body of the answer, cut short. */
  answer: z.string().nullable(),
  coercions: z.array(z.string()),
  durationMs: z.number().int(),
  problem: z
    .object({
      /** What kind of problem it is: see docs/scim.md. */
      code: z.string(),
      /** The same in English, filled with the values. */
      says: z.string(),
      values: z.record(z.string(), z.string()),
    })
    .nullable(),
});

/** What a connection test found. */
export const directoryTestReport = z.object({
  id,
  product: z.enum(directoryProducts),
  startedAt: time,
  finishedAt: time,
  isPassed: z.boolean(),
  steps: z.array(directoryTestStep),
  /** What the test cannot see, or what is allowed but will hurt. */
  advice: z.array(z.object({ code: z.string(), says: z.string(), values: z.record(z.string(), z.string()) })),
});

/** The token is in this reply and nowhere else. */
export const directoryWithToken = directoryRow.extend({ token: z.string() });

/** The secret is in this reply and nowhere else; null for a client that signs with its own key. */
export const directoryWithSecret = directoryRow.extend({ clientSecret: z.string().nullable() });

const directoryFields = {
  name: z.string().min(1).max(200),
  product: z.enum(directoryProducts).optional(),
  rateLimit: z.number().int().min(1).max(100_000).nullable().optional(),
  adopt: z.enum(["username", "email"]).nullable().optional(),
  ownPasswords: z.boolean().optional(),
  /** Those that are named change; the others stay. */
  switches: z.partialRecord(z.enum(directorySwitches), z.boolean()).optional(),
};

/** When a token ends; null: never. */
const expiresAt = time.nullable().optional();

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
  body: z.object({ ...directoryFields, tokenExpiresAt: expiresAt }).strict(),
  status: 201,
  reply: directoryWithToken,
  failures: ["directory.nameTaken", "directory.nameMissing", "directory.timePast"],
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
  summary: "Rename, pause, resume or limit a directory, or change what it may do",
  permission: "directories",
  params: byId,
  query: nothing,
  body: z
    .object({ ...directoryFields, isPaused: z.boolean() })
    .partial()
    .strict(),
  status: 200,
  reply: directoryRow,
  failures: ["directory.missing", "directory.leaving", "directory.nameTaken", "directory.nameMissing"],
});

export const deleteDirectory = endpoint({
  method: "DELETE",
  path: "/directories/:id",
  summary: "Delete a directory; its accounts and groups stay and become local",
  permission: "directories",
  params: byId,
  query: nothing,
  body: nothing,
  status: 200,
  /** A large one goes on in the background: `isGone` is false until the last account is local. */
  reply: z.object({ isGone: z.boolean(), userCount: z.number().int(), groupCount: z.number().int() }),
  failures: ["directory.missing"],
});

export const rotateDirectoryToken = endpoint({
  method: "POST",
  path: "/directories/:id/tokens",
  summary: "Make a second token; the older ones go on working for the overlap",
  permission: "directories",
  params: byId,
  query: nothing,
  body: z
    .object({
      /** How long the older ones go on working. */
      overlapHours: z.number().int().min(0).max(8784).default(24),
      /** Until when they do; wins over the hours. */
      until: time.optional(),
      expiresAt,
    })
    .strict(),
  status: 201,
  reply: directoryWithToken,
  failures: ["directory.missing", "directory.leaving", "directory.timePast"],
});

export const revokeDirectoryToken = endpoint({
  method: "DELETE",
  path: "/directories/:id/tokens/:tokenId",
  summary: "End a token at once",
  permission: "directories",
  params: z.object({ id, tokenId: id }),
  query: nothing,
  body: nothing,
  status: 204,
  reply: noReply,
  failures: ["directory.missing", "directory.tokenMissing"],
});

export const listDirectoryUsers = endpoint({
  method: "GET",
  path: "/directories/:id/users",
  summary: "Accounts that the directory owns, newest first",
  permission: "directories",
  params: byId,
  query: z.object({ ...pageQuery, q: z.string().max(200).optional() }),
  body: nothing,
  status: 200,
  reply: page(directoryUserRow),
  failures: ["directory.missing", "request.cursorInvalid"],
});

export const listDirectoryGroups = endpoint({
  method: "GET",
  path: "/directories/:id/groups",
  summary: "Groups that the directory owns, by name",
  permission: "directories",
  params: byId,
  query: z.object({ ...pageQuery, q: z.string().max(200).optional() }),
  body: nothing,
  status: 200,
  reply: page(directoryGroupRow),
  failures: ["directory.missing", "request.cursorInvalid"],
});

export const testDirectory = endpoint({
  method: "POST",
  path: "/directories/:id/tests",
  summary: "Play the opening moves of a product against the own SCIM address; nothing of it stays",
  permission: "directories",
  params: byId,
  query: nothing,
  body: z.object({ as: z.enum(directoryProducts).optional() }).strict(),
  status: 201,
  reply: directoryTestReport,
  failures: ["directory.missing", "directory.leaving"],
});

export const listDirectoryTests = endpoint({
  method: "GET",
  path: "/directories/:id/tests",
  summary: "The last connection test of each product",
  permission: "directories",
  params: byId,
  query: nothing,
  body: nothing,
  status: 200,
  reply: z.object({ items: z.array(directoryTestReport) }),
  failures: ["directory.missing"],
});

const credentialFields = {
  /** The public key of a client that signs (private_key_jwt), in PEM or as a JWK; left out, it gets a secret. */
  publicKey: z.string().max(20_000).optional(),
  /** When the secret ends; null or left out: not before it is rotated. */
  expiresAt: time.nullable().optional(),
};

export const addDirectoryClient = endpoint({
  method: "POST",
  path: "/directories/:id/client",
  summary: "Give a directory an OAuth client; its secret, if it gets one, is shown once",
  permission: "directories",
  params: byId,
  query: nothing,
  body: z.object(credentialFields).strict(),
  status: 201,
  reply: directoryWithSecret,
  failures: [
    "directory.missing",
    "directory.leaving",
    "directory.hasClient",
    "directory.keyInvalid",
    "directory.timePast",
  ],
});

export const rotateDirectorySecret = endpoint({
  method: "POST",
  path: "/directories/:id/client/secrets",
  summary:
    "Make another secret of a directory's client, or give it another key; the older ones go on working for the overlap",
  permission: "directories",
  params: byId,
  query: nothing,
  body: z.object({ ...credentialFields, overlapHours: z.number().int().min(0).max(720).default(24) }).strict(),
  status: 201,
  reply: directoryWithSecret,
  failures: [
    "directory.missing",
    "directory.leaving",
    "directory.noClient",
    "directory.proofDiffers",
    "directory.keyInvalid",
    "directory.timePast",
  ],
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
  failures: ["directory.missing", "directory.leaving", "directory.noClient"],
});

export const listDirectoryRequests = endpoint({
  method: "GET",
  path: "/directories/:id/requests",
  summary: "What the directory asked lately, newest first; filters look at its last 100,000 requests",
  permission: "directories",
  params: byId,
  query: z.object({
    ...pageQuery,
    failed: z.enum(["yes"]).optional(),
    /** A code such as 409, or a class of them such as 4xx. */
    status: z
      .string()
      .regex(/^[2-5](?:\d\d|xx)$/)
      .optional(),
    method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]).optional(),
    /** A part of the address. */
    path: z.string().max(200).optional(),
  }),
  body: nothing,
  status: 200,
  reply: page(directoryRequestRow),
  failures: ["directory.missing", "request.cursorInvalid"],
});
