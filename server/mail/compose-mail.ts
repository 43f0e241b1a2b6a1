import { fill } from "../kernel/words/fill.ts";
import type { Locale } from "../kernel/words/locale.ts";
import { formatDuration, formatExact } from "../kernel/words/moments.ts";
import { wordsFor } from "../kernel/words/words.ts";
import type { MailData, MailName } from "./mail-data.ts";
import { defaultTemplate } from "./mail-template.ts";
import type { MailTemplate } from "./mail-template.ts";
import { holdsNeeded } from "./mail-variables.ts";
import { asHtml, asText } from "./template-language.ts";

export interface ComposedMail {
  /** One line, without control characters. */
  subject: string;
  text: string;
  html: string;
}

// RFC 5322 §2.1.1 allows 998 characters in a line; nobody reads a subject longer than this.
const longestSubject = 200;

/** A mail that is longer is no letter any more. */
const longestBody = 1_000_000;

/**
 * Writes a mail in a language.
 *
 * @param data what it says; every text loses line breaks, control characters and direction overrides, so that a name
 *   can neither add a header nor a paragraph
 * @param template sources to use instead of those of the house
 * @throws TypeError a link is not an http or https address
 * @throws Error     the template is not Liquid, asks for something that is not there, costs too much, or leaves out
 *   what the mail is for
 */
export function composeMail<Name extends MailName>(
  name: Name,
  locale: Locale,
  data: MailData[Name],
  template?: MailTemplate,
): ComposedMail {
  const mail = writeMail(name, locale, data, template);
  if (!holdsNeeded(name, mail, presentData(data, locale))) {
    throw new Error("the mail lacks the link or the code that it is for");
  }
  return mail;
}

/** The same without looking whether the mail has what it is for. */
export function writeMail<Name extends MailName>(
  name: Name,
  locale: Locale,
  data: MailData[Name],
  template: MailTemplate = defaultTemplate(name, locale),
): ComposedMail {
  const values = presentData(data, locale);
  const globals = { ...presentFrame(values, locale), ...values, locale };
  const subject = cleanLine(String(asText.parseAndRenderSync(template.subject, {}, { globals }))).slice(
    0,
    longestSubject,
  );
  const mail = {
    subject,
    text: `${String(asText.parseAndRenderSync(template.text, {}, { globals })).trim()}\n`,
    html: String(asHtml.parseAndRenderSync(template.html, {}, { globals: { ...globals, subject } })),
  };
  if (mail.text.length + mail.html.length > longestBody) throw new Error("the mail is too long");
  return mail;
}

type Value = string | number | null;

/** The variables of the templates: the data as text, times and lengths of time in words. */
function presentData(data: object, locale: Locale): Record<string, Value> {
  // What may be left out is there as null, so that templates can ask for it.
  const values: Record<string, Value> = {
    supportEmail: null,
    app: null,
    device: null,
    place: null,
    address: null,
    kind: null,
    codesLeft: null,
  };
  const timeZone = "timeZone" in data ? String(data.timeZone) : "UTC";
  for (const [key, value] of Object.entries(data) as [string, unknown][]) {
    if (value instanceof Date) values[key] = formatExact(value, { locale, timeZone, now: value });
    else if (key === "ttlSeconds") values["expiresIn"] = formatDuration(locale, Number(value));
    else if (key === "link") values[key] = webAddress(String(value));
    else if (value !== undefined) values[key] = cleanLine(String(value));
  }
  return values;
}

/** What the frame of every mail says round it. */
function presentFrame(values: Record<string, Value>, locale: Locale): Record<string, string> {
  const { mail } = wordsFor(locale);
  return {
    linkText: mail.linkText,
    contactText: mail.contact,
    sentBy: fill(mail.sentBy, { organization: values["organization"] ?? "" }),
  };
}

function webAddress(link: string): string {
  const { protocol, href } = new URL(link);
  if (protocol !== "https:" && protocol !== "http:") throw new TypeError("a link in a mail goes to http or https");
  return href;
}

/** One line: breaks and other control characters become spaces, marks that turn the direction of writing go. */
function cleanLine(text: string): string {
  return text
    .replaceAll(/[\u202A-\u202E\u2066-\u2069]/g, "")
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .replaceAll(/ {2,}/g, " ")
    .trim();
}
