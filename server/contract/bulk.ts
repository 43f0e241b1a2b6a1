import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { byId, id, nothing, page, pageQuery, time } from "./shapes.ts";
import { filterFailures, userFilter } from "./users.ts";

/** What can be done to many users at once (U16). */
export const bulkActions = [
  "enable",
  "disable",
  "block",
  "unblock",
  "setRole",
  "addToGroup",
  "removeFromGroup",
  "sendActivation",
  "sendWelcome",
  "sendPasswordReset",
  "resetFactors",
  "endSessions",
  "delete",
] as const;
export type BulkAction = (typeof bulkActions)[number];

/** working: goes on in the background. stopped: whoever started it may not do it any more. */
export const bulkStates = ["working", "done", "cancelled", "stopped"] as const;
export type BulkState = (typeof bulkStates)[number];

/** unchanged: it was so already. */
export const bulkOutcomes = ["changed", "unchanged", "refused"] as const;
export type BulkOutcome = (typeof bulkOutcomes)[number];

/** Most users that can be chosen one by one. */
export const mostPicked = 10_000;

/** Whom a bulk action is for. Who they are is settled when it starts, whatever changes later. */
export const bulkSelection = z.union([
  z.object({ ids: z.array(id).min(1).max(mostPicked) }).strict(),
  /** Everybody in the user list that is narrowed like this, but for a few. */
  z.object({ filter: z.object(userFilter).strict(), except: z.array(id).max(1000).optional() }).strict(),
  /** Those whom another bulk action changed: to take it back. */
  z.object({ changedBy: id }).strict(),
]);
export type BulkSelection = z.infer<typeof bulkSelection>;

const named = z.object({ id, name: z.string() });

/** A bulk action with how far it has come. */
export const bulkJob = z.object({
  id,
  action: z.enum(bulkActions),
  /** The role that users get, with the name that it had at the start. */
  role: named.nullable(),
  /** The group that they join or leave, likewise. */
  group: named.nullable(),
  selection: z.object({
    kind: z.enum(["ids", "filter", "changedBy"]),
    /** The words of the user list's address. */
    filter: z.record(z.string(), z.string()).nullable(),
    changedBy: id.nullable(),
  }),
  state: z.enum(bulkStates),
  /** Why it was stopped: a failure code. */
  reason: z.string().nullable(),
  startedBy: z.object({ kind: z.string(), id: z.string().nullable(), name: z.string() }),
  /** How many users it is for, and what has become of them so far. */
  total: z.number().int(),
  changed: z.number().int(),
  unchanged: z.number().int(),
  refused: z.number().int(),
  createdAt: time,
  endedAt: time.nullable(),
});

export const startBulkJob = endpoint({
  method: "POST",
  path: "/bulk-jobs",
  summary: "Do something to many users in the background; groups also need the permission to manage groups",
  permission: "accounts",
  params: nothing,
  query: nothing,
  body: z
    .object({
      action: z.enum(bulkActions),
      selection: bulkSelection,
      /** For `setRole`. */
      roleId: id.optional(),
      /** For `addToGroup` and `removeFromGroup`. */
      groupId: id.optional(),
      /** How many users were confirmed: it is refused when more match at the start. */
      confirmed: z.number().int().min(0).optional(),
    })
    .strict(),
  status: 201,
  reply: bulkJob,
  failures: [
    ...filterFailures,
    "bulk.empty",
    "bulk.grown",
    "bulk.missing",
    "role.missing",
    "group.missing",
    "group.ofDirectory",
    "access.escalation",
  ],
});

export const listBulkJobs = endpoint({
  method: "GET",
  path: "/bulk-jobs",
  summary: "Bulk actions, newest first; they are kept for 90 days",
  permission: "accounts",
  params: nothing,
  query: z.object(pageQuery),
  body: nothing,
  status: 200,
  reply: page(bulkJob),
  failures: ["request.cursorInvalid"],
});

export const getBulkJob = endpoint({
  method: "GET",
  path: "/bulk-jobs/:id",
  summary: "How far a bulk action has come, and why users were refused",
  permission: "accounts",
  params: byId,
  query: nothing,
  body: nothing,
  status: 200,
  reply: bulkJob.extend({
    /** Failure codes of the refusals so far, the most frequent first. */
    refusals: z.array(z.object({ code: z.string(), count: z.number().int() })),
  }),
  failures: ["bulk.missing"],
});

export const listBulkResults = endpoint({
  method: "GET",
  path: "/bulk-jobs/:id/results",
  summary: "What has become of each user of a bulk action",
  permission: "accounts",
  params: byId,
  query: z.object({ ...pageQuery, outcome: z.enum(bulkOutcomes).optional() }),
  body: nothing,
  status: 200,
  reply: page(
    z.object({
      id,
      displayName: z.string(),
      /** Null for an account that is deleted. */
      username: z.string().nullable(),
      /** Null: not dealt with. */
      outcome: z.enum(bulkOutcomes).nullable(),
      /** Why it was refused: a failure code, and its sentence. */
      reason: z.object({ code: z.string(), says: z.string() }).nullable(),
    }),
  ),
  failures: ["bulk.missing", "request.cursorInvalid"],
});

export const cancelBulkJob = endpoint({
  method: "POST",
  path: "/bulk-jobs/:id/cancel",
  summary: "Stop a bulk action; what is done stays done",
  permission: "accounts",
  params: byId,
  query: nothing,
  body: nothing,
  status: 200,
  reply: bulkJob,
  failures: ["bulk.missing", "bulk.over"],
});
