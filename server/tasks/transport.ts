import nodemailer from "nodemailer";
import type { Config } from "../kernel/config.ts";

/** Hands mails to the mail server. */
export interface Transport {
  send(mail: { to: string; subject: string; text: string; html: string; messageId: string }): Promise<void>;
  close(): void;
}

/** The connection to the mail server, or undefined when none is set up. */
export function openTransport(config: Config): Transport | undefined {
  if (config.smtpUrl === undefined) return undefined;
  const transporter = nodemailer.createTransport(config.smtpUrl, { from: config.mailFrom });
  return {
    async send(mail) {
      await transporter.sendMail({ ...mail, headers: { "Auto-Submitted": "auto-generated" } });
    },
    close: () => transporter.close(),
  };
}
