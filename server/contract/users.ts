import { z } from "zod";
import { attributeChanges, attributeValues, valueFailures } from "./attributes.ts";
import { endpoint } from "./endpoint.ts";
import { byId, id, noReply, nothing, page, pageQuery, place, time } from "./shapes.ts";

export const statuses = ["pending", "active", "blocked", "disabled", "deleted"] as const;
export type Status = (typeof statuses)[number];

/** Statuses that a list can be narrowed to; deleted accounts are in no list. */
export const listedStatuses = ["pending", "active", "blocked", "disabled"] as const;

/** An own rule of a user about second factors; without one the policy of the organization counts. */
export const factorRules = ["require", "allow", "forbid"] as const;
export type FactorRule = (typeof factorRules)[number];

/** An own switch of a user for account protection; without one the organization's counts. */
export const protectionSwitches = ["on", "off"] as const;
export type ProtectionSwitch = (typeof protectionSwitches)[number];

/** Kinds of second factors, the strongest first: it is asked for unless the user has chosen another. */
export const factorKinds = ["passkey", "totp", "email"] as const;
export type FactorKind = (typeof factorKinds)[number];

export const userSorts = ["created", "name", "username", "email", "lastActive", "signIns"] as const;

const named = z.object({ id, name: z.string() });

/** A row of the user list. */
export const userRow = z.object({
  id,
  username: z.string(),
  displayName: z.string(),
  givenName: z.string().nullable(),
  familyName: z.string().nullable(),
  email: z.string().nullable(),
  status: z.enum(statuses),
  isOnboarded: z.boolean(),
  role: named,
  /** The first groups by name, and how many there are in all. */
  groups: z.array(named),
  groupCount: z.number().int(),
  directory: named.nullable(),
  sessionCount: z.number().int(),
  /** Registered devices. */
  deviceCount: z.number().int(),
  signInCount: z.number().int(),
  /** Kinds of second factors that are enrolled, the strongest first. */
  factorKinds: z.array(z.enum(factorKinds)),
  lastActiveAt: time.nullable(),
  /** Masked as 203.0.113.x unless the viewer may see full addresses. */
  lastAddress: z.string().nullable(),
  createdAt: time,
  /** Values of the organization's own attributes; in a list, of those that were asked for. */
  attributes: attributeValues,
});

const multiValue = z.object({ value: z.string(), type: z.string().optional(), primary: z.boolean().optional() });

/** Everything about a user that the details page shows. */
export const userDetails = userRow.extend({
  emails: z.array(multiValue),
  phoneNumbers: z.array(multiValue),
  title: z.string().nullable(),
  department: z.string().nullable(),
  employeeNumber: z.string().nullable(),
  manager: named.nullable(),
  externalId: z.string().nullable(),
  locale: z.string().nullable(),
  timeZone: z.string().nullable(),
  marketingConsent: z.boolean(),
  hasPassword: z.boolean(),
  passwordIsTemporary: z.boolean(),
  passwordSetAt: time.nullable(),
  /** When the password stops working; null: never. */
  passwordExpiresAt: time.nullable(),
  /** How many devices there may be; null: the default of the organization; 0: no limit. */
  deviceLimit: z.number().int().nullable(),
  /** Second factors that are enrolled. */
  factors: z.array(
    z.object({
      id,
      kind: z.enum(factorKinds),
      /** What its owner calls a passkey; the address of codes by email; null for an authenticator app. */
      name: z.string().nullable(),
      /** Whether a passkey was copied to other devices of its owner; null for other kinds. */
      isBackedUp: z.boolean().nullable(),
      createdAt: time,
      lastUsedAt: time,
    }),
  ),
  recoveryCodesLeft: z.number().int(),
  /** Null: as the organization's policy says. */
  factorRule: z.enum(factorRules).nullable(),
  /** Whether a sign-in from an unknown device, network or place waits for a link sent by email; null: as the organization says. */
  protection: z.enum(protectionSwitches).nullable(),
  /** Whether the account may be used through a connection (single sign-on). */
  allowsSso: z.boolean(),
  /** What organization, role and rule together ask of this user; an app may ask for more. */
  factorLevel: z.enum(["off", "optional", "required"]),
  /** Which kind is asked for first; null: the strongest that is enrolled. */
  defaultFactor: z.enum(factorKinds).nullable(),
  onboardedAt: time.nullable(),
  updatedAt: time,
  version: z.string(),
});

export const sessionRow = z.object({
  id: z.string(),
  startedAt: time,
  lastActiveAt: time,
  /** When it is over, unless it is used meanwhile. */
  expiresAt: time,
  /** Masked unless the viewer may see full addresses. */
  address: z.string().nullable(),
  /** Null where no database knows the address. */
  place: place.nullable(),
  /** Browser and system: "Firefox on Windows". */
  browser: z.string().nullable(),
  isPhone: z.boolean(),
  deviceId: id.nullable(),
  /** The apps that it was used for. */
  apps: z.array(named),
});

export const deviceRow = z.object({
  id,
  /** Browser and system: "Firefox on Windows"; empty when the browser did not say. */
  name: z.string(),
  isPhone: z.boolean(),
  firstSeenAt: time,
  lastSeenAt: time,
  /** Masked unless the viewer may see full addresses. */
  address: z.string().nullable(),
  place: place.nullable(),
  sessionCount: z.number().int(),
  /** Until when no second factor is asked for there; null when it is. */
  trustedUntil: time.nullable(),
});

const usernameField = z.string().min(1).max(200);

/** Fields that creating and editing share; rules beyond the shape are the server's, named by failure codes. */
const userFields = {
  username: usernameField,
  displayName: z.string().min(1).max(500),
  givenName: z.string().max(500).nullable().optional(),
  familyName: z.string().max(500).nullable().optional(),
  email: z.string().max(320).nullable().optional(),
  phone: z.string().max(50).nullable().optional(),
  roleId: id.optional(),
  locale: z.string().max(35).nullable().optional(),
  timeZone: z.string().max(64).nullable().optional(),
  marketingConsent: z.boolean().optional(),
  /** Values of the organization's own attributes by their names; null takes one away, what is not named stays. */
  attributes: attributeChanges.optional(),
  /** Account protection. Null: as the organization says. */
  protection: z.enum(protectionSwitches).nullable().optional(),
};

export const newUser = z
  .object({
    ...userFields,
    password: z.string().max(1000).optional(),
    /** Instead of a password: its hash by another system (bcrypt, scrypt, PBKDF2, argon2), taken over as it is. */
    passwordHash: z.string().max(1000).optional(),
    /** Whether the password must be changed at the next sign-in. */
    passwordIsTemporary: z.boolean().optional(),
    /** Send the activation mail now; left out: as the organization setting says. */
    sendActivation: z.boolean().optional(),
  })
  .strict();

export const userChange = z
  .object({
    ...userFields,
    /** Null: back to the default of the organization; 0: no limit. Nobody is thrown out when it is lowered. */
    deviceLimit: z.number().int().min(0).max(1000).nullable(),
    factorRule: z.enum(factorRules).nullable(),
    allowsSso: z.boolean(),
    /** Null: the strongest that is enrolled. */
    defaultFactor: z.enum(factorKinds).nullable(),
  })
  .partial()
  .strict();

/**
 * How far the invitation of somebody has come who has not completed onboarding. kept: no mail server is set up, so the
 * mail lies in the outbox. copied: an administrator took the link to hand it over.
 */
export const invitationStates = [
  "uninvited",
  "waiting",
  "sent",
  "opened",
  "expired",
  "failed",
  "kept",
  "copied",
] as const;
export type InvitationState = (typeof invitationStates)[number];

/** What narrows the user list, in its address and wherever users are chosen by what they have in common. */
export const userFilter = {
  /** Part of username, name or email, or an id. */
  q: z.string().max(200).optional(),
  /** Comma-separated. */
  status: z.string().max(100).optional(),
  onboarded: z.enum(["yes", "no"]).optional(),
  group: id.optional(),
  role: id.optional(),
  /** A directory's id, or `local`. */
  directory: z.string().max(36).optional(),
  /** Who has a value of an attribute of the organization: `costCode:A-113`; of a text, `costCode:A-*` is its beginning. */
  attribute: z.string().max(700).optional(),
  /** Whether a second factor is enrolled. */
  factor: z.enum(["yes", "no"]).optional(),
  /** From this time on. */
  createdAfter: time.optional(),
  /** Before this time. */
  createdBefore: time.optional(),
  activeAfter: time.optional(),
  activeBefore: time.optional(),
  /** How far the invitation has come, comma-separated; for those who are not onboarded. */
  invitation: z.string().max(100).optional(),
};

export const filterFailures = ["request.invalid", "attribute.unknown", "attribute.valueInvalid"] as const;

export const listUsers = endpoint({
  method: "GET",
  path: "/users",
  summary: "List, search and filter users",
  permission: "accounts",
  params: nothing,
  query: z.object({
    ...pageQuery,
    ...userFilter,
    /** Names of attributes of the organization whose values to show, separated by commas. */
    attributes: z.string().max(2000).optional(),
    sort: z.enum(userSorts).default("created"),
    order: z.enum(["asc", "desc"]).default("desc"),
  }),
  body: nothing,
  status: 200,
  reply: page(userRow),
  failures: [...filterFailures, "request.cursorInvalid"],
});

export const countUsers = endpoint({
  method: "GET",
  path: "/users/count",
  summary: "How many users match, exactly; the list counts no further than 10,000",
  permission: "accounts",
  params: nothing,
  query: z.object(userFilter),
  body: nothing,
  status: 200,
  reply: z.object({ count: z.number().int() }),
  failures: filterFailures,
});

export const createUser = endpoint({
  method: "POST",
  path: "/users",
  summary: "Create a user",
  permission: "accounts",
  params: nothing,
  query: nothing,
  body: newUser,
  status: 201,
  reply: userDetails,
  failures: [
    ...valueFailures,
    "user.nameTaken",
    "user.nameInvalid",
    "user.nameTooShort",
    "user.nameTooLong",
    "user.displayNameMissing",
    "user.displayNameTooLong",
    "user.emailInvalid",
    "user.passwordOrEmailNeeded",
    "password.hashUnknown",
    "user.localeInvalid",
    "user.timeZoneInvalid",
    "user.phoneInvalid",
    "user.seatLimit",
    "role.missing",
    "access.escalation",
    "password.tooShort",
    "password.tooLong",
    "password.common",
    "password.personal",
    "password.classMissing",
  ],
});

export const getUser = endpoint({
  method: "GET",
  path: "/users/:id",
  summary: "Everything about a user",
  permission: "accounts",
  params: byId,
  query: nothing,
  body: nothing,
  status: 200,
  reply: userDetails,
  failures: ["user.missing"],
  isVersioned: true,
});

export const updateUser = endpoint({
  method: "PATCH",
  path: "/users/:id",
  summary: "Change a user",
  permission: "accounts",
  params: byId,
  query: nothing,
  body: userChange,
  status: 200,
  reply: userDetails,
  failures: [
    ...valueFailures,
    "user.missing",
    "request.stale",
    "user.nameTaken",
    "user.nameInvalid",
    "user.nameTooShort",
    "user.nameTooLong",
    "user.displayNameMissing",
    "user.displayNameTooLong",
    "user.emailInvalid",
    "user.localeInvalid",
    "user.timeZoneInvalid",
    "user.phoneInvalid",
    "role.missing",
    "access.escalation",
    "factor.missing",
    "user.lastAdministrator",
  ],
  isVersioned: true,
});

/** What can be done to a user in one click. */
export const userActions = [
  "enable",
  "disable",
  "block",
  "unblock",
  "sendActivation",
  "sendWelcome",
  "sendPasswordReset",
  "endSessions",
  "resetFactors",
  "removeIdentity",
] as const;
export type UserAction = (typeof userActions)[number];

export const actOnUser = endpoint({
  method: "POST",
  path: "/users/:id/actions",
  summary:
    "Enable, disable, block, unblock, send the activation, welcome or reset mail, end all sessions, reset the second factors, remove the identity",
  permission: "accounts",
  params: byId,
  query: nothing,
  body: z.object({ action: z.enum(userActions) }).strict(),
  status: 200,
  reply: userDetails,
  failures: [
    "user.missing",
    "user.lastAdministrator",
    "user.alreadyActive",
    "user.disabled",
    "user.emailMissing",
    "access.escalation",
  ],
});

export const setTemporaryPassword = endpoint({
  method: "PUT",
  path: "/users/:id/password",
  summary: "Set a temporary password, which must be changed at the next sign-in; every session ends",
  permission: "accounts",
  params: byId,
  query: nothing,
  body: z.object({ password: z.string().max(1000) }).strict(),
  status: 200,
  reply: userDetails,
  failures: [
    "user.missing",
    "access.escalation",
    "password.tooShort",
    "password.tooLong",
    "password.common",
    "password.personal",
    "password.classMissing",
    "password.usedBefore",
  ],
});

export const setPasswordExpiry = endpoint({
  method: "PUT",
  path: "/users/:id/password/expiry",
  summary: "Say when the password stops working; the person gets a mail with the steps to set another",
  permission: "accounts",
  params: byId,
  query: nothing,
  /** Null: never. A time that is past: at once. */
  body: z.object({ expiresAt: time.nullable() }).strict(),
  status: 200,
  reply: userDetails,
  failures: ["user.missing", "password.missing", "access.escalation"],
});

export const deleteUser = endpoint({
  method: "DELETE",
  path: "/users/:id",
  summary: "Delete a user and erase the personal data",
  permission: "accounts",
  params: byId,
  query: nothing,
  body: nothing,
  status: 204,
  reply: noReply,
  failures: ["user.missing", "user.lastAdministrator", "access.escalation"],
});

export const listUserSessions = endpoint({
  method: "GET",
  path: "/users/:id/sessions",
  summary: "Active sessions of a user",
  permission: "accounts",
  params: byId,
  query: nothing,
  body: nothing,
  status: 200,
  reply: z.object({ items: z.array(sessionRow) }),
  failures: ["user.missing"],
});

export const endUserSession = endpoint({
  method: "DELETE",
  path: "/users/:id/sessions/:sessionId",
  summary: "End one session of a user",
  permission: "accounts",
  params: z.object({ id, sessionId: z.string().max(100) }),
  query: nothing,
  body: nothing,
  status: 204,
  reply: noReply,
  failures: ["user.missing", "session.missing", "access.escalation"],
});

export const listUserDevices = endpoint({
  method: "GET",
  path: "/users/:id/devices",
  summary: "Registered devices of a user, and how many there may be",
  permission: "accounts",
  params: byId,
  query: nothing,
  body: nothing,
  status: 200,
  reply: z.object({
    items: z.array(deviceRow),
    /** What applies to this user; 0: no limit. */
    limit: z.number().int(),
    /** The default of the organization. */
    defaultLimit: z.number().int(),
  }),
  failures: ["user.missing"],
});

export const removeUserDevice = endpoint({
  method: "DELETE",
  path: "/users/:id/devices/:deviceId",
  summary: "Remove a device of a user; its sessions and tokens end at once",
  permission: "accounts",
  params: z.object({ id, deviceId: id }),
  query: nothing,
  body: nothing,
  status: 204,
  reply: noReply,
  failures: ["user.missing", "device.missing", "access.escalation"],
});
