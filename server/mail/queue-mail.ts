import type { Tx } from "../db/connect.ts";
import type { House } from "../house.ts";
import { addJob } from "../jobs/add-job.ts";
import { newId } from "../kernel/ids.ts";
import type { MailId, UserId } from "../kernel/ids.ts";
import type { Keyring } from "../kernel/keyring.ts";
import type { Locale } from "../kernel/words/locale.ts";
import { composeMail } from "./compose-mail.ts";
import type { MailData, MailName } from "./mail-data.ts";

const purpose = "mail";

export interface MailContent {
  text: string;
  html: string;
}

/**
 * Writes a mail and puts it into the outbox, in the transaction of what it tells about. With a mail server a job hands
 * it over; without one it is kept for the console to show.
 * The content may hold a link that signs someone in, so it lies encrypted and goes when the mail has left.
 */
export async function queueMail<Name extends MailName>(
  house: House,
  tx: Tx,
  mail: { to: string; userId: UserId | null; name: Name; locale: Locale; data: MailData[Name]; now: Date },
): Promise<MailId> {
  const id = newId<MailId>(mail.now);
  const { subject, text, html } = composeMail(mail.name, mail.locale, mail.data);
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

/** Opens the content of a mail, or null when it has left or was erased. */
export function openMail(keyring: Keyring, sealed: Buffer | null | undefined): MailContent | null {
  return sealed == null ? null : (JSON.parse(keyring.open(purpose, sealed)) as MailContent);
}
