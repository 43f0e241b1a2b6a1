import { refuse } from "../messages/scim-error.ts";
import type { Attribute } from "../schema/attribute.ts";
import { isJsonObject, isUnassigned, own, sameJson, type Json, type JsonObject } from "../schema/json.ts";
import { requireSubAttributes } from "../schema/read-value.ts";

/**
 * Appends values to a multi-valued attribute (RFC 7644 §3.5.2.1). A value that is there already changes
 * nothing; one that has the `value` (and `type`) of an existing element is merged into it, because the
 * same pair should not occur twice (RFC 7643 §2.4).
 *
 * @throws mutability  merging would change an immutable sub-attribute
 */
export function addElements(
  existing: readonly Json[],
  added: readonly Json[],
  attribute: Attribute,
  where: string,
): Json[] {
  const result = [...existing];
  const primary = new Set<number>();
  let mergedAny = false;
  for (const element of added) {
    let at = result.findIndex((one) => contains(one, element, attribute));
    if (at < 0) {
      // Two values of one request stay two: which of them came first must not matter.
      at = result.findIndex((one, place) => place < existing.length && isSameIdentity(one, element, attribute));
      if (at < 0) at = result.push(element) - 1;
      else {
        result[at] = mergeParts(result[at], element, attribute, where);
        mergedAny = true;
      }
    }
    if (isPrimary(element)) primary.add(at);
  }
  const elements = withOnePrimary(result, primary, where);
  // What is merely appended equals nothing that is there.
  return mergedAny || primary.size > 0 ? distinct(elements) : elements;
}

/** Appends an element that is known to be like no other, such as one made for a filter that selected nothing. */
export function appendElement(existing: readonly Json[], made: Json, where: string): Json[] {
  const primary = new Set(isPrimary(made) ? [existing.length] : []);
  const elements = withOnePrimary([...existing, made], primary, where);
  // Two that differed only in being primary may have become equal.
  return primary.size > 0 ? distinct(elements) : elements;
}

/** Equal elements are kept once (RFC 7643 §2.4); parts are in the order of the schema, so equal ones print alike. */
export function distinct(elements: readonly Json[]): Json[] {
  const byPrint = new Map<string, Json>();
  for (const element of elements) {
    const print = JSON.stringify(element);
    if (!byPrint.has(print)) byPrint.set(print, element);
  }
  return [...byPrint.values()];
}

/** Keeps the elements that contain none of the listed values (see `ReadPatchOptions.removeWithValue`). */
export function removeListed(existing: readonly Json[], listed: readonly Json[], attribute: Attribute): Json[] {
  return existing.filter((one) => !listed.some((wanted) => isListed(one, wanted, attribute)));
}

/**
 * After a step made some elements primary, all others are not (RFC 7644 §3.5.2).
 *
 * @param chosen places of the elements that the step wrote with `primary: true`
 * @throws invalidValue  the step made two elements primary
 */
export function withOnePrimary(elements: Json[], chosen: ReadonlySet<number>, where: string): Json[] {
  if (chosen.size > 1) throw refuse("invalidValue", `${where}: at most one value may be primary`);
  if (chosen.size === 0) return elements;
  return elements.map((one, at) =>
    isJsonObject(one) && one["primary"] === true && !chosen.has(at) ? { ...one, primary: false } : one,
  );
}

/** True for a complex element with `primary: true`. */
export function isPrimary(element: Json | undefined): boolean {
  return isJsonObject(element) && own(element, "primary") === true;
}

/**
 * Merges sub-attributes into a complex value; null clears one. The order is that of the schema. With a
 * new `value` go the address and the names that belonged to the old one, unless new ones are given.
 *
 * @throws mutability  an immutable sub-attribute has another value already
 */
export function mergeParts(before: Json | undefined, parts: Json, attribute: Attribute, where: string): Json {
  if (!isJsonObject(parts)) return parts;
  const old = isJsonObject(before) ? before : {};
  const merged: JsonObject = {};
  const isOther = Object.hasOwn(parts, "value") && !sameJson(own(parts, "value"), own(old, "value"));
  for (const sub of attribute.subAttributes.values()) {
    const follows = isOther && (sub.name === "$ref" || sub.mutability === "readOnly");
    const value = Object.hasOwn(parts, sub.name) ? own(parts, sub.name) : follows ? undefined : own(old, sub.name);
    refuseImmutable(sub, own(old, sub.name), value, `${where}.${sub.name}`);
    if (!isUnassigned(value) && value !== undefined) merged[sub.name] = value;
  }
  return merged;
}

/**
 * Puts a new element in the place of an old one (RFC 7644 §3.5.2.3). What the filter selects by, and what
 * is readOnly, stays unless given, so that the same request finds its element again.
 *
 * @param pinned what the filter says about the element, see `elementFromFilter`
 * @throws mutability    an immutable sub-attribute would change
 * @throws invalidValue  a required sub-attribute would be missing
 */
export function replaceElement(old: Json, value: Json, pinned: JsonObject, attribute: Attribute, where: string): Json {
  if (!isJsonObject(value) || !isJsonObject(old)) return value;
  const element: JsonObject = {};
  for (const sub of attribute.subAttributes.values()) {
    const before = own(old, sub.name);
    const kept = sub.mutability === "readOnly" || (own(pinned, sub.name) !== undefined && before !== undefined);
    const after = Object.hasOwn(value, sub.name) ? own(value, sub.name) : kept ? before : undefined;
    refuseImmutable(sub, before, after, `${where}.${sub.name}`);
    if (!isUnassigned(after) && after !== undefined) element[sub.name] = after;
  }
  requireSubAttributes(attribute, element, where);
  return element;
}

/**
 * RFC 7643 §7: an immutable attribute may be given a value once.
 *
 * @throws mutability  it has a value, and the new one differs
 */
export function refuseImmutable(
  attribute: Attribute,
  before: Json | undefined,
  after: Json | undefined,
  where: string,
): void {
  if (attribute.mutability !== "immutable" || isUnassigned(before) || sameJson(before, after)) return;
  throw refuse("mutability", `${where} is immutable and has a value already`);
}

/** Whether all that `wanted` says is true of the element. */
function contains(element: Json, wanted: Json, attribute: Attribute): boolean {
  if (!isJsonObject(element) || !isJsonObject(wanted)) return sameSimple(element, wanted, attribute);
  return Object.entries(wanted).every(([name, part]) => {
    const sub = attribute.subAttributes.get(name.toLowerCase());
    const held = own(element, name) ?? (name === "primary" ? false : undefined);
    return sub !== undefined && sameSimple(held, part, sub);
  });
}

/** Equal `value`, and no other `type`: where one side names none, it may be the same. */
function isSameIdentity(element: Json, added: Json, attribute: Attribute): boolean {
  if (!isJsonObject(element) || !isJsonObject(added)) return false;
  const isEqual = (name: string): boolean => {
    const sub = attribute.subAttributes.get(name);
    return sub !== undefined && sameSimple(own(element, name), own(added, name), sub);
  };
  if (isUnassigned(own(added, "value")) || !isEqual("value")) return false;
  return isUnassigned(own(added, "type")) || isUnassigned(own(element, "type")) || isEqual("type");
}

/** A `value`, where one is listed, tells enough: displays and addresses that clients add may be out of date. */
function isListed(element: Json, listed: Json, attribute: Attribute): boolean {
  return isSameIdentity(element, listed, attribute) || contains(element, listed, attribute);
}

function sameSimple(a: Json | undefined, b: Json | undefined, attribute: Attribute): boolean {
  if (typeof a === "string" && typeof b === "string" && !attribute.caseExact)
    return a.toLowerCase() === b.toLowerCase();
  return sameJson(a, b);
}
