import type { z } from "zod";
import type * as mailTemplates from "../../contract/mail-templates.ts";
import { mailLocales, mailNames } from "../../contract/mail-templates.ts";
import { selectMailTemplate, selectMailTemplates } from "../../db/sql/mail-templates.ts";
import { inWork } from "../../db/work.ts";
import type { Work } from "../../db/work.ts";
import type { Locale } from "../../kernel/words/locale.ts";
import { editTemplate, mayEditTemplate, resetTemplate } from "../../mail/edit-template.ts";
import type { MailName } from "../../mail/mail-data.ts";
import { defaultTemplate } from "../../mail/mail-template.ts";
import { neededVariable, variablesOf } from "../../mail/mail-variables.ts";
import { editedParts, effectiveTemplate } from "../../mail/read-templates.ts";
import { previewTemplate, sendTestMail } from "../../mail/try-template.ts";
import type { Handlers } from "./handler.ts";

type Operations = Pick<
  typeof mailTemplates,
  | "listMailTemplates"
  | "getMailTemplate"
  | "updateMailTemplate"
  | "resetMailTemplate"
  | "previewMailTemplate"
  | "testMailTemplate"
>;

export const mailTemplateHandlers: Handlers<Operations> = {
  listMailTemplates: async ({ house }) => {
    const rows = await selectMailTemplates(house.db);
    return {
      items: mailNames.map((name) => ({
        name,
        locales: mailLocales.map((locale) => {
          const row = rows.find((one) => one.name === name && one.locale === locale);
          return {
            locale,
            subject: effectiveTemplate(name, locale, row).subject,
            edited: editedParts(row),
            updatedAt: row?.updated_at.toISOString() ?? null,
            failedAt: row?.failed_at?.toISOString() ?? null,
          };
        }),
      })),
    };
  },

  getMailTemplate: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => await presented(work, params.name, params.locale)),

  updateMailTemplate: async ({ house, by, params: { name, locale }, body: { version, ...template } }) =>
    await inWork(house, by, async (work) => {
      await editTemplate(work, name, locale, template, version);
      return await presented(work, name, locale);
    }),

  resetMailTemplate: async ({ house, by, params: { name, locale } }) =>
    await inWork(house, by, async (work) => {
      await resetTemplate(work, name, locale);
      return await presented(work, name, locale);
    }),

  previewMailTemplate: async ({ house, by, params: { name, locale }, body }) =>
    await inWork(house, by, async (work) => await previewTemplate(work, house, name, locale, body)),

  testMailTemplate: async ({ house, by, params: { name, locale }, body }) =>
    await inWork(house, by, async (work) => await sendTestMail(work, house, name, locale, body)),
};

async function presented(
  work: Work,
  name: MailName,
  locale: Locale,
): Promise<z.input<typeof mailTemplates.mailTemplate>> {
  const row = await selectMailTemplate(work.tx, name, locale);
  return {
    name,
    locale,
    ...effectiveTemplate(name, locale, row),
    defaults: defaultTemplate(name, locale),
    edited: editedParts(row),
    variables: variablesOf(name).map((variable) => ({
      name: variable,
      isNeeded: variable === neededVariable(name),
    })),
    mayEdit: mayEditTemplate(work.actor, name),
    version: row?.version ?? 0,
    updatedAt: row?.updated_at.toISOString() ?? null,
    failedAt: row?.failed_at?.toISOString() ?? null,
    failedReason: row?.failed_reason ?? null,
  };
}
