import type { FilterHabits, FilterNode } from "../filter/filter-node.ts";
import { parseElementFilter } from "../filter/parse-filter.ts";
import { maxFilterLength } from "../filter/tokenise.ts";
import { quote, refuse } from "../messages/scim-error.ts";
import type { Attribute } from "../schema/attribute.ts";
import { resolvePath, resolveSchema, type ResolvedPath } from "../schema/resolve-path.ts";
import type { ResourceType } from "../schema/resource-type.ts";
import type { Schema } from "../schema/schema.ts";

/** One place in a resource: an attribute, which of its values, and which part of those. */
export interface PatchTarget {
  /** URN of the extension that holds the attribute; undefined for core and common attributes. */
  readonly extension: string | undefined;
  readonly attribute: Attribute;
  readonly filter: FilterNode | undefined;
  readonly sub: Attribute | undefined;
}

export type PatchPath = { kind: "schema"; schema: Schema } | { kind: "target"; target: PatchTarget };

/**
 * Reads the path of a PATCH operation (RFC 7644 §3.5.2 Figure 7): `attr`, `attr.sub`, `attr[filter]`,
 * `attr[filter].sub`, each also behind a URN, or the URN of a whole extension.
 *
 * @throws invalidPath    malformed, or no such attribute
 * @throws invalidFilter  the filter in brackets is bad
 */
export function parsePatchPath(path: string, type: ResourceType, habits: FilterHabits = {}): PatchPath {
  const text = path.trim();
  if (text.length > maxFilterLength)
    throw refuse("invalidPath", `the path is longer than ${maxFilterLength} characters`);
  const schema = resolveSchema(text, type);
  if (schema !== undefined) return { kind: "schema", schema };

  const open = text.indexOf("[");
  if (open < 0) return { kind: "target", target: { ...resolve(text, path, type), filter: undefined } };
  // The last bracket closes the path: one inside a string of the filter comes before it.
  const close = text.lastIndexOf("]");
  const rest = text.slice(close + 1);
  if (close < open || !/^(?:\.[A-Za-z$][\w$-]*)?$/.test(rest)) throw malformed(path);
  const owner = resolve(text.slice(0, open), path, type);
  const { attribute } = owner;
  if (owner.sub !== undefined || (attribute.type !== "complex" && !attribute.multiValued)) throw malformed(path);
  const sub = rest === "" ? undefined : findSub(attribute, rest.slice(1), path);
  const filter = parseElementFilter(text.slice(open + 1, close), owner, habits);
  return { kind: "target", target: { extension: owner.extension, attribute, filter, sub } };
}

function resolve(name: string, path: string, type: ResourceType): ResolvedPath {
  const found = resolvePath(name, type);
  if (found === undefined) throw refuse("invalidPath", `${type.name} has no attribute ${quote(path)}`);
  return found;
}

function findSub(attribute: Attribute, name: string, path: string): Attribute | undefined {
  const sub = attribute.subAttributes.get(name.toLowerCase());
  if (sub !== undefined) return sub;
  // tags[value eq "x"].value: the element of a simple attribute is its own value.
  if (attribute.type !== "complex" && name.toLowerCase() === "value") return undefined;
  throw refuse("invalidPath", `${attribute.name} has no sub-attribute ${quote(path)}`);
}

function malformed(path: string): Error {
  return refuse("invalidPath", `the path ${quote(path)} is malformed`);
}

/** The target as a reader would write it, for errors and notes. */
export function describeTarget(target: PatchTarget): string {
  const prefix = target.extension === undefined ? "" : `${target.extension}:`;
  const filter = target.filter === undefined ? "" : "[…]";
  const suffix = target.sub === undefined ? "" : `.${target.sub.name}`;
  return `${prefix}${target.attribute.name}${filter}${suffix}`;
}
