import { Notes } from "../messages/notes.ts";
import { kindOf, quote, refuse } from "../messages/scim-error.ts";
import type { Attribute } from "./attribute.ts";
import { commonAttributes } from "./common-attributes.ts";
import { isObject, isUnassigned, type JsonObject } from "./json.ts";
import { isMissing, readMembers, readValue } from "./read-value.ts";
import { resolveSchema, schemasOfType } from "./resolve-path.ts";
import type { ResourceType } from "./resource-type.ts";
import type { Schema } from "./schema.ts";
import { withSchemas } from "./with-schemas.ts";

export interface ReadResource {
  /** Names in the case of the schema, in its order; `schemas` lists exactly what has data. */
  resource: JsonObject;
  /** What was dropped or left alone, one readable line each, for the request log. */
  notes: string[];
}

/**
 * Reads the body of POST ("create", RFC 7644 §3.3) or PUT ("replace", §3.5.1). readOnly attributes are
 * left out, whatever the client sends for them. In a replacement, a required attribute that is immutable
 * may be missing, because the stored value stays.
 *
 * @throws invalidSyntax  not an object, no `schemas`, an attribute given twice or one that the type does not have
 * @throws invalidValue   `schemas` lacks the core URN or names a schema that the type does not have, a required attribute is missing, a value does not fit
 */
export function readResource(body: unknown, type: ResourceType, mode: "create" | "replace"): ReadResource {
  if (!isObject(body)) throw refuse("invalidSyntax", `the body must be a ${type.name} object, not ${kindOf(body)}`);
  const notes = new Notes();
  const { core, extensions } = sortMembers(body, type);
  readSchemas(core.get("schemas"), type);

  const resource: JsonObject = {};
  const coreValue = (attribute: Attribute): unknown => core.get(attribute.name.toLowerCase());
  fill(resource, commonAttributes, coreValue, "", notes);
  fill(resource, type.schema.attributes, coreValue, "", notes);
  for (const { schema } of type.extensions) {
    const given = extensions.get(schema);
    if (isUnassigned(given)) continue;
    const data: JsonObject = {};
    const members = readMembers(schema.attributes, given, schema.id, notes);
    fill(data, schema.attributes, (attribute) => members.get(attribute), `${schema.id}:`, notes);
    if (Object.keys(data).length > 0) resource[schema.id] = data;
  }
  requireAttributes(resource, type, mode);
  return { resource: withSchemas(resource, type), notes: notes.list() };
}

/**
 * @throws invalidValue  a required attribute, or a required extension, has no value
 */
export function requireAttributes(resource: JsonObject, type: ResourceType, mode: "create" | "replace"): void {
  const check = (holder: JsonObject, schema: Schema, prefix: string): void => {
    for (const attribute of schema.attributes.values()) {
      if (!attribute.required || attribute.mutability === "readOnly") continue;
      if (mode === "replace" && attribute.mutability === "immutable") continue;
      if (isMissing(holder[attribute.name])) throw refuse("invalidValue", `${prefix}${attribute.name} is required`);
    }
  };
  check(resource, type.schema, "");
  for (const { schema, required } of type.extensions) {
    const data = resource[schema.id];
    // Attributes required by an extension count once the extension is used at all (RFC 7643 §6).
    if (isObject(data)) check(data, schema, `${schema.id}:`);
    else if (required) {
      check({}, schema, `${schema.id}:`);
      throw refuse("invalidValue", `${schema.id} is required`);
    }
  }
}

interface Members {
  /** By name in lower case. */
  core: Map<string, unknown>;
  extensions: Map<Schema, unknown>;
}

function sortMembers(body: Record<string, unknown>, type: ResourceType): Members {
  const core = new Map<string, unknown>();
  const extensions = new Map<Schema, unknown>();
  for (const [name, value] of Object.entries(body)) {
    const lower = name.toLowerCase();
    const schema = resolveSchema(name, type);
    if (schema !== undefined && schema !== type.schema) {
      if (extensions.has(schema)) throw refuse("invalidSyntax", `${schema.id} is given twice`);
      extensions.set(schema, value);
    } else if (type.schema.attributes.has(lower) || commonAttributes.has(lower)) {
      if (core.has(lower)) throw refuse("invalidSyntax", `${quote(name)} is given twice`);
      core.set(lower, value);
    } else {
      throw refuse("invalidSyntax", `${type.name} has no attribute ${quote(name)}`);
    }
  }
  return { core, extensions };
}

function fill(
  target: JsonObject,
  attributes: ReadonlyMap<string, Attribute>,
  valueOf: (attribute: Attribute) => unknown,
  prefix: string,
  notes: Notes,
): void {
  for (const attribute of attributes.values()) {
    const value = valueOf(attribute);
    if (attribute.mutability === "readOnly") {
      if (!isUnassigned(value) && attribute.name !== "schemas") {
        notes.add(`${prefix}${attribute.name} is readOnly and was left alone`);
      }
      continue;
    }
    const read = readValue(attribute, value, `${prefix}${attribute.name}`, notes);
    if (read !== undefined) target[attribute.name] = read;
  }
}

function readSchemas(value: unknown, type: ResourceType): void {
  if (!Array.isArray(value)) {
    throw refuse("invalidSyntax", `schemas must be an array of URNs, with ${type.schema.id} among them`);
  }
  const known = new Set(schemasOfType(type).map((schema) => schema.id.toLowerCase()));
  const urns = new Set<string>();
  for (const urn of value) {
    if (typeof urn !== "string") throw refuse("invalidSyntax", `schemas must hold strings, not ${kindOf(urn)}`);
    if (!known.has(urn.toLowerCase())) throw refuse("invalidValue", `${quote(urn)} is no schema of ${type.name}`);
    urns.add(urn.toLowerCase());
  }
  if (!urns.has(type.schema.id.toLowerCase())) throw refuse("invalidValue", `schemas must contain ${type.schema.id}`);
}
