import type { Attribute } from "./attribute.ts";
import { commonAttributes } from "./common-attributes.ts";
import type { ResourceType } from "./resource-type.ts";
import type { Schema } from "./schema.ts";

/** An attribute of a resource, or a sub-attribute of it. */
export interface ResolvedPath {
  /** URN of the extension that holds the attribute; undefined for the core schema and common attributes. */
  readonly extension: string | undefined;
  readonly attribute: Attribute;
  readonly sub: Attribute | undefined;
}

/**
 * Finds what a name stands for: `userName`, `name.givenName`, `urn:…:User:name.givenName`, or Microsoft's
 * `urn:…:User.manager` (RFC 7644 §3.10). Case does not matter. A bare name is looked up in the core
 * schema, then among the common attributes, then in the extensions in their order, because Entra ID
 * sends `manager` without its URN.
 *
 * @returns undefined when there is no such attribute, and for the URN of a schema alone
 */
export function resolvePath(text: string, type: ResourceType): ResolvedPath | undefined {
  const qualified = splitUrn(text, type);
  if (qualified !== undefined) return resolveInSchema(qualified.schema, qualified.rest, type);
  for (const schema of schemasOfType(type)) {
    const found = resolveInSchema(schema, text, type);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The schema whose URN the text is, in any case (`urn:…:enterprise:2.0:User`). */
export function resolveSchema(text: string, type: ResourceType): Schema | undefined {
  const lower = text.toLowerCase();
  return schemasOfType(type).find((schema) => schema.id.toLowerCase() === lower);
}

/** The core schema, then the extensions. */
export function schemasOfType(type: ResourceType): Schema[] {
  return [type.schema, ...type.extensions.map((extension) => extension.schema)];
}

/**
 * The path in full, as `resolvePath` reads it: extension attributes with their URN, all others without.
 */
export function printPath(path: ResolvedPath): string {
  const prefix = path.extension === undefined ? "" : `${path.extension}:`;
  const suffix = path.sub === undefined ? "" : `.${path.sub.name}`;
  return `${prefix}${path.attribute.name}${suffix}`;
}

/**
 * Takes the URN off the front. URNs hold dots and colons of their own (`2.0`), so only comparing with the
 * known ones tells where the attribute's name begins; the longest match is meant.
 */
function splitUrn(text: string, type: ResourceType): { schema: Schema; rest: string } | undefined {
  const lower = text.toLowerCase();
  let longest: Schema | undefined;
  for (const schema of schemasOfType(type)) {
    if (!lower.startsWith(schema.id.toLowerCase())) continue;
    if (!/^[:.]/.test(text.slice(schema.id.length))) continue;
    if (longest === undefined || schema.id.length > longest.id.length) longest = schema;
  }
  return longest === undefined ? undefined : { schema: longest, rest: text.slice(longest.id.length + 1) };
}

/** As `resolvePath`, in one schema only; the core schema includes the common attributes. The name has no URN. */
export function resolveInSchema(schema: Schema, text: string, type: ResourceType): ResolvedPath | undefined {
  const [first = "", second, ...more] = text.toLowerCase().split(".");
  if (more.length > 0) return undefined;
  const isCore = schema === type.schema;
  const attribute = schema.attributes.get(first) ?? (isCore ? commonAttributes.get(first) : undefined);
  if (attribute === undefined) return undefined;
  const sub = second === undefined ? undefined : attribute.subAttributes.get(second);
  if (second !== undefined && sub === undefined) return undefined;
  return { extension: isCore ? undefined : schema.id, attribute, sub };
}
