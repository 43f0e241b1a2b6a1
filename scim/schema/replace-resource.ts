import { refuse } from "../messages/scim-error.ts";
import type { Attribute } from "./attribute.ts";
import { commonAttributes } from "./common-attributes.ts";
import { isJsonObject, isUnassigned, own, sameJson, type JsonObject } from "./json.ts";
import type { ResourceType } from "./resource-type.ts";
import { withSchemas } from "./with-schemas.ts";

export interface ReplaceOptions {
  /** Core attributes that keep their value when the client leaves them out. Default `active`: an omission must not re-enable anybody. */
  readonly keptWhenOmitted?: readonly string[];
}

/**
 * What PUT makes of a stored resource (RFC 7644 §3.5.1): readOnly attributes stay, immutable ones must
 * match if they are set, everything else is what the client sent; what it left out is cleared.
 *
 * @param stored      as it is
 * @param replacement as `readResource(body, type, "replace")` gave it
 * @returns changed false when the result equals what is stored. A password counts as a change.
 * @throws mutability  an immutable attribute would change
 */
export function replaceResource(
  stored: JsonObject,
  replacement: JsonObject,
  type: ResourceType,
  options: ReplaceOptions = {},
): { resource: JsonObject; changed: boolean } {
  const kept = new Set((options.keptWhenOmitted ?? ["active"]).map((name) => name.toLowerCase()));
  const resource: JsonObject = {};
  merge(resource, stored, replacement, commonAttributes, "", kept);
  merge(resource, stored, replacement, type.schema.attributes, "", kept);
  for (const { schema } of type.extensions) {
    const data: JsonObject = {};
    const before = own(stored, schema.id);
    const after = own(replacement, schema.id);
    merge(
      data,
      isJsonObject(before) ? before : {},
      isJsonObject(after) ? after : {},
      schema.attributes,
      `${schema.id}:`,
      new Set(),
    );
    if (Object.keys(data).length > 0) resource[schema.id] = data;
  }
  const result = withSchemas(resource, type);
  return { resource: result, changed: !sameJson(withSchemas(stored, type), result) };
}

function merge(
  target: JsonObject,
  stored: JsonObject,
  replacement: JsonObject,
  attributes: ReadonlyMap<string, Attribute>,
  prefix: string,
  kept: ReadonlySet<string>,
): void {
  for (const [key, attribute] of attributes) {
    const before = own(stored, attribute.name);
    const after = own(replacement, attribute.name);
    const value = attribute.mutability === "readOnly" || (after === undefined && kept.has(key)) ? before : after;
    if (attribute.mutability !== "immutable" || isUnassigned(before)) {
      if (value !== undefined) target[attribute.name] = withReadOnlyParts(attribute, before, value);
      continue;
    }
    if (after !== undefined && !sameJson(before, after)) {
      throw refuse("mutability", `${prefix}${attribute.name} is immutable and has a value already`);
    }
    if (before !== undefined) target[attribute.name] = before;
  }
}

// manager.displayName is the server's while manager.value is the client's: keep the one if the other stays.
function withReadOnlyParts(attribute: Attribute, before: JsonObject[string] | undefined, after: JsonObject[string]) {
  if (attribute.multiValued || !isJsonObject(before) || !isJsonObject(after) || before["value"] !== after["value"]) {
    return after;
  }
  const merged: JsonObject = { ...after };
  for (const sub of attribute.subAttributes.values()) {
    const value = own(before, sub.name);
    if (sub.mutability === "readOnly" && value !== undefined) merged[sub.name] = value;
  }
  return merged;
}
