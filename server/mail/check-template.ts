import { LiquidError } from "liquidjs";
import type { Liquid } from "liquidjs";
import type { TemplateFault, TemplatePart, TemplateProblem } from "../contract/mail-templates.ts";
import { templateParts } from "../contract/mail-templates.ts";
import type { Locale } from "../kernel/words/locale.ts";
import { writeMail } from "./compose-mail.ts";
import type { MailName } from "./mail-data.ts";
import { defaultTemplate } from "./mail-template.ts";
import type { MailTemplate } from "./mail-template.ts";
import { holdsNeeded, neededVariable, variablesOf } from "./mail-variables.ts";
import { sampleMails } from "./sample-mails.ts";
import { asHtml, asText, misplacedIn } from "./template-language.ts";

/** More than these nobody reads at once. */
const mostProblems = 20;

/**
 * What is wrong with a template: what it must not do, then, with example data, whether each of its parts can be written
 * and has what the mail is for. A mail that is composed later is checked for that again, since a condition can hide it.
 */
export function checkTemplate(name: MailName, locale: Locale, template: MailTemplate): TemplateProblem[] {
  const seen = templateParts.flatMap((part) => checkPart(name, part, template[part]));
  return (seen.length > 0 ? seen : tryTemplate(name, locale, template)).slice(0, mostProblems);
}

function checkPart(name: MailName, part: TemplatePart, source: string): TemplateProblem[] {
  if (source.trim() === "") return [problem(part, "empty")];
  const language: Liquid = part === "html" ? asHtml : asText;
  const variables = [...variablesOf(name), ...(part === "html" ? ["subject"] : [])];
  try {
    const misplaced = misplacedIn(language, language.parse(source), variables);
    return [...misplaced.map((one) => ({ part, ...one })), ...(part === "html" ? markupIn(source) : [])];
  } catch (error) {
    return [syntaxProblem(part, error)];
  }
}

// What no mail program shows, and what spam filters and attackers look for.
const active = /<\/?\s*(script|iframe|frame|object|embed|form|base)\b|\s(on[a-z]+)\s*=\s*["']|\b(javascript):/gi;

function markupIn(html: string): TemplateProblem[] {
  return [...html.matchAll(active)].map((match) => {
    const before = html.slice(0, match.index).split("\n");
    const what = match[1] ?? match[2] ?? match[3] ?? "";
    return problem("html", "markup", {
      line: before.length,
      column: (before.at(-1)?.length ?? 0) + 1,
      what: what.toLowerCase(),
    });
  });
}

const repeating = /^(for|tablerow|cycle|break|continue|increment|decrement)$/;

/** What the parser says, sorted into what people can do about it. */
function syntaxProblem(part: TemplatePart, error: unknown): TemplateProblem {
  if (!LiquidError.is(error)) throw error;
  const [line, column] = error.token.getPosition() as [number, number];
  const says = (error.originalError?.message ?? error.message).replace(/, line:\d+.*$/s, "");
  const filter = /^undefined filter: (.+)$/.exec(says)?.[1];
  if (filter !== undefined) return problem(part, "unknownFilter", { line, column, what: filter });
  const tag = /^tag "(.+)" not found$/.exec(says)?.[1];
  if (tag !== undefined) {
    return problem(part, repeating.test(tag) ? "loop" : "unknownTag", { line, column, what: tag });
  }
  if (/limit exceeded/.test(says)) return problem(part, "costly");
  return problem(part, "syntax", { line, column, what: says.slice(0, 200) });
}

/** Writes the mail with each example; a part that fails is found by putting the default in the place of the others. */
function tryTemplate(name: MailName, locale: Locale, template: MailTemplate): TemplateProblem[] {
  const standard = defaultTemplate(name, locale);
  const fault: TemplateFault = neededVariable(name) === "code" ? "codeMissing" : "linkMissing";
  for (const part of templateParts) {
    for (const sample of sampleMails(name, locale)) {
      try {
        writeMail(name, locale, sample, { ...standard, [part]: template[part] });
      } catch (error) {
        return [LiquidError.is(error) ? costProblem(part, error) : problem(part, "costly")];
      }
    }
  }
  for (const sample of sampleMails(name, locale)) {
    const [usual, mail] = [writeMail(name, locale, sample), writeMail(name, locale, sample, template)];
    const wrong = (["text", "html"] as const).find(
      (part) => !holdsNeeded(name, { ...usual, [part]: mail[part] }, sample),
    );
    if (wrong !== undefined) return [problem(wrong, fault)];
  }
  return [];
}

function costProblem(part: TemplatePart, error: LiquidError): TemplateProblem {
  const [line, column] = error.token.getPosition() as [number, number];
  return problem(part, "costly", { line, column, what: error.message.replace(/, line:\d+.*$/s, "").slice(0, 200) });
}

function problem(
  part: TemplatePart,
  fault: TemplateFault,
  where: Partial<Pick<TemplateProblem, "line" | "column" | "what">> = {},
): TemplateProblem {
  return { part, fault, line: null, column: null, what: null, ...where };
}
