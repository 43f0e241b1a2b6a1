import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { mailNames } from "./mail-templates.ts";
import { byId, id, nothing, page, pageQuery, place, time } from "./shapes.ts";

export const eventRow = z.object({
  id,
  at: time,
  /** What happened, such as `user.created`; the words for people are the console's. */
  type: z.string(),
  outcome: z.enum(["success", "failure"]),
  /** Why it failed: a failure code. */
  reason: z.string().nullable(),
  actor: z.object({ kind: z.string(), id: z.string().nullable(), name: z.string().nullable(), isDeleted: z.boolean() }),
  subject: z
    .object({ kind: z.string(), id: z.string(), name: z.string().nullable(), isDeleted: z.boolean() })
    .nullable(),
  app: z.object({ id, name: z.string() }).nullable(),
  /** By field: what was there before and after. Secrets are never among them. */
  changes: z.record(z.string(), z.object({ from: z.unknown(), to: z.unknown() })).nullable(),
  details: z.record(z.string(), z.unknown()).nullable(),
  address: z.string().nullable(),
  /** Where the address is, where a database knows it. */
  place: place.nullable(),
  browser: z.string().nullable(),
  requestId: z.string().nullable(),
});

export const listEvents = endpoint({
  method: "GET",
  path: "/events",
  summary: "The audit log, newest first",
  permission: "logs",
  params: nothing,
  query: z.object({
    ...pageQuery,
    /** A username, user id, email or network address. */
    q: z.string().max(320).optional(),
    /** A type, or its first part: `user` or `user.created`. */
    type: z.string().max(100).optional(),
    outcome: z.enum(["success", "failure"]).optional(),
    subject: z.string().max(100).optional(),
    after: time.optional(),
    before: time.optional(),
  }),
  body: nothing,
  status: 200,
  reply: page(eventRow),
  failures: ["request.invalid", "request.cursorInvalid"],
});

export const mailStates = ["waiting", "sent", "failed", "kept"] as const;

export const mailRow = z.object({
  id,
  recipient: z.string(),
  template: z.string(),
  locale: z.string(),
  subject: z.string(),
  /** kept: no mail server is set up, so the mail stays here. */
  state: z.enum(mailStates),
  attempts: z.number().int(),
  lastError: z.string().nullable(),
  user: z.object({ id, name: z.string() }).nullable(),
  createdAt: time,
  sentAt: time.nullable(),
});

/** The content is there as long as the mail has not left; it may hold a link that signs someone in. */
export const mailDetails = mailRow.extend({ text: z.string().nullable(), html: z.string().nullable() });

export const listMails = endpoint({
  method: "GET",
  path: "/mails",
  summary: "The outbox, newest first",
  permission: "accounts",
  params: nothing,
  query: z.object({
    ...pageQuery,
    state: z.enum(mailStates).optional(),
    template: z.enum(mailNames).optional(),
    /** A part of the address. */
    q: z.string().max(320).optional(),
  }),
  body: nothing,
  status: 200,
  reply: page(mailRow),
  failures: ["request.cursorInvalid"],
});

export const getMail = endpoint({
  method: "GET",
  path: "/mails/:id",
  summary: "One mail with its content; the log says who read it",
  permission: "accounts",
  params: byId,
  query: nothing,
  body: nothing,
  status: 200,
  reply: mailDetails,
  failures: ["mail.missing", "access.escalation"],
});

export const retryMail = endpoint({
  method: "POST",
  path: "/mails/:id/retry",
  summary: "Try to send a mail again that failed or was kept",
  permission: "accounts",
  params: byId,
  query: nothing,
  body: nothing,
  status: 200,
  reply: mailRow,
  failures: ["mail.missing"],
});

export const retryMails = endpoint({
  method: "POST",
  path: "/mails/retry",
  summary: "Try to send all mails again that failed or were kept, in the background",
  permission: "accounts",
  params: nothing,
  query: nothing,
  body: z
    .object({
      state: z.enum(["failed", "kept"]),
      template: z.enum(mailNames).optional(),
      q: z.string().max(320).optional(),
    })
    .strict(),
  status: 200,
  /** How many there were. */
  reply: z.object({ total: z.number().int(), totalIsMore: z.boolean() }),
  failures: ["mail.noServer"],
});
