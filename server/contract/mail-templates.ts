import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { id, nothing, time } from "./shapes.ts";

/** All mails that Gatehouse sends. */
export const mailNames = [
  "activation",
  "activation-reminder",
  "welcome",
  "password-reset",
  "password-expired",
  "password-changed",
  "sign-in-confirm",
  "sign-in-new",
  "sign-in-denied",
  "sign-in-code",
  "factor-changed",
  "import-finished",
  "export-done",
  "test",
] as const;

/** The languages that mails are written in. */
export const mailLocales = ["en", "ja"] as const;

/** What a template is made of. The html is the inner part; `{% layout "layout" %}` puts the frame round it. */
export const templateParts = ["subject", "text", "html"] as const;
export type TemplatePart = (typeof templateParts)[number];

/** What can be wrong with a template. */
export const templateFaults = [
  "syntax",
  "unknownTag",
  "unknownFilter",
  "unknownVariable",
  "unknownFile",
  "loop",
  "markup",
  "empty",
  "linkMissing",
  "codeMissing",
  "costly",
] as const;
export type TemplateFault = (typeof templateFaults)[number];

const subject = z.string().max(500);
const text = z.string().max(50_000);
const html = z.string().max(100_000);
const sources = z.object({ subject, text, html });

export const templateProblem = z.object({
  part: z.enum(templateParts),
  fault: z.enum(templateFaults),
  /** Where, counted from one; null where it is the whole part. */
  line: z.number().int().nullable(),
  column: z.number().int().nullable(),
  /** The variable, filter, tag or file that it is about, or what the parser says. */
  what: z.string().nullable(),
});
export type TemplateProblem = z.infer<typeof templateProblem>;

const which = z.object({ name: z.enum(mailNames), locale: z.enum(mailLocales) });

export const mailTemplate = which.extend({
  ...sources.shape,
  /** What comes with Gatehouse. */
  defaults: sources,
  /** The parts that differ from it. */
  edited: z.array(z.enum(templateParts)),
  /** What may stand between double braces. Without the needed ones the mail would be of no use. */
  variables: z.array(z.object({ name: z.string(), isNeeded: z.boolean() })),
  /** Whether the asker may change it: who edits a mail with a link or code that signs in could take over any account. */
  mayEdit: z.boolean(),
  /** Sent back with a change; 0 as long as nothing is edited. */
  version: z.number().int(),
  updatedAt: time.nullable(),
  /** When it last failed while a mail was written, so that the default was sent instead, and why. */
  failedAt: time.nullable(),
  failedReason: z.string().nullable(),
});

export const listMailTemplates = endpoint({
  method: "GET",
  path: "/mail-templates",
  summary: "The templates of all mails, and which are edited",
  permission: "settings",
  params: nothing,
  query: nothing,
  body: nothing,
  status: 200,
  reply: z.object({
    items: z.array(
      z.object({
        name: z.enum(mailNames),
        locales: z.array(
          z.object({
            locale: z.enum(mailLocales),
            subject: z.string(),
            edited: z.array(z.enum(templateParts)),
            updatedAt: time.nullable(),
            failedAt: time.nullable(),
          }),
        ),
      }),
    ),
  }),
  failures: [],
});

export const getMailTemplate = endpoint({
  method: "GET",
  path: "/mail-templates/:name/:locale",
  summary: "One template in one language, with its default and its variables",
  permission: "settings",
  params: which,
  query: nothing,
  body: nothing,
  status: 200,
  reply: mailTemplate,
  failures: [],
});

export const updateMailTemplate = endpoint({
  method: "PUT",
  path: "/mail-templates/:name/:locale",
  summary: "Change a template; parts that are like the default are not kept",
  permission: "settings",
  params: which,
  query: nothing,
  body: sources.extend({ version: z.number().int().min(0) }).strict(),
  status: 200,
  reply: mailTemplate,
  failures: ["access.escalation", "request.stale", "mailTemplate.invalid"],
});

export const resetMailTemplate = endpoint({
  method: "DELETE",
  path: "/mail-templates/:name/:locale",
  summary: "Go back to the template that comes with Gatehouse",
  permission: "settings",
  params: which,
  query: nothing,
  body: nothing,
  status: 200,
  reply: mailTemplate,
  failures: ["access.escalation"],
});

export const previewMailTemplate = endpoint({
  method: "POST",
  path: "/mail-templates/:name/:locale/preview",
  summary: "What a mail would look like with example data, and what is wrong with the template; nothing is kept",
  permission: "settings",
  params: which,
  query: nothing,
  body: sources.partial().strict(),
  status: 200,
  reply: z.object({
    problems: z.array(templateProblem),
    /** Null where the template cannot be used. */
    mail: sources.nullable(),
  }),
  failures: [],
});

export const testMailTemplate = endpoint({
  method: "POST",
  path: "/mail-templates/:name/:locale/test",
  summary: "Send the mail with example data to the address of whoever asks",
  permission: "settings",
  params: which,
  query: nothing,
  body: sources.partial().strict(),
  status: 200,
  reply: z.object({ mailId: id, recipient: z.string() }),
  failures: ["user.emailMissing", "mailTemplate.invalid"],
});
