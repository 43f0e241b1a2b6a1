import nodemailer from "nodemailer";
import type { GivenConfig } from "#server/kernel/config.ts";
import { fail, ok, warn } from "./finding.ts";
import type { Finding } from "./finding.ts";

const patienceMs = 5_000;

/** Signs in to the mail server without sending anything. */
export async function lookAtMailServer({ smtpUrl, mailFrom }: GivenConfig): Promise<Finding> {
  if (smtpUrl === undefined) {
    return warn(
      "mail server",
      "None is set up; mails stay in the outbox of the console.",
      "Set SMTP_URL and MAIL_FROM so that people get them.",
    );
  }
  const { hostname, port } = new URL(smtpUrl);
  const place = port === "" ? hostname : `${hostname}:${port}`;
  // The limits go with the address: nodemailer takes either a URL or an object.
  const url = new URL(smtpUrl);
  for (const limit of ["connectionTimeout", "greetingTimeout", "socketTimeout", "dnsTimeout"]) {
    if (!url.searchParams.has(limit)) url.searchParams.set(limit, String(patienceMs));
  }
  const transport = nodemailer.createTransport(url.href);
  try {
    await transport.verify();
    return ok("mail server", `${place} takes our mails, from ${mailFrom}.`);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
    return fail(
      "mail server",
      `${place} does not take our mails: ${reason}.`,
      "Correct SMTP_URL; mails wait meanwhile.",
    );
  } finally {
    transport.close();
  }
}
