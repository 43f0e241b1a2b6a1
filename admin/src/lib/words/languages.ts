/** The languages of the console, each by its own name. */
export const languages = { en: "English", ja: "日本語" } as const;

export type LanguageCode = keyof typeof languages;
