import nodemailer from "nodemailer";
import type { Config } from "../kernel/config.ts";

/** Hands mails to the mail server. */
export interface Transport {
  send(mail: { to: string; subject: string; text: string; html: string; messageId: string }): Promise<void>;
  close(): void;
}

/** A mail server that says nothing for this long is given up for now; each try of a mail holds a place of a worker. */
const silenceMs = 9_000;

/**
 * The connection to the mail server, or undefined when none is set up.
 *
 * @param timeoutMs how long each step of the conversation may take
 */
export function openTransport(
  config: Pick<Config, "smtpUrl" | "mailFrom">,
  timeoutMs = silenceMs,
): Transport | undefined {
  if (config.smtpUrl === undefined) return undefined;
  const timeouts = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs };
  const transporter = nodemailer.createTransport({ url: config.smtpUrl, ...timeouts }, { from: config.mailFrom });
  return {
    async send(mail) {
      await transporter.sendMail({ ...mail, headers: { "Auto-Submitted": "auto-generated" } });
    },
    close: () => transporter.close(),
  };
}
