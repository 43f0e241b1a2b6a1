import type { z } from "zod";
import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import type { mailDetails, mailRow } from "../contract/records.ts";
import { totalLimit } from "../contract/shapes.ts";
import { countMails, selectMail, selectMailPage, takeMailsAgain } from "../db/sql/mail-list.ts";
import type { MailFilter, MailListRow } from "../db/sql/mail-list.ts";
import { noteMailState } from "../db/sql/onboardings.ts";
import type { Page } from "../db/keyset.ts";
import type { Work } from "../db/work.ts";
import type { House } from "../house.ts";
import { addJob } from "../jobs/add-job.ts";
import type { Jobs } from "../jobs/add-job.ts";
import { isId } from "../kernel/ids.ts";
import type { MailId } from "../kernel/ids.ts";
import type { Keyring } from "../kernel/keyring.ts";
import { isPermission } from "../contract/permissions.ts";
import { openMail } from "./queue-mail.ts";

/** Mails that are taken at once when many are sent again. */
const batch = 500;

/** One page of the outbox, newest first. @throws access.denied request.cursorInvalid */
export async function listMails(
  work: Work,
  query: MailFilter & { cursor?: string | undefined; limit: number },
): Promise<Page<MailListRow> & { total: number; totalIsMore: boolean }> {
  requireAccounts(work);
  const count = await countMails(work.tx, query, totalLimit);
  return {
    ...(await selectMailPage(work.tx, query, query)),
    total: Math.min(count, totalLimit),
    totalIsMore: count > totalLimit,
  };
}

/**
 * One mail with its content. Whoever reads it can use the links in it, so they must hold what its recipient holds, and
 * the log says that they read it.
 *
 * @throws mail.missing access.denied access.escalation
 */
export async function readMail(work: Work, keyring: Keyring, id: string): Promise<z.infer<typeof mailDetails>> {
  const mail = await requireMail(work, id);
  if (!mail.user_permissions.filter(isPermission).every((permission) => work.actor.can(permission))) {
    throw failure("access.escalation");
  }
  const content = openMail(keyring, mail.sealed);
  if (content !== null)
    record(work, { type: "mail.read", subject: subjectOf(mail), details: { template: mail.template } });
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
    await noteMailState(work.tx, [mail.id], "waiting", work.now);
    addSending(work, mail.id);
    record(work, { type: "mail.retried", subject: subjectOf(mail), details: { template: mail.template } });
    return presentMail({ ...mail, state: "waiting" });
  }
  return presentMail(mail);
}

/**
 * Lets all mails that failed, or were kept, be sent again: a job takes them in batches.
 *
 * @returns how many there are, counted no further than lists count
 * @throws access.denied
 * @throws mail.noServer there is nothing to send them with
 */
export async function retryMails(
  work: Work,
  house: House,
  filter: MailFilter & { state: "failed" | "kept" },
): Promise<{ total: number; totalIsMore: boolean }> {
  requireAccounts(work);
  if (house.config.smtpUrl === undefined) throw failure("mail.noServer");
  const count = await countMails(work.tx, filter, totalLimit);
  const total = { total: Math.min(count, totalLimit), totalIsMore: count > totalLimit };
  if (count === 0) return total;
  const { state, template, q } = filter;
  const narrowed = { ...(template !== undefined && { template }), ...(q !== undefined && { q }) };
  addJob(work.tx, "mail.sendAgain", { state, ...narrowed, before: work.now.getTime() }, { queue: "mail.sendAgain" });
  record(work, { type: "mail.allRetried", details: { state, ...narrowed, count: total.total } });
  return total;
}

/** Takes the next batch of mails that are sent again. @returns whether there may be more */
export async function retryNextMails(work: Work, asked: Jobs["mail.sendAgain"]): Promise<boolean> {
  const { before, ...filter } = asked;
  const ids = await takeMailsAgain(work.tx, filter, { before: new Date(before), limit: batch });
  await noteMailState(work.tx, ids, "waiting", work.now);
  for (const id of ids) addSending(work, id);
  return ids.length === batch;
}

function addSending(work: Work, id: string): void {
  addJob(work.tx, "mail.send", { mailId: id as MailId }, { key: `mail:${id}`, maxAttempts: 12 });
}

/** A mail as the log names it: by whom it is for, never by what it says. */
function subjectOf(mail: MailListRow) {
  return { kind: "mail" as const, id: mail.id, name: mail.recipient };
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
