import { Notes } from "../messages/notes.ts";
import { quote } from "../messages/scim-error.ts";
import type { Attribute } from "../schema/attribute.ts";
import { commonAttributes } from "../schema/common-attributes.ts";
import { isObject, isUnassigned } from "../schema/json.ts";
import { printPath, resolvePath, resolveSchema, type ResolvedPath } from "../schema/resolve-path.ts";
import type { ResourceType } from "../schema/resource-type.ts";
import type { Schema } from "../schema/schema.ts";
import { bareObject, normaliseValue } from "./normalise-value.ts";
import { foreignSchema } from "./schema-aliases.ts";
import { allSwitchesOn, type Normalised, type Switches } from "./switches.ts";

/**
 * Turns the body of POST or PUT, as real clients write it, into one that `readResource` accepts. It never
 * throws: what it cannot make sense of stays for the reader to refuse.
 */
export function normaliseResource(body: unknown, type: ResourceType, switches: Switches = allSwitchesOn): Normalised {
  if (!isObject(body)) return { body, coercions: [] };
  const coercions = new Notes();
  const result = bareObject();
  const misplaced: Misplaced[] = [];
  for (const [name, value] of Object.entries(body)) {
    const schema = schemaNamed(name, type, switches, coercions);
    if (name.toLowerCase() === "schemas") {
      result[name] = switches.foreignSchemas ? knownSchemas(value, type, coercions) : value;
    } else if (schema !== undefined) {
      addMembers(result, schema, value, type, switches, coercions);
    } else {
      const attribute = coreAttribute(name, type);
      const path = attribute === undefined && switches.flatNames ? resolvePath(name, type) : undefined;
      if (attribute !== undefined) result[name] = normaliseValue(attribute, value, attribute.name, switches, coercions);
      else if (path !== undefined) misplaced.push({ name, path, value });
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
  switches: Switches,
  coercions: Notes,
): unknown {
  if (!isObject(value)) return value;
  const holder = bareObject();
  addMembers(holder, schema, value, type, switches, coercions);
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
  type: ResourceType,
  switches: Switches,
  coercions: Notes,
): void {
  const isCore = schema === type.schema;
  if (!isObject(value) || (isCore && !switches.flatNames)) {
    result[schema.id] = value;
    return;
  }
  // An object under the core URN holds what belongs at the top.
  if (isCore) coercions.add(`the members of ${schema.id} → the top level`);
  const held = result[schema.id];
  const holder = isCore ? result : isObject(held) ? held : bareObject();
  if (!isCore) result[schema.id] = holder;
  for (const [name, member] of Object.entries(value)) {
    const attribute = schema.attributes.get(name.toLowerCase());
    if (attribute !== undefined) {
      const where = isCore ? attribute.name : `${schema.id}:${attribute.name}`;
      holder[name] = normaliseValue(attribute, member, where, switches, coercions);
      continue;
    }
    const path = switches.flatNames && name.includes(".") ? resolvePath(`${schema.id}:${name}`, type) : undefined;
    if (path === undefined) holder[name] = member;
    else place(result, { name, path, value: member }, switches, coercions);
  }
}

interface Misplaced {
  /** As the client wrote it. */
  name: string;
  path: ResolvedPath;
  value: unknown;
}

/** Puts a value where its flat name says it belongs. */
function place(
  result: Record<string, unknown>,
  { name, path, value }: Misplaced,
  switches: Switches,
  coercions: Notes,
): void {
  const { extension, attribute, sub } = path;
  coercions.add(`${quote(name)} → its place, ${printPath(path)}`);
  let holder = result;
  if (extension !== undefined) {
    const key = keyOf(result, extension);
    const held = result[key];
    holder = isObject(held) ? held : bareObject();
    result[key] = holder;
  }
  const key = keyOf(holder, attribute.name);
  if (sub === undefined) {
    holder[key] = normaliseValue(attribute, value, printPath(path), switches, coercions);
    return;
  }
  const part: [string, unknown] = [sub.name, normaliseValue(sub, value, printPath(path), switches, coercions)];
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
