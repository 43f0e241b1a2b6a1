import type { MailName } from "./mail-data.ts";
import { sampleMails } from "./sample-mails.ts";

/** What stands round every mail, and the language that it is in. */
const frame = ["sentBy", "contactText", "linkText", "locale"];

/** What may stand in the templates of a mail: its own data first, then what every mail has. */
export function variablesOf(name: MailName): string[] {
  const own = new Set(sampleMails(name, "en").flatMap((sample) => Object.keys(sample)));
  // Lengths of time are written out.
  return [...own, ...frame]
    .map((key) => (key === "ttlSeconds" ? "expiresIn" : key))
    .filter((key) => key !== "timeZone");
}

/** What a mail is for: the link or the code in it that signs in. In the others a link is only an offer. */
export function neededVariable(name: MailName): "link" | "code" | undefined {
  switch (name) {
    case "activation":
    case "activation-reminder":
    case "password-reset":
    case "password-expired":
    case "sign-in-confirm":
      return "link";
    case "sign-in-code":
      return "code";
    default:
      return undefined;
  }
}

/** Says whether a mail has in its text and its html what it is for, a link as one to be followed. */
export function holdsNeeded(name: MailName, mail: { text: string; html: string }, data: object): boolean {
  const needed = neededVariable(name);
  if (needed === undefined) return true;
  const { link, code } = data as { link?: string; code?: string };
  if (needed === "code") return code !== undefined && mail.text.includes(code) && mail.html.includes(code);
  return link !== undefined && mail.text.includes(link) && linksIn(mail.html).includes(link);
}

function linksIn(html: string): string[] {
  return [...html.matchAll(/<a\b[^>]*?\shref\s*=\s*(?:"([^"]*)"|'([^']*)')/gi)].map(([, double, single]) =>
    (double ?? single ?? "").replaceAll("&amp;", "&"),
  );
}
