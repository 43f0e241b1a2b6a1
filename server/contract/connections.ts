import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { byId, id, noReply, nothing, time } from "./shapes.ts";

/** Which account somebody gets who comes from a connection for the first time. */
export const connectionMatches = ["none", "email", "username"] as const;

export const connectionRow = z.object({
  id,
  name: z.string(),
  issuer: z.string(),
  clientId: z.string(),
  hasSecret: z.boolean(),
  scopes: z.string(),
  /** Whoever types an address of one of these is sent there. */
  domains: z.array(z.string()),
  /** Whether the sign-in page has a button for it. */
  hasButton: z.boolean(),
  /**
   * none: only who is linked already. email: the one account with the verified email. username: the account whose
   * username is the upstream `preferred_username`. Accounts that hold permissions are never linked this way.
   */
  match: z.enum(connectionMatches),
  /** Whether somebody who matches no account gets one. */
  createsUsers: z.boolean(),
  /** Whether second factors are asked for as after a password. */
  asksFactor: z.boolean(),
  /** Whether account protection applies as after a password. */
  asksProtection: z.boolean(),
  isPaused: z.boolean(),
  /** What the upstream provider must know: where it sends people back to. */
  redirectUri: z.string(),
  /** Where the upstream provider may tell that a session is over. */
  backchannelLogoutUri: z.string(),
  identityCount: z.number().int(),
  createdAt: time,
  updatedAt: time,
});

const connectionFields = {
  name: z.string().min(1).max(200),
  clientId: z.string().min(1).max(500),
  /** Null: a public client, which has none. */
  clientSecret: z.string().min(1).max(2000).nullable().optional(),
  scopes: z.string().min(1).max(500).optional(),
  domains: z.array(z.string().max(253)).max(100).optional(),
  hasButton: z.boolean().optional(),
  match: z.enum(connectionMatches).optional(),
  createsUsers: z.boolean().optional(),
  asksFactor: z.boolean().optional(),
  asksProtection: z.boolean().optional(),
};

export const listConnections = endpoint({
  method: "GET",
  path: "/connections",
  summary: "All connections to upstream providers, by name",
  permission: "settings",
  params: nothing,
  query: nothing,
  body: nothing,
  status: 200,
  reply: z.object({ items: z.array(connectionRow) }),
  failures: [],
});

export const createConnection = endpoint({
  method: "POST",
  path: "/connections",
  summary: "Create a connection; its issuer is asked for its configuration first",
  permission: "settings",
  params: nothing,
  query: nothing,
  body: z.object({ ...connectionFields, issuer: z.string().min(1).max(500) }).strict(),
  status: 201,
  reply: connectionRow,
  failures: [
    "connection.nameMissing",
    "connection.nameTaken",
    "connection.issuerInvalid",
    "connection.issuerUnreachable",
    "connection.scopesInvalid",
    "connection.domainInvalid",
    "connection.domainTaken",
    "connection.tooMany",
  ],
});

export const getConnection = endpoint({
  method: "GET",
  path: "/connections/:id",
  summary: "One connection",
  permission: "settings",
  params: byId,
  query: nothing,
  body: nothing,
  status: 200,
  reply: connectionRow,
  failures: ["connection.missing"],
});

export const updateConnection = endpoint({
  method: "PATCH",
  path: "/connections/:id",
  summary: "Change a connection; its issuer stays, since the linked identities are that issuer's",
  permission: "settings",
  params: byId,
  query: nothing,
  body: z
    .object({ ...connectionFields, isPaused: z.boolean() })
    .partial()
    .strict(),
  status: 200,
  reply: connectionRow,
  failures: [
    "connection.missing",
    "connection.nameMissing",
    "connection.nameTaken",
    "connection.scopesInvalid",
    "connection.domainInvalid",
    "connection.domainTaken",
  ],
});

export const deleteConnection = endpoint({
  method: "DELETE",
  path: "/connections/:id",
  summary: "Delete a connection with its links; the sessions that began there end",
  permission: "settings",
  params: byId,
  query: nothing,
  body: nothing,
  status: 204,
  reply: noReply,
  failures: ["connection.missing"],
});

const identityRow = z.object({
  connection: z.object({ id, name: z.string() }),
  /** What the upstream provider calls the person. */
  subject: z.string(),
  createdAt: time,
  lastUsedAt: time.nullable(),
});

export const listUserIdentities = endpoint({
  method: "GET",
  path: "/users/:id/identities",
  summary: "Upstream identities that a user signs in with",
  permission: "accounts",
  params: byId,
  query: nothing,
  body: nothing,
  status: 200,
  reply: z.object({ items: z.array(identityRow) }),
  failures: ["user.missing"],
});

export const linkUserIdentity = endpoint({
  method: "PUT",
  path: "/users/:id/identities/:connectionId",
  summary: "Link a user to a subject of an upstream provider, in the place of another",
  permission: "accounts",
  params: z.object({ id, connectionId: id }),
  query: nothing,
  body: z.object({ subject: z.string().min(1).max(255) }).strict(),
  status: 200,
  reply: z.object({ items: z.array(identityRow) }),
  failures: ["user.missing", "connection.missing", "connection.identityTaken", "access.escalation"],
});

export const unlinkUserIdentity = endpoint({
  method: "DELETE",
  path: "/users/:id/identities/:connectionId",
  summary: "Undo the link to an upstream provider; the sessions that began there end",
  permission: "accounts",
  params: z.object({ id, connectionId: id }),
  query: nothing,
  body: nothing,
  status: 204,
  reply: noReply,
  failures: ["user.missing", "connection.identityMissing", "access.escalation"],
});
