import { record } from "../audit/record.ts";
import type { Tx } from "../db/connect.ts";
import { noteMailTemplateFailure, selectMailTemplate } from "../db/sql/mail-templates.ts";
import { trusted } from "../db/work.ts";
import type { House } from "../house.ts";
import { addJob } from "../jobs/add-job.ts";
import { newId } from "../kernel/ids.ts";
import type { MailId, UserId } from "../kernel/ids.ts";
import type { Keyring } from "../kernel/keyring.ts";
import type { Locale } from "../kernel/words/locale.ts";
import { composeMail } from "./compose-mail.ts";
import type { ComposedMail } from "./compose-mail.ts";
import type { MailData, MailName } from "./mail-data.ts";
import type { MailTemplate } from "./mail-template.ts";
import { effectiveTemplate, templateSubject } from "./read-templates.ts";

const purpose = "mail";

export interface MailContent {
  text: string;
  html: string;
}

/** A template that fails goes into the log once in this time. */
const quietMinutes = 60;

/**
 * Writes a mail and puts it into the outbox, in the transaction of what it tells about. With a mail server a job hands
 * it over; without one it is kept for the console to show.
 * The content may hold a link that signs someone in, so it lies encrypted and goes when the mail has left.
 *
 * @param mail.template sources to try, in place of what the organization says
 */
export async function queueMail<Name extends MailName>(
  house: House,
  tx: Tx,
  mail: {
    to: string;
    userId: UserId | null;
    name: Name;
    locale: Locale;
    data: MailData[Name];
    now: Date;
    template?: MailTemplate;
  },
): Promise<MailId> {
  const id = newId<MailId>(mail.now);
  const { subject, text, html } =
    mail.template === undefined
      ? await compose(house, tx, mail)
      : composeMail(mail.name, mail.locale, mail.data, mail.template);
  const hasServer = house.config.smtpUrl !== undefined;
  await tx.models.Mail.create(
    {
      id,
      userId: mail.userId,
      recipient: mail.to,
      template: mail.name,
      locale: mail.locale,
      subject,
      sealed: house.keyring.seal(purpose, JSON.stringify({ text, html })),
      state: hasServer ? "waiting" : "kept",
      createdAt: mail.now,
    },
    { transaction: tx.transaction },
  );
  if (hasServer) addJob(tx, "mail.send", { mailId: id }, { key: `mail:${id}`, maxAttempts: 12 });
  return id;
}

/**
 * Writes a mail as the organization wants it. Where its template fails, the mail goes out as the house writes it: a
 * mail that does not arrive is worse than one in the wrong words.
 */
async function compose<Name extends MailName>(
  house: House,
  tx: Tx,
  mail: { name: Name; locale: Locale; data: MailData[Name]; now: Date },
): Promise<ComposedMail> {
  const { name, locale, data, now } = mail;
  const edited = await selectMailTemplate(tx, name, locale);
  if (edited !== undefined) {
    try {
      return composeMail(name, locale, data, effectiveTemplate(name, locale, edited));
    } catch (error) {
      const reason = (error instanceof Error ? error.message : String(error)).slice(0, 500);
      house.log.warn({ mail: name, locale, reason }, "a mail template failed; the default takes its place");
      const since = new Date(now.getTime() - quietMinutes * 60_000);
      if (await noteMailTemplateFailure(tx, { name, locale, reason, now, since })) {
        const work = { tx, actor: trusted("system", "mail"), now, log: house.log, requestId: `mail-${name}` };
        record(work, {
          type: "mailTemplate.failed",
          outcome: "failure",
          reason,
          subject: templateSubject(name, locale),
        });
      }
    }
  }
  return composeMail(name, locale, data);
}

/** Opens the content of a mail, or null when it has left or was erased. */
export function openMail(keyring: Keyring, sealed: Buffer | null | undefined): MailContent | null {
  return sealed == null ? null : (JSON.parse(keyring.open(purpose, sealed)) as MailContent);
}
