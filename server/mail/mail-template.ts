import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Locale } from "../kernel/words/locale.ts";
import type { MailName } from "./mail-data.ts";
import { templateFolder } from "./template-language.ts";

/** The sources of a mail, in Liquid. The html is the inner part; `{% layout "layout" %}` puts the frame round it. */
export interface MailTemplate {
  subject: string;
  text: string;
  html: string;
}

const loaded = new Map<string, MailTemplate>();

/** The template that comes with the house; each is read once. The first line of the text file is the subject. */
export function defaultTemplate(name: MailName, locale: Locale): MailTemplate {
  const file = `${name}.${locale}`;
  const known = loaded.get(file);
  if (known) return known;
  const text = readFileSync(join(templateFolder, `${file}.txt.liquid`), "utf8");
  const head = /^Subject: (.+)\n\n/.exec(text);
  if (!head?.[1]) throw new Error(`${file}.txt.liquid does not begin with a subject`);
  const template = {
    subject: head[1],
    text: text.slice(head[0].length),
    html: readFileSync(join(templateFolder, `${file}.html.liquid`), "utf8"),
  };
  loaded.set(file, template);
  return template;
}
