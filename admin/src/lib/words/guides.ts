import type { guidesEnglish } from "./guides-english.ts";
import type { LanguageCode } from "./languages.ts";

/** What to do in each product, in a language. They are long and stand on one page, so they are fetched there. */
export async function loadGuides(language: LanguageCode): Promise<typeof guidesEnglish> {
  if (language === "ja") return (await import("./guides-japanese.ts")).guidesJapanese;
  return (await import("./guides-english.ts")).guidesEnglish;
}
