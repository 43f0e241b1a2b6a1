import type { Notes } from "../messages/notes.ts";
import { quote } from "../messages/scim-error.ts";
import type { Attribute } from "../schema/attribute.ts";
import { isObject, isUnassigned } from "../schema/json.ts";
import type { Switches } from "./switches.ts";

/** An object without inherited names, so that a member called `__proto__` is but a member. */
export function bareObject(entries: Iterable<readonly [string, unknown]> = []): Record<string, unknown> {
  const object = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of entries) object[name] = value;
  return object;
}

/**
 * The entries of an object whose names mean something, the others dropped and reported. Where none means anything all
 * stay, for the reader to refuse: what says nothing at all must not look like a success.
 *
 * @param isKnown whether a name means something
 * @param where   how coercions call the object; "" for the resource itself
 */
export function withoutStrangers(
  entries: readonly [string, unknown][],
  isKnown: (name: string) => boolean,
  where: string,
  switches: Switches,
  coercions: Notes,
): readonly [string, unknown][] {
  if (!switches.unknownNames || !entries.some(([name]) => isKnown(name))) return entries;
  return entries.filter(([name]) => {
    if (isKnown(name)) return true;
    coercions.add(`${where === "" ? "" : `${where}: `}unknown ${quote(name)} → dropped`);
    return false;
  });
}

/**
 * Brings the value of an attribute into the shape its schema asks for, where the intent is plain. What is
 * not plain stays as it is, for the reader to refuse: "maybe" does not become a boolean.
 *
 * @param where how coercions call the attribute
 */
export function normaliseValue(
  attribute: Attribute,
  value: unknown,
  where: string,
  switches: Switches,
  coercions: Notes,
): unknown {
  if (isUnassigned(value)) return value;
  const one = (single: unknown): unknown => normaliseSingle(attribute, single, where, switches, coercions);
  if (attribute.multiValued) {
    if (Array.isArray(value)) return value.map(one);
    if (!switches.shapes) return value;
    coercions.add(`${where}: a single value → an array`);
    return [one(value)];
  }
  return one(value);
}

/** The same for one value of an attribute, such as the one that a filter selects. */
export function normaliseSingle(
  attribute: Attribute,
  value: unknown,
  where: string,
  switches: Switches,
  coercions: Notes,
): unknown {
  if (Array.isArray(value)) {
    if (!switches.shapes || value.length !== 1 || Array.isArray(value[0])) return value;
    coercions.add(`${where}: an array of one → its value`);
    return normaliseSingle(attribute, value[0], where, switches, coercions);
  }
  if (attribute.type === "complex") return normaliseComplex(attribute, value, where, switches, coercions);
  if (isObject(value) && switches.shapes) {
    // Entra ID has been seen to send [{"$ref": null, "value": "False"}] for active.
    const inner = Object.entries(value).find(([name]) => name.toLowerCase() === "value")?.[1];
    if (inner === undefined || typeof inner === "object") return value;
    coercions.add(`${where}: an object with a value → the value`);
    return normaliseSingle(attribute, inner, where, switches, coercions);
  }
  return attribute.type === "boolean" ? normaliseBoolean(value, where, switches, coercions) : value;
}

function normaliseBoolean(value: unknown, where: string, switches: Switches, coercions: Notes): unknown {
  if (!switches.stringBooleans || typeof value !== "string") return value;
  const lower = value.trim().toLowerCase();
  if (lower !== "true" && lower !== "false") return value;
  coercions.add(`${where}: ${quote(value)} → ${lower}`);
  return lower === "true";
}

function normaliseComplex(
  attribute: Attribute,
  value: unknown,
  where: string,
  switches: Switches,
  coercions: Notes,
): unknown {
  const valueSub = attribute.subAttributes.get("value");
  if (typeof value === "string" && valueSub !== undefined && switches.shapes) {
    if (value === "") {
      coercions.add(`${where}: "" → nothing`);
      return null;
    }
    coercions.add(`${where}: a bare value → { value }`);
    return { [valueSub.name]: value };
  }
  if (!isObject(value)) return value;
  const isKnown = (name: string): boolean => attribute.subAttributes.has(name.toLowerCase());
  const complex = bareObject(
    withoutStrangers(Object.entries(value), isKnown, where, switches, coercions).map(([name, part]) => {
      const sub = attribute.subAttributes.get(name.toLowerCase());
      const subWhere = `${where}.${sub?.name ?? name}`;
      return [name, sub === undefined ? part : normaliseValue(sub, part, subWhere, switches, coercions)];
    }),
  );
  if (!switches.shapes || attribute.multiValued || !isEmptyReference(complex)) return complex;
  coercions.add(`${where}: { value: "" } → nothing`);
  return null;
}

// How some clients clear a manager.
function isEmptyReference(complex: Record<string, unknown>): boolean {
  const entries = Object.entries(complex).filter(([, part]) => !isUnassigned(part));
  return entries.length === 1 && entries.every(([name, part]) => name.toLowerCase() === "value" && part === "");
}
