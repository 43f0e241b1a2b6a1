import type { OwnAttribute } from "./attribute-set.ts";

/**
 * What somebody typed for an attribute, in its type: several values stand on a line each. A text that does not fit is
 * left as it is, for the check of values to refuse; an empty one takes the value away.
 */
export function typedValue({ row: { type, is_multi_valued: isMultiValued } }: OwnAttribute, text: string): unknown {
  const lines = (isMultiValued ? text.split(/\r?\n/) : [text]).map((line) => line.trim()).filter((line) => line !== "");
  const values = lines.map((line) => inType(type, line));
  if (values.length === 0) return null;
  return isMultiValued ? values : values[0];
}

function inType(type: OwnAttribute["row"]["type"], text: string): unknown {
  if (type === "boolean") return text === "true" ? true : text === "false" ? false : text;
  if (type !== "integer" && type !== "decimal") return text;
  return /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d{1,3})?$/i.test(text) ? Number(text) : text;
}

/** A value as somebody would type it. */
export function typedText(value: unknown): string {
  if (value === undefined || value === null) return "";
  return Array.isArray(value) ? value.map(String).join("\n") : String(value);
}
