import { english } from "./english.ts";
import type { Words } from "./catalogue.ts";
import type { LanguageCode } from "./languages.ts";
import { Writer } from "./moments.ts";

const key = "gatehouse.language";

let words = $state.raw<Words>(english);
let code = $state<LanguageCode>("en");
let zone = $state(Intl.DateTimeFormat().resolvedOptions().timeZone);
const writer = $derived(new Writer(code, zone));

/** The texts in the language of the viewer: `say.users.title`. Pages that read it follow a change of language. */
export const say = new Proxy({} as Words, { get: (_, room) => words[room as keyof Words] });

/** The language, the zone, and how times and numbers are written in them. */
export const viewer = {
  get language() {
    return code;
  },
  get zone() {
    return zone;
  },
  get write() {
    return writer;
  },
};

/** Speaks a language from here on, and remembers it in this browser. */
export async function speak(next: LanguageCode): Promise<void> {
  localStorage.setItem(key, next);
  await load(next);
}

/**
 * Begins in the language this browser remembers, else the account's, else the browser's own.
 *
 * @param account language tag and zone of the account, where it has them
 */
export async function beginSpeaking(account: { locale: string | null; timeZone: string | null }): Promise<void> {
  if (account.timeZone !== null && isZone(account.timeZone)) zone = account.timeZone;
  await load(firstKnown([localStorage.getItem(key), account.locale, ...navigator.languages]));
}

async function load(next: LanguageCode): Promise<void> {
  words = next === "ja" ? (await import("./japanese.ts")).japanese : english;
  code = next;
  document.documentElement.lang = next;
}

function firstKnown(tags: (string | null)[]): LanguageCode {
  for (const tag of tags) {
    const [base] = (tag ?? "").toLowerCase().split("-");
    if (base === "en" || base === "ja") return base;
  }
  return "en";
}

function isZone(name: string): boolean {
  try {
    Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
