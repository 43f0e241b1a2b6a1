import { record } from "../audit/record.ts";
import { noteMailState } from "../db/sql/onboardings.ts";
import { inWork, trusted } from "../db/work.ts";
import type { House } from "../house.ts";
import type { MailId } from "../kernel/ids.ts";
import { openMail } from "../mail/queue-mail.ts";
import type { Transport } from "./transport.ts";

/**
 * Hands one mail to the mail server. A mail that the server took is not sent again; its content is erased.
 *
 * @param isLastTry whether the queue gives up when this one fails
 * @throws Error what the mail server said, so that the queue tries again later
 */
export async function sendMail(
  house: House,
  transport: Transport | undefined,
  mailId: MailId,
  isLastTry: boolean,
): Promise<void> {
  const mail = await house.db.models.Mail.findByPk(mailId);
  if (mail === null || mail.state === "sent") return;
  const content = openMail(house.keyring, mail.sealed);
  if (content === null) return;
  if (transport === undefined) {
    await mail.update({ state: "kept" });
    await noteMailState(house.db, [mailId], "kept", house.now());
    return;
  }
  const domain = new URL(house.config.issuer).hostname;
  try {
    // The same Message-ID at each try lets the other side drop a copy when only its answer was lost (RFC 5322 §3.6.4).
    await transport.send({ to: mail.recipient, subject: mail.subject, ...content, messageId: `<${mailId}@${domain}>` });
  } catch (error) {
    const lastError = error instanceof Error ? error.message : String(error);
    await mail.update({ attempts: mail.attempts + 1, lastError, state: isLastTry ? "failed" : "waiting" });
    if (isLastTry) await noteMailState(house.db, [mailId], "failed", house.now());
    if (isLastTry) await tellFailure(house, mailId, mail.subject, lastError);
    throw error;
  }
  await mail.update({ state: "sent", sentAt: house.now(), attempts: mail.attempts + 1, lastError: null, sealed: null });
  await noteMailState(house.db, [mailId], "sent", house.now());
}

async function tellFailure(house: House, mailId: MailId, subject: string, reason: string): Promise<void> {
  await inWork(house, { actor: trusted("system", "mail"), requestId: `mail-${mailId}` }, async (work) => {
    record(work, {
      type: "mail.failed",
      outcome: "failure",
      reason: reason.slice(0, 500),
      subject: { kind: "mail", id: mailId, name: subject },
    });
  });
}
