import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { byId, id, noReply, nothing, page, pageQuery, time } from "./shapes.ts";

/** That an app was told over its back channel that a session is over for it. */
export const appLogout = z.object({
  id,
  user: z.object({ id, name: z.string() }),
  /** Why the session ended. */
  reason: z.string(),
  /** waiting: is tried again by itself; failed: is given up. */
  state: z.enum(["waiting", "delivered", "failed"]),
  attempts: z.number().int(),
  lastError: z.string().nullable(),
  createdAt: time,
  doneAt: time.nullable(),
});

/** Grants of OAuth 2.0 that apps may be given. */
export const grantTypes = [
  "authorization_code",
  "refresh_token",
  "urn:ietf:params:oauth:grant-type:device_code",
  "client_credentials",
] as const;

/** Scopes that apps may be given; an API has scopes of its own. */
export const appScopes = ["openid", "offline_access", "profile", "email", "phone", "groups", "entitlements"] as const;

const seconds = (from: number, to: number) => z.number().int().min(from).max(to);
const minute = 60;
const day = 86_400;

/** What can be set of an app beside its name and addresses. Null: as the house does it for every app. */
export const appSettings = z.object({
  /** Whether people are asked before the app gets anything about them. */
  isThirdParty: z.boolean(),
  requireFactor: z.boolean(),
  /** Whether it may ask for `scim.me`, to read the SCIM resource of whoever signs in. */
  scimMe: z.boolean(),
  /** Who may use it: everyone, or whom it is assigned to. */
  access: z.enum(["everyone", "chosen"]),
  grantTypes: z.array(z.string().max(100)).max(10),
  /** Scopes that it may ask for; null: all. */
  scopes: z.array(z.string().max(100)).max(20).nullable(),
  /** Whether the claim `groups` names all groups of a user, or those alone that the app is assigned to. */
  groupsClaim: z.enum(["all", "assigned"]),
  accessTokenSeconds: seconds(minute, day).nullable(),
  idTokenSeconds: seconds(minute, day).nullable(),
  /** How long a refresh token may lie unused, and how long its family lasts in any case. */
  refreshIdleSeconds: seconds(5 * minute, 365 * day).nullable(),
  refreshAbsoluteSeconds: seconds(5 * minute, 365 * day).nullable(),
  idTokenAlg: z.enum(["RS256", "ES256"]),
  /** How it proves who it is: by its secret, or by a signature with a key of its own (private_key_jwt). */
  proof: z.enum(["secret", "key"]),
  /** Its public keys (RFC 7517), or where it publishes them. */
  jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())).min(1).max(20) }).nullable(),
  jwksUri: z.string().max(2000).nullable(),
  /** Whether requests must be pushed (RFC 9126), be signed (RFC 9101), and tokens be bound to a key (RFC 9449). */
  requirePar: z.boolean(),
  requireJar: z.boolean(),
  requireDpop: z.boolean(),
});

export const appRow = z.object({
  id,
  clientId: z.string(),
  name: z.string(),
  /** web: keeps a secret; public: a browser or phone app, PKCE only; machine: no person, client credentials. */
  kind: z.enum(["web", "public", "machine"]),
  isBuiltIn: z.boolean(),
  redirectUris: z.array(z.string()),
  postLogoutRedirectUris: z.array(z.string()),
  backchannelLogoutUri: z.string().nullable(),
  ...appSettings.shape,
  userCount: z.number().int(),
  createdAt: time,
  updatedAt: time,
});

/** The secret is in this reply and nowhere else; null for a public app. */
export const appWithSecret = appRow.extend({ clientSecret: z.string().nullable() });

const appFields = {
  name: z.string().min(1).max(200),
  redirectUris: z.array(z.string().max(2000)).max(50),
  postLogoutRedirectUris: z.array(z.string().max(2000)).max(50).optional(),
  backchannelLogoutUri: z.string().max(2000).nullable().optional(),
  ...appSettings.partial().shape,
};

const settingFailures = [
  "app.grantInvalid",
  "app.scopeInvalid",
  "app.lifetimesInvalid",
  "app.keysInvalid",
  "app.addressInvalid",
] as const;

export const listApps = endpoint({
  method: "GET",
  path: "/apps",
  summary: "List apps",
  permission: "apps",
  params: nothing,
  query: z.object(pageQuery),
  body: nothing,
  status: 200,
  reply: page(appRow),
  failures: ["request.cursorInvalid"],
});

export const createApp = endpoint({
  method: "POST",
  path: "/apps",
  summary: "Create an app; its secret is shown once",
  permission: "apps",
  params: nothing,
  query: nothing,
  body: z.object({ ...appFields, kind: z.enum(["web", "public", "machine"]) }).strict(),
  status: 201,
  reply: appWithSecret,
  failures: [
    "app.nameMissing",
    "app.nameTaken",
    "app.redirectUriInvalid",
    "app.redirectUriMissing",
    ...settingFailures,
  ],
});

export const getApp = endpoint({
  method: "GET",
  path: "/apps/:id",
  summary: "One app",
  permission: "apps",
  params: byId,
  query: nothing,
  body: nothing,
  status: 200,
  reply: appRow,
  failures: ["app.missing"],
});

export const updateApp = endpoint({
  method: "PATCH",
  path: "/apps/:id",
  summary: "Change an app",
  permission: "apps",
  params: byId,
  query: nothing,
  body: z.object(appFields).partial().strict(),
  status: 200,
  reply: appRow,
  failures: [
    "app.missing",
    "app.builtIn",
    "app.nameMissing",
    "app.nameTaken",
    "app.redirectUriInvalid",
    "app.redirectUriMissing",
    ...settingFailures,
  ],
});

export const rotateAppSecret = endpoint({
  method: "POST",
  path: "/apps/:id/secret",
  summary: "Replace the secret of an app; the old one stops working at once",
  permission: "apps",
  params: byId,
  query: nothing,
  body: nothing,
  status: 200,
  reply: appWithSecret,
  failures: ["app.missing", "app.builtIn", "app.noSecret"],
});

export const deleteApp = endpoint({
  method: "DELETE",
  path: "/apps/:id",
  summary: "Delete an app; its tokens stop working",
  permission: "apps",
  params: byId,
  query: nothing,
  body: nothing,
  status: 204,
  reply: noReply,
  failures: ["app.missing", "app.builtIn"],
});

export const listAppLogouts = endpoint({
  method: "GET",
  path: "/apps/:id/logouts",
  summary: "What the app was told of sessions that are over (back-channel logout), newest first",
  permission: "apps",
  params: byId,
  query: z.object(pageQuery),
  body: nothing,
  status: 200,
  reply: page(appLogout),
  failures: ["app.missing", "request.cursorInvalid"],
});
