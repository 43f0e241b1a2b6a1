import { changesBetween, record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import { templateParts } from "../contract/mail-templates.ts";
import type { TemplateProblem } from "../contract/mail-templates.ts";
import { allPermissions } from "../contract/permissions.ts";
import { deleteMailTemplate, saveMailTemplate, selectMailTemplate } from "../db/sql/mail-templates.ts";
import type { Actor, Work } from "../db/work.ts";
import type { Locale } from "../kernel/words/locale.ts";
import { checkTemplate } from "./check-template.ts";
import type { MailName } from "./mail-data.ts";
import { defaultTemplate } from "./mail-template.ts";
import type { MailTemplate } from "./mail-template.ts";
import { neededVariable } from "./mail-variables.ts";
import { effectiveTemplate, templateSubject } from "./read-templates.ts";

/**
 * Whether somebody may change what a mail says. A link or a code that signs in could be sent elsewhere by whoever writes
 * the text around it, that of an administrator too; so it takes every permission that an account can have.
 */
export function mayEditTemplate(actor: Actor, name: MailName): boolean {
  return (
    actor.can("settings") && (neededVariable(name) === undefined || allPermissions.every((each) => actor.can(each)))
  );
}

/**
 * Changes what a mail says in a language (O5). Only what differs from the default is kept.
 *
 * @param seen the version that was changed; 0 where nothing was edited before
 * @throws access.denied access.escalation
 * @throws mailTemplate.invalid what is wrong with it, and where
 * @throws request.stale        somebody else changed it in the meantime
 */
export async function editTemplate(
  work: Work,
  name: MailName,
  locale: Locale,
  given: MailTemplate,
  seen: number,
): Promise<void> {
  permit(work, name);
  const standard = defaultTemplate(name, locale);
  const template = withPlainBreaks(given);
  refuseBad(checkTemplate(name, locale, template));
  const before = await selectMailTemplate(work.tx, name, locale);
  if ((before?.version ?? 0) !== seen) throw failure("request.stale");
  const changes = changesBetween({ ...effectiveTemplate(name, locale, before) }, { ...template });
  if (changes === undefined) return;
  const kept = {
    subject: template.subject === standard.subject ? null : template.subject,
    text: template.text === standard.text ? null : template.text,
    html: template.html === standard.html ? null : template.html,
  };
  const isSaved = templateParts.every((part) => kept[part] === null)
    ? await deleteMailTemplate(work.tx, name, locale)
    : await saveMailTemplate(work.tx, { name, locale, ...kept }, seen, work.now);
  if (!isSaved) throw failure("request.stale");
  record(work, { type: "mailTemplate.updated", subject: templateSubject(name, locale), changes });
}

/** Goes back to what comes with the house. @throws access.denied access.escalation */
export async function resetTemplate(work: Work, name: MailName, locale: Locale): Promise<void> {
  permit(work, name);
  const before = await selectMailTemplate(work.tx, name, locale);
  if (!(await deleteMailTemplate(work.tx, name, locale))) return;
  const changes = changesBetween(
    { ...effectiveTemplate(name, locale, before) },
    { ...effectiveTemplate(name, locale, undefined) },
  );
  record(work, {
    type: "mailTemplate.reset",
    subject: templateSubject(name, locale),
    ...(changes === undefined ? {} : { changes }),
  });
}

/** Refuses a template that something is wrong with. @throws mailTemplate.invalid */
export function refuseBad(problems: TemplateProblem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const { part, fault, line, column, what } = first;
  const where = line === null ? "" : `Line ${line}, column ${column}: `;
  throw failure("mailTemplate.invalid", {
    field: part,
    says: `${where}${sentences[fault]}${what === null ? "" : ` (${what})`}`,
    data: { line: line ?? 1, column: column ?? 1, what: what ?? part },
  });
}

const sentences: Record<TemplateProblem["fault"], string> = {
  syntax: "this is not right Liquid",
  unknownTag: "there is no such tag in mails",
  unknownFilter: "there is no such filter in mails",
  unknownVariable: "this mail has no such variable",
  unknownFile: "there is no such piece to take in",
  loop: "mails have nothing to repeat",
  markup: "mails cannot have this in their html",
  empty: "this must not be empty",
  linkMissing: "the link must be there, in the html as one to be followed",
  codeMissing: "the code must be there",
  costly: "writing this mail costs too much or fails",
};

function permit(work: Work, name: MailName): void {
  if (!work.actor.can("settings")) throw failure("access.denied");
  if (!mayEditTemplate(work.actor, name)) throw failure("access.escalation");
}

/** Browsers send texts of forms with CR LF. */
function withPlainBreaks({ subject, text, html }: MailTemplate): MailTemplate {
  const plain = (source: string) => source.replaceAll("\r\n", "\n");
  return { subject: plain(subject).trim(), text: plain(text), html: plain(html) };
}
