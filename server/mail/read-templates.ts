import { templateParts } from "../contract/mail-templates.ts";
import type { TemplatePart } from "../contract/mail-templates.ts";
import type { MailTemplateRow } from "../db/sql/mail-templates.ts";
import type { Locale } from "../kernel/words/locale.ts";
import type { MailName } from "./mail-data.ts";
import { defaultTemplate } from "./mail-template.ts";
import type { MailTemplate } from "./mail-template.ts";

/** What a mail is written by: what the organization changed, and the default for the rest. */
export function effectiveTemplate(
  name: MailName,
  locale: Locale,
  edited: Pick<MailTemplateRow, TemplatePart> | undefined,
): MailTemplate {
  const standard = defaultTemplate(name, locale);
  return {
    subject: edited?.subject ?? standard.subject,
    text: edited?.text ?? standard.text,
    html: edited?.html ?? standard.html,
  };
}

/** The parts that the organization changed. */
export function editedParts(edited: Pick<MailTemplateRow, TemplatePart> | undefined): TemplatePart[] {
  return templateParts.filter((part) => edited !== undefined && edited[part] !== null);
}

/** A template as the log names it. */
export function templateSubject(name: MailName, locale: Locale) {
  return { kind: "mailTemplate" as const, id: `${name}.${locale}`, name: `${name}.${locale}` };
}
