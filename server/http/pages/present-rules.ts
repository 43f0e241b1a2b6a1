import type { Words } from "../../kernel/words/catalogue.ts";
import { plural } from "../../kernel/words/fill.ts";
import type { Locale } from "../../kernel/words/locale.ts";
import type { PasswordRules } from "./page-views.ts";

export interface RulesView {
  /** Rules that can be seen met while someone types. `kind` is what the script checks. */
  list: { kind: string; text: string }[];
  minLength: number;
  /** What a password must not contain, as JSON for the script. */
  parts: string;
  /** What only the server can check, as sentences; null when there is nothing. */
  note: string | null;
}

/** Says the password policy in the words of a language, shortest list first to last: length, kinds, person. */
export function presentRules(rules: PasswordRules, words: Words, locale: Locale): RulesView {
  const texts = words.password;
  const classes = new Set(rules.classes);
  const isMixed = classes.has("lower") && classes.has("upper");
  const list = [
    { kind: "length", text: plural(locale, texts.length, rules.minLength) },
    ...(isMixed ? [{ kind: "mixed", text: texts.mixed }] : []),
    ...(["lower", "upper", "digit", "symbol"] as const)
      .filter((kind) => classes.has(kind) && !(isMixed && (kind === "lower" || kind === "upper")))
      .map((kind) => ({ kind, text: texts[kind] })),
    ...(rules.personal ? [{ kind: "personal", text: texts.personal }] : []),
  ];
  const notes = [
    ...(rules.common ? [texts.common] : []),
    ...(rules.history > 0 ? [plural(locale, texts.history, rules.history)] : []),
  ];
  return {
    list,
    minLength: rules.minLength,
    parts: JSON.stringify(rules.personal || []),
    note: notes.length > 0 ? notes.join(locale === "ja" ? "" : " ") : null,
  };
}
