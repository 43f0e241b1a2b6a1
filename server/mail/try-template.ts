import { failure } from "../contract/failure.ts";
import type { TemplatePart, TemplateProblem } from "../contract/mail-templates.ts";
import { selectMailTemplate } from "../db/sql/mail-templates.ts";
import { selectUser } from "../db/sql/users.ts";
import type { Work } from "../db/work.ts";
import type { House } from "../house.ts";
import type { MailId } from "../kernel/ids.ts";
import type { Locale } from "../kernel/words/locale.ts";
import { readSetting } from "../settings/read-settings.ts";
import { checkTemplate } from "./check-template.ts";
import { composeMail } from "./compose-mail.ts";
import type { ComposedMail } from "./compose-mail.ts";
import { refuseBad } from "./edit-template.ts";
import type { MailName } from "./mail-data.ts";
import type { MailTemplate } from "./mail-template.ts";
import { queueMail } from "./queue-mail.ts";
import { effectiveTemplate } from "./read-templates.ts";
import { sampleMails } from "./sample-mails.ts";

/** Sources that were not saved; what is missing is as it is. */
export type Draft = { [Part in TemplatePart]?: string | undefined };

/** What a mail would look like with example data, or what is wrong with its template. @throws access.denied */
export async function previewTemplate(
  work: Work,
  house: House,
  name: MailName,
  locale: Locale,
  draft: Draft,
): Promise<{ problems: TemplateProblem[]; mail: ComposedMail | null }> {
  const template = await draftOf(work, name, locale, draft);
  const problems = checkTemplate(name, locale, template);
  if (problems.length > 0) return { problems, mail: null };
  return { problems, mail: composeMail(name, locale, await exampleOf(work, house, name, locale), template) };
}

/**
 * Sends a mail with example data to whoever asks; its links lead nowhere.
 *
 * @throws access.denied mailTemplate.invalid
 * @throws user.emailMissing whoever asks has no address, such as an API token
 */
export async function sendTestMail(
  work: Work,
  house: House,
  name: MailName,
  locale: Locale,
  draft: Draft,
): Promise<{ mailId: MailId; recipient: string }> {
  const template = await draftOf(work, name, locale, draft);
  refuseBad(checkTemplate(name, locale, template));
  const { kind, id } = work.actor;
  const user = kind === "user" && id !== null ? await selectUser(work.tx, id) : undefined;
  if (user?.email == null) throw failure("user.emailMissing");
  const mailId = await queueMail(house, work.tx, {
    to: user.email,
    userId: user.id,
    name,
    locale,
    data: await exampleOf(work, house, name, locale),
    now: work.now,
    template,
  });
  return { mailId, recipient: user.email };
}

async function draftOf(work: Work, name: MailName, locale: Locale, draft: Draft): Promise<MailTemplate> {
  if (!work.actor.can("settings")) throw failure("access.denied");
  const saved = effectiveTemplate(name, locale, await selectMailTemplate(work.tx, name, locale));
  return {
    subject: draft.subject ?? saved.subject,
    text: draft.text ?? saved.text,
    html: draft.html ?? saved.html,
  };
}

async function exampleOf<Name extends MailName>(work: Work, house: House, name: Name, locale: Locale) {
  const organization = await readSetting(work.tx, "organization.name");
  return sampleMails(name, locale, house.config.issuer, organization)[0];
}
