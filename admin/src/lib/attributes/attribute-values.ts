import type { AttributeValue } from "#contract/attributes.ts";
import type { Reply } from "#console/api/call.ts";
import { say, viewer } from "#console/words/say.svelte.ts";
import { linesOf } from "./attribute-form.ts";

export type Definition = Reply<"listAttributes">["items"][number];

/** What forms call an attribute, in the viewer's language. */
export function labelOf({ labels }: Pick<Definition, "labels">): string {
  return viewer.language === "ja" ? (labels.ja ?? labels.en) : labels.en;
}

/** A value as it is typed: several on a line each. */
export function textOf(value: AttributeValue | undefined): string {
  if (value === undefined) return "";
  return Array.isArray(value) ? value.map(String).join("\n") : String(value);
}

/**
 * What is typed, as the API takes it; null where nothing is. A text that is no number where one belongs goes as it is:
 * the server says what is wrong with it.
 */
export function valueOfText({ type, isMultiValued }: Definition, text: string): AttributeValue | null {
  if (!isMultiValued) return text.trim() === "" ? null : oneOf(type, text.trim());
  const values = linesOf(text).map((line) => oneOf(type, line));
  return values.length === 0 ? null : values;
}

function oneOf(type: Definition["type"], text: string): string | number | boolean {
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  const number = type === "integer" || type === "decimal" ? Number(text.replace(",", ".")) : NaN;
  return Number.isFinite(number) ? number : text;
}

/** A value in the viewer's words. */
export function inWords(value: AttributeValue): string {
  if (Array.isArray(value)) return value.map(inWords).join(say.list.comma);
  if (typeof value === "boolean") return value ? say.filters.yes : say.filters.no;
  return typeof value === "number" ? viewer.write.number(value) : value;
}
