import type { AttributeSet, OwnAttribute } from "../../attributes/attribute-set.ts";
import { fieldOf } from "../../attributes/custom-values.ts";
import { typedText } from "../../attributes/typed-values.ts";
import type { UserRow } from "../../db/sql/users.ts";
import type { Locale } from "../../kernel/words/locale.ts";
import { wordsFor } from "../../kernel/words/words.ts";
import { mayEditOwn } from "../../users/edit-profile.ts";
import type { PageViews } from "../pages/page-views.ts";
import type { FormFields } from "../shell/read-body.ts";

type View = PageViews["account-profile"]["attributes"][number];

/**
 * The organization's own attributes on the profile page: those that people see of themselves (U17).
 *
 * @param given what was posted, where the form is shown again
 */
export function showAttributes(
  set: AttributeSet,
  user: UserRow,
  locale: Locale,
  given: FormFields | undefined,
): readonly View[] {
  const words = wordsFor(locale).accountProfile;
  return set.list
    .filter(({ row }) => row.is_visible)
    .map((attribute) => {
      const { row, key } = attribute;
      const name = fieldOf(row.name);
      const saved = typedText(user.custom[key]);
      const value = given === undefined ? saved : (postedText(given, attribute) ?? saved);
      const choices = choicesOf(attribute, value, words);
      const hints = [
        row.description,
        row.type === "dateTime" ? words.momentHint : "",
        row.is_multi_valued && choices.length === 0 ? words.severalHint : "",
      ];
      return {
        name,
        label: locale === "ja" ? (row.label_ja ?? row.label_en) : row.label_en,
        hint: hints.filter((hint) => hint !== "").join(" "),
        kind:
          choices.length === 0 ? (row.is_multi_valued ? "lines" : "text") : row.is_multi_valued ? "boxes" : "choice",
        value,
        choices,
        isNeeded: row.is_required,
        mayEdit: mayEditOwn(attribute, user),
      } satisfies View;
    });
}

/** What was posted for the attributes that the person may edit, by name; what is as it was is left out. */
export function postedAttributes(set: AttributeSet, user: UserRow, fields: FormFields): Record<string, string> {
  const posted: Record<string, string> = {};
  for (const attribute of set.list) {
    const text = mayEditOwn(attribute, user) ? postedText(fields, attribute) : undefined;
    const isChanged = text !== undefined && lines(text) !== lines(typedText(user.custom[attribute.key]));
    if (isChanged) posted[attribute.row.name] = text;
  }
  return posted;
}

/** Boxes are fields of their own, since one that is not ticked is not sent; the field beside them says that they were there. */
function postedText(fields: FormFields, { row }: OwnAttribute): string | undefined {
  const name = fieldOf(row.name);
  const alone = fields.get(name);
  if (alone === undefined || !row.is_multi_valued || row.canonical_values.length === 0) return alone;
  return [...fields]
    .filter(([field]) => field.startsWith(`${name}.`))
    .map(([, value]) => value)
    .join("\n");
}

function choicesOf(
  { row }: OwnAttribute,
  value: string,
  words: { yes: string; no: string },
): { value: string; label: string; isChosen: boolean }[] {
  if (row.type === "boolean") {
    return [
      { value: "true", label: words.yes, isChosen: value === "true" },
      { value: "false", label: words.no, isChosen: value === "false" },
    ];
  }
  if (row.canonical_values.length === 0) return [];
  const chosen = new Set(value.split("\n").map((line) => line.trim().toLowerCase()));
  // A value that was allowed once stays to be seen.
  const old = value
    .split("\n")
    .filter((line) => line.trim() !== "" && !row.canonical_values.some((one) => same(one, line)));
  return [...row.canonical_values, ...old].map((one) => ({
    value: one,
    label: one,
    isChosen: chosen.has(one.trim().toLowerCase()),
  }));
}

function same(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}

/** Browsers send lines with the end of line of mail. */
function lines(text: string): string {
  return text.replaceAll("\r\n", "\n").trim();
}
