import type { Locale } from "./locale.ts";

/** What takes the places in a sentence, by name. */
export type Values = Readonly<Record<string, string | number>>;

/** A sentence with a number in it, by the plural category of its language (Unicode TR35, plural rules). */
export type PluralForms = Readonly<{ other: string } & Partial<Record<Intl.LDMLPluralRule, string>>>;

const places = /\{(\w+)\}/g;

/**
 * Puts values in the places of a sentence: `fill("Welcome, {name}", { name: "Ada" })`.
 *
 * @throws Error a place has no value; a sentence with a hole must not reach anyone
 */
export function fill(text: string, values: Values): string {
  return fillWith(text, (place) => String(valueOf(values, place, text)));
}

/** As `fill`, with the text of each place made by the caller, who may mark it up. */
export function fillWith(text: string, make: (place: string) => string): string {
  return text.replaceAll(places, (_, place: string) => make(place));
}

/**
 * The value of a place.
 *
 * @throws Error there is none
 */
export function valueOf(values: Values, place: string, text: string): string | number {
  const value = Object.hasOwn(values, place) ? values[place] : undefined;
  if (value === undefined || value === null) throw new Error(`no value for {${place}} in “${text}”`);
  return value;
}

/** The names of the places in a sentence, sorted. */
export function placesOf(text: string): string[] {
  return [...text.matchAll(places)].map((match) => match[1] ?? "").toSorted();
}

/** Fills the form that fits a count; `{count}` is the number written in the language's digits and groups. */
export function plural(locale: Locale, forms: PluralForms, count: number, values: Values = {}): string {
  const form = forms[new Intl.PluralRules(locale).select(count)] ?? forms.other;
  return fill(form, { ...values, count: new Intl.NumberFormat(locale).format(count) });
}
