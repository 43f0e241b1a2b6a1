import { Notes } from "#scim/messages/notes.ts";
import { ScimError } from "#scim/messages/scim-error.ts";
import { readDateTime } from "#scim/schema/date-time.ts";
import type { Json, JsonObject } from "#scim/schema/json.ts";
import { sameJson } from "#scim/schema/json.ts";
import { readValue } from "#scim/schema/read-value.ts";
import { failure } from "../contract/failure.ts";
import type { AttributeCondition } from "../db/sql/user-list.ts";
import type { AttributeSet, OwnAttribute } from "./attribute-set.ts";

/** `users.custom`: values by the number of their attribute. */
export type Custom = Record<string, unknown>;

/** The values that somebody has, by name. Of attributes that are gone there is nothing. */
export function valuesOf(
  set: AttributeSet,
  custom: Custom,
  isMeant: (attribute: OwnAttribute) => boolean = () => true,
): JsonObject {
  const values: JsonObject = {};
  for (const one of set.list) {
    const value = custom[one.key] as Json | undefined;
    if (value !== undefined && value !== null && isMeant(one)) values[one.row.name] = value;
  }
  return values;
}

/**
 * What is kept when some values change.
 *
 * @param values by name; null takes a value away, what is not named stays
 */
export function withValues(set: AttributeSet, custom: Custom, values: JsonObject): Custom {
  const next = { ...custom };
  for (const [name, value] of Object.entries(values)) {
    const attribute = set.byName.get(name.toLowerCase());
    if (attribute === undefined) continue;
    if (value === null) delete next[attribute.key];
    else next[attribute.key] = value;
  }
  return next;
}

/**
 * Reads values that a form or the admin API sends, by the same rules as those of directories.
 *
 * @param sent by name
 * @returns by name; null for a value to be taken away, also where an empty one was sent
 * @throws attribute.unknown attribute.valueInvalid
 */
export function readValues(set: AttributeSet, sent: Readonly<Record<string, unknown>>): JsonObject {
  const values: JsonObject = {};
  for (const [name, value] of Object.entries(sent)) {
    const attribute = requireAttribute(set, name, fieldOf(name));
    const field = fieldOf(attribute.row.name);
    try {
      values[attribute.row.name] = readValue(attribute.scim, value, "", new Notes()) ?? null;
    } catch (error) {
      if (!(error instanceof ScimError)) throw error;
      throw failure("attribute.valueInvalid", { field, says: sentence(error.detail), cause: error });
    }
  }
  return values;
}

/** " must be an integer" as a sentence of its own, for a place beside the field. */
function sentence(detail: string): string {
  const text = detail.trim();
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/**
 * Reads what a list is narrowed to: `name:value`, or `name:beginning*` for texts.
 *
 * @throws attribute.unknown attribute.valueInvalid
 */
export function readValueFilter(set: AttributeSet, text: string): AttributeCondition {
  const field = "attribute";
  const colon = text.indexOf(":");
  const { row } = requireAttribute(set, colon < 0 ? text : text.slice(0, colon), field);
  const value = colon < 0 ? "" : text.slice(colon + 1);
  const exact = { number: row.number, ignoresCase: false, isBeginning: false };
  switch (row.type) {
    case "string":
    case "reference": {
      const isBeginning = value.endsWith("*");
      const sought = isBeginning ? value.slice(0, -1) : value;
      return { ...exact, column: "text_key", value: sought, ignoresCase: row.type === "string", isBeginning };
    }
    case "boolean":
      if (value === "true" || value === "false") return { ...exact, column: "boolean_key", value: value === "true" };
      break;
    case "integer":
    case "decimal":
      if (/^-?\d{1,300}(?:\.\d{1,300})?$/.test(value)) return { ...exact, column: "number_key", value };
      break;
    case "dateTime": {
      const instant = readDateTime(value);
      if (instant !== undefined) return { ...exact, column: "time_key", value: instant.iso };
    }
  }
  throw failure("attribute.valueInvalid", { field });
}

/** The attribute of a name, in any case. @throws attribute.unknown */
export function requireAttribute(set: AttributeSet, name: string, field: string): OwnAttribute {
  const attribute = set.byName.get(name.toLowerCase());
  if (attribute === undefined) throw failure("attribute.unknown", { field });
  return attribute;
}

/** The values with names under which events tell of them. */
export function namedForEvents(set: AttributeSet, custom: Custom): Record<string, unknown> {
  return Object.fromEntries(Object.entries(valuesOf(set, custom)).map(([name, value]) => [fieldOf(name), value]));
}

/** How a refusal calls the value of an attribute. */
export function fieldOf(name: string): string {
  return `attributes.${name}`;
}

/**
 * Checks values that change by the rules of the organization: choices and what is required. What stays as it is, is
 * not checked by rules of today. Types and lengths are checked by the doors, uniqueness by the database.
 *
 * @param options.requiresAll whether what is required must be there even if it was not before: for new accounts
 * @throws attribute.valueNotAllowed attribute.valueRequired
 */
export function checkCustom(set: AttributeSet, before: Custom, after: Custom, options: { requiresAll: boolean }): void {
  for (const { row, key } of set.list) {
    const value = after[key];
    if (value === undefined) {
      const isMissed = row.is_required && (options.requiresAll || before[key] !== undefined);
      if (isMissed) throw failure("attribute.valueRequired", { field: fieldOf(row.name) });
    } else if (!sameJson(value as Json, before[key] as Json | undefined)) {
      checkChoice(row, value);
    }
  }
}

function checkChoice({ name, canonical_values: choices }: OwnAttribute["row"], value: unknown): void {
  if (choices.length === 0) return;
  const allowed = new Set(choices.map((choice) => choice.toLowerCase()));
  for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
    if (typeof one === "string" && allowed.has(one.toLowerCase())) continue;
    throw failure("attribute.valueNotAllowed", { field: fieldOf(name) });
  }
}
