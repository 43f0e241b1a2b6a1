/** The languages that pages and mails are written in. */
export const locales = ["en", "ja"] as const;

export type Locale = (typeof locales)[number];

/** Each language in its own words, for the language switch. */
export const localeNames: Readonly<Record<Locale, string>> = { en: "English", ja: "日本語" };

/** What a visitor says about language, from the strongest sign to the weakest. Values come as they were sent. */
export interface LocaleSigns {
  /** `lang` in the address: the language switch was pressed. */
  query?: string | undefined;
  /** What the switch left in the browser the last time. */
  cookie?: string | undefined;
  /** The language of the account, when it is known who this is. */
  userLocale?: string | null | undefined;
  /** `ui_locales` of the app, tags parted by spaces, best first (OpenID Connect Core §3.1.2.1). */
  uiLocales?: string | undefined;
  /** The Accept-Language header (RFC 9110 §12.5.4). */
  acceptLanguage?: string | undefined;
  /** The language of the organization; English when there is none. */
  fallback?: Locale | undefined;
}

/**
 * Picks the language to answer in: the first sign that names one of ours wins.
 * A tag fits by its first part, so `ja-JP` and `JA` are Japanese; what cannot be read is passed over.
 */
export function chooseLocale(signs: LocaleSigns): Locale {
  const wishes = [
    signs.query,
    signs.cookie,
    signs.userLocale,
    ...(signs.uiLocales ?? "").split(" "),
    ...byWeight(signs.acceptLanguage ?? ""),
  ];
  for (const wish of wishes) {
    const locale = localeOf(wish);
    if (locale) return locale;
  }
  return signs.fallback ?? "en";
}

/** The language of ours that a tag such as `ja-JP` means, if any. */
export function localeOf(tag: string | null | undefined): Locale | undefined {
  const language = tag?.trim().toLowerCase().split(/[-_]/, 1)[0];
  return locales.find((locale) => locale === language);
}

// A header longer than this is no browser's; only its start is read.
const longestHeader = 1000;

/** The tags of an Accept-Language header, best first; tags with weight 0 are unwanted and left out. */
function byWeight(header: string): string[] {
  return header
    .slice(0, longestHeader)
    .split(",")
    .map((part) => {
      const [tag = "", ...parameters] = part.split(";");
      const weight = parameters.map((text) => /^\s*q\s*=\s*([\d.]+)\s*$/i.exec(text)?.[1]).find(Boolean);
      return { tag, weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag);
}
