import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { id, noReply, nothing, time } from "./shapes.ts";

export const getMe = endpoint({
  method: "GET",
  path: "/me",
  summary: "Who is asking, and what they may do",
  permission: null,
  params: nothing,
  query: nothing,
  body: nothing,
  status: 200,
  reply: z.object({
    /** Null for an API token. */
    userId: id.nullable(),
    name: z.string(),
    username: z.string().nullable(),
    role: z.string().nullable(),
    locale: z.string().nullable(),
    timeZone: z.string().nullable(),
    permissions: z.array(z.string()),
    organization: z.string(),
    issuer: z.string(),
    hasMailServer: z.boolean(),
  }),
  failures: [],
});

export const signOut = endpoint({
  method: "POST",
  path: "/me/sign-out",
  summary: "End the console session and the sign-in behind it",
  permission: null,
  params: nothing,
  query: nothing,
  body: nothing,
  status: 204,
  reply: noReply,
  failures: [],
});

const day = z.object({ day: z.iso.date(), signedIn: z.number().int(), failed: z.number().int() });

export const getOverview = endpoint({
  method: "GET",
  path: "/overview",
  summary: "The figures of the overview page",
  permission: null,
  params: nothing,
  query: z.object({ days: z.coerce.number().int().min(7).max(90).default(30) }),
  body: nothing,
  status: 200,
  reply: z.object({
    accounts: z.number().int(),
    accountsThisWeek: z.number().int(),
    byStatus: z.object({
      pending: z.number().int(),
      active: z.number().int(),
      blocked: z.number().int(),
      disabled: z.number().int(),
    }),
    onboarded: z.number().int(),
    groups: z.number().int(),
    /** Users by enrolled second factor, and with any. */
    factors: z.object({
      any: z.number().int(),
      passkey: z.number().int(),
      totp: z.number().int(),
      email: z.number().int(),
    }),
    /** When the numbers above were counted; null: just now. Where there are many accounts, they are counted now and then. */
    countedAt: time.nullable(),
    /** Distinct users who signed in to an app in the last 30 days. */
    monthlyActive: z.number().int(),
    /** The same by calendar month in UTC, oldest first, twelve of them; the last one is not over. */
    months: z.array(z.object({ month: z.string().regex(/^\d{4}-\d\d$/), users: z.number().int() })),
    apps: z.number().int(),
    failedSignIns24h: z.number().int(),
    /** Sign-ins by day, oldest first, days without any included. */
    signIns: z.array(day),
    /** Why sign-ins failed in the last 24 hours, most frequent first. */
    failureReasons: z.array(z.object({ reason: z.string(), count: z.number().int() })),
    directories: z.array(
      z.object({
        id,
        name: z.string(),
        isPaused: z.boolean(),
        lastRequestAt: time.nullable(),
        failed24h: z.number().int(),
        /** When its last token ends; null: never, or it has none. */
        tokenEndsAt: time.nullable(),
      }),
    ),
    /** Counted up to 10,000 of each. */
    mails: z.object({ waiting: z.number().int(), failed: z.number().int(), kept: z.number().int() }),
    /** Work in the background, counted up to 10,000 of each; failed: given up after all tries. */
    jobs: z.object({ waiting: z.number().int(), running: z.number().int(), failed: z.number().int() }),
  }),
  failures: [],
});

export const setting = z.object({
  key: z.string(),
  value: z.union([z.boolean(), z.number(), z.string()]),
  default: z.union([z.boolean(), z.number(), z.string()]),
  summary: z.string(),
  group: z.string(),
});

export const listSettings = endpoint({
  method: "GET",
  path: "/settings",
  summary: "All settings of the organization with their meaning and default",
  permission: "settings",
  params: nothing,
  query: nothing,
  body: nothing,
  status: 200,
  reply: z.object({ items: z.array(setting) }),
  failures: [],
});

export const setSetting = endpoint({
  method: "PUT",
  path: "/settings/:key",
  summary: "Change a setting",
  permission: "settings",
  params: z.object({ key: z.string().max(100) }),
  query: nothing,
  body: z.object({ value: z.union([z.boolean(), z.number(), z.string()]) }).strict(),
  status: 200,
  reply: setting,
  failures: ["setting.missing", "setting.invalid"],
});
