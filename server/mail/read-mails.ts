import type { z } from "zod";
import { failure } from "../contract/failure.ts";
import type { mailDetails, mailRow } from "../contract/records.ts";
import { totalLimit } from "../contract/shapes.ts";
import { countMails, selectMail, selectMailPage } from "../db/sql/mail-list.ts";
import type { MailListRow } from "../db/sql/mail-list.ts";
import type { Page } from "../db/keyset.ts";
import type { Work } from "../db/work.ts";
import type { House } from "../house.ts";
import { addJob } from "../jobs/add-job.ts";
import { isId } from "../kernel/ids.ts";
import type { MailId } from "../kernel/ids.ts";
import type { Keyring } from "../kernel/keyring.ts";
import { isPermission } from "../contract/permissions.ts";
import { openMail } from "./queue-mail.ts";

type State = MailListRow["state"];

/** One page of the outbox, newest first. @throws access.denied request.cursorInvalid */
export async function listMails(
  work: Work,
  query: { cursor?: string | undefined; limit: number; state?: State | undefined },
): Promise<Page<MailListRow> & { total: number; totalIsMore: boolean }> {
  requireAccounts(work);
  const count = await countMails(work.tx, query.state, totalLimit);
  return {
    ...(await selectMailPage(work.tx, query)),
    total: Math.min(count, totalLimit),
    totalIsMore: count > totalLimit,
  };
}

/**
 * One mail with its content. Whoever reads it can use the links in it, so they must hold what its recipient holds.
 *
 * @throws mail.missing access.denied access.escalation
 */
export async function readMail(work: Work, keyring: Keyring, id: string): Promise<z.infer<typeof mailDetails>> {
  const mail = await requireMail(work, id);
  if (!mail.user_permissions.filter(isPermission).every((permission) => work.actor.can(permission))) {
    throw failure("access.escalation");
  }
  const content = openMail(keyring, mail.sealed);
  return { ...presentMail(mail), text: content?.text ?? null, html: content?.html ?? null };
}

/**
 * Tries again to send a mail that failed, or that was kept before there was a mail server.
 *
 * @throws mail.missing access.denied
 */
export async function retryMail(work: Work, house: House, id: string): Promise<z.infer<typeof mailRow>> {
  const mail = await requireMail(work, id);
  if (house.config.smtpUrl !== undefined && mail.state !== "sent" && mail.sealed !== null) {
    await work.tx.run("update mails set state = 'waiting' where id = $1", [mail.id]);
    addJob(work.tx, "mail.send", { mailId: mail.id as MailId }, { key: `mail:${mail.id}`, maxAttempts: 12 });
    return presentMail({ ...mail, state: "waiting" });
  }
  return presentMail(mail);
}

/** A mail in the words of the contract. */
export function presentMail(row: MailListRow): z.infer<typeof mailRow> {
  return {
    id: row.id,
    recipient: row.recipient,
    template: row.template,
    locale: row.locale,
    subject: row.subject,
    state: row.state,
    attempts: row.attempts,
    lastError: row.last_error,
    user: row.user_id === null ? null : { id: row.user_id, name: row.user_name ?? "" },
    createdAt: row.created_at.toISOString(),
    sentAt: row.sent_at?.toISOString() ?? null,
  };
}

async function requireMail(work: Work, id: string) {
  requireAccounts(work);
  const mail = isId(id) ? await selectMail(work.tx, id) : undefined;
  if (mail === undefined) throw failure("mail.missing");
  return mail;
}

function requireAccounts(work: Work): void {
  if (!work.actor.can("accounts")) throw failure("access.denied");
}
