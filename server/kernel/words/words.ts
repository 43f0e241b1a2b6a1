import type { Words } from "./catalogue.ts";
import { english } from "./english.ts";
import { japanese } from "./japanese.ts";
import type { Locale } from "./locale.ts";

const catalogues: Readonly<Record<Locale, Words>> = { en: english, ja: japanese };

/** All texts of a language. */
export function wordsFor(locale: Locale): Words {
  return catalogues[locale];
}
