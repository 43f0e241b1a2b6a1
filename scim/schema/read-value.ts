import type { Notes } from "../messages/notes.ts";
import { kindOf, quote, refuse } from "../messages/scim-error.ts";
import type { Attribute } from "./attribute.ts";
import { readDateTime } from "./date-time.ts";
import { isObject, isUnassigned, type Json, type JsonObject } from "./json.ts";

/**
 * Checks what a client sent for an attribute and puts names into the case of the schema. Values are
 * kept as they are: Entra ID compares them with what it sent. Canonical values are suggestions and
 * not enforced (RFC 7643 §2.4).
 *
 * @param where how errors call the attribute, such as `emails[0].value`
 * @returns undefined when the value is unassigned: null, missing or empty (RFC 7643 §2.5)
 * @throws invalidValue  wrong type, two primaries, too many values, a text that cannot be stored
 */
export function readValue(attribute: Attribute, value: unknown, where: string, notes: Notes): Json | undefined {
  if (isUnassigned(value)) return undefined;
  if (!attribute.multiValued) return readSingle(attribute, value, where, notes);
  if (!Array.isArray(value)) throw refuse("invalidValue", `${where} must be an array, not ${kindOf(value)}`);
  return readElements(attribute, value, where, notes);
}

/** One value of an attribute, whether it is multi-valued or not. Throws as `readValue` does. */
export function readSingle(attribute: Attribute, value: unknown, where: string, notes: Notes): Json | undefined {
  if (value === undefined || value === null) return undefined;
  if (attribute.type === "complex") return readComplex(attribute, value, where, notes);
  return readSimple(attribute, value, where);
}

function readElements(attribute: Attribute, values: unknown[], where: string, notes: Notes): Json | undefined {
  if (values.length > attribute.maxItems) {
    throw refuse("invalidValue", `${where} has ${values.length} values; at most ${attribute.maxItems} are kept`);
  }
  const elements: Json[] = [];
  const seen = new Set<string>();
  let primaries = 0;
  for (const [index, value] of values.entries()) {
    const element = readSingle(attribute, value, `${where}[${index}]`, notes);
    if (element === undefined) {
      notes.add(`${where}: a value without content dropped`);
      continue;
    }
    // Elements are built in the order of the schema, so equal ones print alike.
    const print = JSON.stringify(element);
    if (seen.has(print)) {
      notes.add(`${where}: equal values kept once`);
      continue;
    }
    seen.add(print);
    elements.push(element);
    if (isObject(element) && element["primary"] === true) primaries += 1;
  }
  if (primaries > 1)
    throw refuse("invalidValue", `${where} has ${primaries} primary values; at most one may be primary`);
  return elements.length === 0 ? undefined : elements;
}

function readComplex(attribute: Attribute, value: unknown, where: string, notes: Notes): JsonObject | undefined {
  const given = readMembers(attribute.subAttributes, value, where, notes);
  const complex: JsonObject = {};
  for (const sub of attribute.subAttributes.values()) {
    const read = readValue(sub, given.get(sub), `${where}.${sub.name}`, notes);
    if (read !== undefined) complex[sub.name] = read;
  }
  // An empty object is unassigned; one that says something, but not what is required, is a mistake.
  const saysNothing = isObject(value) && Object.values(value).every(isUnassigned);
  if (Object.keys(complex).length === 0 && saysNothing) return undefined;
  requireSubAttributes(attribute, complex, where);
  if (Object.keys(complex).length === 0) return undefined;
  return complex;
}

/**
 * The sub-attributes to merge into a complex value that exists already, or into what a filter selects.
 * Required ones may be missing here, and null stays: it clears (RFC 7643 §2.5).
 *
 * @throws invalidValue  not an object, or a sub-attribute of the wrong type
 */
export function readPartial(attribute: Attribute, value: unknown, where: string, notes: Notes): JsonObject {
  const given = readMembers(attribute.subAttributes, value, where, notes);
  const partial: JsonObject = {};
  for (const sub of attribute.subAttributes.values()) {
    if (given.has(sub)) partial[sub.name] = readValue(sub, given.get(sub), `${where}.${sub.name}`, notes) ?? null;
  }
  return partial;
}

/** @throws invalidValue  a required sub-attribute has no value */
export function requireSubAttributes(attribute: Attribute, complex: JsonObject, where: string): void {
  for (const sub of attribute.subAttributes.values()) {
    if (sub.required && isMissing(complex[sub.name])) throw refuse("invalidValue", `${where}.${sub.name} is required`);
  }
}

/** Required texts must say something: RFC 7643 §4.1.1 asks for a non-empty userName. */
export function isMissing(value: Json | undefined): boolean {
  return isUnassigned(value) || (typeof value === "string" && value.trim() === "");
}

/**
 * Sorts the members of an object to the attributes they name. readOnly ones are dropped with a note
 * (RFC 7644 §3.5.1: "SHALL be ignored").
 *
 * @throws invalidValue   not an object
 * @throws invalidSyntax  a name that nothing has, or one attribute given twice, in different case
 */
export function readMembers(
  attributes: ReadonlyMap<string, Attribute>,
  value: unknown,
  where: string,
  notes: Notes,
): Map<Attribute, unknown> {
  if (!isObject(value)) throw refuse("invalidValue", `${where} must be an object, not ${kindOf(value)}`);
  const given = new Map<Attribute, unknown>();
  for (const [name, member] of Object.entries(value)) {
    const attribute = attributes.get(name.toLowerCase());
    if (attribute === undefined) {
      throw refuse("invalidSyntax", `${where} has no attribute ${quote(name)}`);
    } else if (given.has(attribute)) {
      throw refuse("invalidSyntax", `${where}.${attribute.name} is given twice`);
    } else if (attribute.mutability === "readOnly") {
      if (!isUnassigned(member)) notes.add(`${plain(where)}.${attribute.name} is readOnly and was left alone`);
      given.set(attribute, undefined);
    } else {
      given.set(attribute, member);
    }
  }
  for (const [attribute] of given) if (attribute.mutability === "readOnly") given.delete(attribute);
  return given;
}

// One note for all elements of an array.
function plain(where: string): string {
  return where.replaceAll(/\[\d+\]/g, "");
}

function readSimple(attribute: Attribute, value: unknown, where: string): Json | undefined {
  if (value === "" && attribute.emptyIsUnassigned) return undefined;
  switch (attribute.type) {
    case "boolean":
      if (typeof value === "boolean") return value;
      throw wrong(attribute, where, "true or false", value);
    case "integer":
      if (typeof value === "number" && Number.isSafeInteger(value)) return value === 0 ? 0 : value;
      throw wrong(attribute, where, "an integer", value);
    case "decimal":
      if (typeof value === "number" && Number.isFinite(value)) return value === 0 ? 0 : value;
      throw wrong(attribute, where, "a number", value);
    case "dateTime":
      if (typeof value === "string" && readDateTime(value) !== undefined) return readText(attribute, value, where);
      throw wrong(attribute, where, "a date and time such as 2026-11-02T08:30:00Z", value);
    case "binary":
      if (typeof value === "string" && isBase64(value)) return readText(attribute, value, where);
      throw wrong(attribute, where, "base64", value);
    case "reference":
      if (typeof value === "string" && isReference(value)) return readText(attribute, value, where);
      throw wrong(attribute, where, "a URI", value);
    case "string":
      if (typeof value === "string") return readText(attribute, value, where);
      throw wrong(attribute, where, "a string", value);
    case "complex":
      throw wrong(attribute, where, "an object", value);
  }
}

function wrong(attribute: Attribute, where: string, expected: string, value: unknown): Error {
  // A secret must not show up in an error, of whatever type it is.
  const isSecret = attribute.returned === "never" || attribute.mutability === "writeOnly";
  const sent = isSecret ? "this" : typeof value === "object" ? kindOf(value) : quote(value);
  return refuse("invalidValue", `${where} must be ${expected}, not ${sent}`);
}

function readText({ maxLength }: Attribute, text: string, where: string): string {
  if (text.length > maxLength) throw refuse("invalidValue", `${where} is longer than ${maxLength} characters`);
  const flaw = textFlaw(text);
  if (flaw !== undefined) throw refuse("invalidValue", `${where} ${flaw}`);
  return text;
}

/** Why PostgreSQL could not store a text, if so: neither null nor half of a surrogate pair fits UTF-8 jsonb. */
export function textFlaw(text: string): string | undefined {
  if (text.includes("\u0000")) return "holds a null character";
  return text.isWellFormed() ? undefined : "is not well-formed Unicode";
}

function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/_-]*={0,2}$/.test(text);
}

// A URI or a relative reference (RFC 7643 §2.3.7): what RFC 3986 excludes everywhere is enough to tell.
function isReference(text: string): boolean {
  return !/[\s<>"{}|\\^`\p{Cc}]/u.test(text);
}
