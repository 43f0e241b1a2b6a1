import { Notes } from "../messages/notes.ts";
import { quote } from "../messages/scim-error.ts";
import { elementFromFilter } from "../patch/element-from-filter.ts";
import type { PatchTarget } from "../patch/patch-path.ts";
import type { Attribute } from "../schema/attribute.ts";
import { commonAttributes } from "../schema/common-attributes.ts";
import { isObject, isUnassigned, ownIgnoringCase, type JsonObject } from "../schema/json.ts";
import { printPath, resolveSchema } from "../schema/resolve-path.ts";
import type { ResourceType } from "../schema/resource-type.ts";
import type { Schema } from "../schema/schema.ts";
import { bareObject, normaliseSingle, normaliseValue, withoutStrangers } from "./normalise-value.ts";
import { FlatNames } from "./flat-names.ts";
import { foreignSchema, isNobodysUrn } from "./schema-aliases.ts";
import { defaultSwitches, type Normalised, type Switches } from "./switches.ts";

/**
 * Turns the body of POST or PUT, as real clients write it, into one that `readResource` accepts. It never
 * throws: what it cannot make sense of stays for the reader to refuse.
 */
export function normaliseResource(body: unknown, type: ResourceType, switches: Switches = defaultSwitches): Normalised {
  if (!isObject(body)) return { body, coercions: [] };
  const coercions = new Notes();
  const flatNames = new FlatNames(type, switches, coercions);
  const result = bareObject();
  const misplaced: Misplaced[] = [];
  const isKnown = (name: string): boolean =>
    coreAttribute(name, type) !== undefined ||
    resolveSchema(name, type) !== undefined ||
    (switches.foreignSchemas && foreignSchema(name, type) !== undefined) ||
    flatTarget(name, flatNames) !== undefined;
  const ours = Object.entries(body).filter(([name]) => isKnown(name) || !dropsUrn(name, type, switches, coercions));
  for (const [name, value] of withoutStrangers(ours, isKnown, "", switches, coercions)) {
    const schema = schemaNamed(name, type, switches, coercions);
    if (name.toLowerCase() === "schemas") {
      result[name] = switches.foreignSchemas ? knownSchemas(value, type, coercions) : value;
    } else if (schema !== undefined) {
      addMembers(result, schema, value, flatNames, switches, coercions, schema === type.schema);
    } else {
      const attribute = coreAttribute(name, type);
      const target = attribute === undefined ? flatTarget(name, flatNames) : undefined;
      if (attribute !== undefined) result[name] = normaliseValue(attribute, value, attribute.name, switches, coercions);
      else if (target !== undefined) misplaced.push({ name, target, value });
      else result[name] = value;
    }
  }
  for (const one of misplaced) place(result, one, switches, coercions);
  return { body: result, coercions: coercions.list() };
}

/**
 * The members of a schema given as an object, with dotted names nested. What is not an object stays.
 */
export function normaliseMembers(
  schema: Schema,
  value: unknown,
  type: ResourceType,
  flatNames: FlatNames,
  switches: Switches,
  coercions: Notes,
): unknown {
  if (!isObject(value)) return value;
  const holder = bareObject();
  addMembers(holder, schema, value, flatNames, switches, coercions, schema === type.schema);
  return schema === type.schema && switches.flatNames ? holder : holder[schema.id];
}

function schemaNamed(name: string, type: ResourceType, switches: Switches, coercions: Notes): Schema | undefined {
  const schema = resolveSchema(name, type);
  if (schema !== undefined) return schema;
  const meant = switches.foreignSchemas ? foreignSchema(name, type) : undefined;
  if (meant !== undefined) coercions.add(`${quote(name)} → ${meant.id}`);
  return meant;
}

function addMembers(
  result: Record<string, unknown>,
  schema: Schema,
  value: unknown,
  flatNames: FlatNames,
  switches: Switches,
  coercions: Notes,
  isCore: boolean,
): void {
  if (!isObject(value) || (isCore && !switches.flatNames)) {
    result[schema.id] = value;
    return;
  }
  // An object under the core URN holds what belongs at the top.
  if (isCore) coercions.add(`the members of ${schema.id} → the top level`);
  const held = result[schema.id];
  const holder = isCore ? result : isObject(held) ? held : bareObject();
  if (!isCore) result[schema.id] = holder;
  const flat = (name: string): PatchTarget | undefined =>
    /[.[]/.test(name) ? flatTarget(`${schema.id}:${name}`, flatNames) : undefined;
  const isKnown = (name: string): boolean => schema.attributes.has(name.toLowerCase()) || flat(name) !== undefined;
  for (const [name, member] of withoutStrangers(Object.entries(value), isKnown, schema.id, switches, coercions)) {
    const attribute = schema.attributes.get(name.toLowerCase());
    if (attribute !== undefined) {
      const where = isCore ? attribute.name : `${schema.id}:${attribute.name}`;
      holder[name] = normaliseValue(attribute, member, where, switches, coercions);
      continue;
    }
    const target = flat(name);
    if (target === undefined) holder[name] = member;
    else place(result, { name, target, value: member }, switches, coercions);
  }
}

interface Misplaced {
  /** As the client wrote it. */
  name: string;
  target: PatchTarget;
  value: unknown;
}

/** What a name means as a path of a resource: one with a filter must describe the element. */
function flatTarget(name: string, flatNames: FlatNames): PatchTarget | undefined {
  const path = flatNames.read(name);
  if (path?.kind !== "target") return undefined;
  const { attribute, filter } = path.target;
  const isPlaced = filter === undefined || (attribute.multiValued && elementFromFilter(filter) !== undefined);
  return isPlaced ? path.target : undefined;
}

/** Whether a member is one of a schema that nobody here has, and goes. */
function dropsUrn(name: string, type: ResourceType, switches: Switches, coercions: Notes): boolean {
  if (!switches.foreignSchemas || !isNobodysUrn(name, type)) return false;
  coercions.add(`unknown schema ${quote(name)} → dropped`);
  return true;
}

/** Puts a value where its flat name says it belongs. */
function place(
  result: Record<string, unknown>,
  { name, target, value }: Misplaced,
  switches: Switches,
  coercions: Notes,
): void {
  const { extension, attribute, filter, sub } = target;
  const where = printPath(target);
  coercions.add(`${quote(name)} → its place, ${where}`);
  let holder = result;
  if (extension !== undefined) {
    const key = keyOf(result, extension);
    const held = result[key];
    holder = isObject(held) ? held : bareObject();
    result[key] = holder;
  }
  const key = keyOf(holder, attribute.name);
  if (filter !== undefined) {
    const said =
      sub === undefined
        ? normaliseSingle(attribute, value, where, switches, coercions)
        : { [sub.name]: normaliseValue(sub, value, where, switches, coercions) };
    holder[key] = withElement(holder[key], elementFromFilter(filter) ?? {}, said, attribute);
    return;
  }
  if (sub === undefined) {
    holder[key] = normaliseValue(attribute, value, where, switches, coercions);
    return;
  }
  const part: [string, unknown] = [sub.name, normaliseValue(sub, value, where, switches, coercions)];
  const held = holder[key];
  const merge = (complex: unknown): unknown =>
    isObject(complex) ? bareObject([...Object.entries(complex), part]) : bareObject([part]);
  if (!attribute.multiValued) holder[key] = merge(held);
  // Without a filter, the first element is the only one the name can mean.
  else if (Array.isArray(held)) {
    const [first, ...others] = held as unknown[];
    holder[key] = [merge(first), ...others];
  } else holder[key] = [merge(undefined)];
}

/** Adds what is said of the element that is described: to that element, or to a new one. */
function withElement(held: unknown, described: JsonObject, said: unknown, attribute: Attribute): unknown {
  if (!isUnassigned(held) && !Array.isArray(held)) return held;
  const elements: unknown[] = Array.isArray(held) ? held : [];
  if (isUnassigned(said) || (isObject(said) && Object.values(said).every(isUnassigned))) return elements;
  const fits = (element: unknown): boolean =>
    isObject(element) &&
    Object.entries(described).every(([name, value]) => {
      const part = ownIgnoringCase(element, name);
      const isFree = attribute.subAttributes.get(name.toLowerCase())?.caseExact !== true;
      const isText = typeof part === "string" && typeof value === "string";
      return isText && isFree ? part.toLowerCase() === value.toLowerCase() : part === value;
    });
  const at = elements.findIndex(fits);
  const parts = isObject(said) ? Object.entries(said) : [];
  if (at < 0) return [...elements, isObject(said) ? bareObject([...Object.entries(described), ...parts]) : said];
  return elements.map((element, position) =>
    position === at && isObject(element) ? bareObject([...Object.entries(element), ...parts]) : element,
  );
}

function keyOf(object: Record<string, unknown>, name: string): string {
  const lower = name.toLowerCase();
  return Object.keys(object).find((key) => key.toLowerCase() === lower) ?? name;
}

function coreAttribute(name: string, type: ResourceType): Attribute | undefined {
  const lower = name.toLowerCase();
  return type.schema.attributes.get(lower) ?? commonAttributes.get(lower);
}

function knownSchemas(value: unknown, type: ResourceType, coercions: Notes): unknown {
  if (!Array.isArray(value) || isUnassigned(value)) return value;
  const known = new Set<unknown>();
  for (const urn of value) {
    if (typeof urn !== "string") return value;
    const ours = resolveSchema(urn, type) ?? foreignSchema(urn, type);
    if (ours === undefined) coercions.add(`schemas: unknown ${quote(urn)} → dropped`);
    else if (ours.id.toLowerCase() !== urn.toLowerCase()) coercions.add(`schemas: ${quote(urn)} → ${ours.id}`);
    if (ours !== undefined) known.add(ours.id);
  }
  // With foreign URNs only, the endpoint says which schema is meant.
  if (known.size === 0) {
    coercions.add(`schemas: → ${type.schema.id}`);
    known.add(type.schema.id);
  }
  return [...known];
}
