import { enterpriseUserSchema } from "./enterprise-user-schema.ts";
import { groupSchema } from "./group-schema.ts";
import { defineSchema, type Schema, type SchemaDefinition } from "./schema.ts";
import { userSchema } from "./user-schema.ts";

export interface Extension {
  readonly schema: Schema;
  /** A required extension must have data in every resource (RFC 7643 §6). */
  readonly required: boolean;
}

/** A kind of resource: where it lives and which schemas describe it (RFC 7643 §6). */
export interface ResourceType {
  readonly name: string;
  /** Relative to the base address, such as `/Users`. */
  readonly endpoint: string;
  readonly description: string;
  readonly schema: Schema;
  readonly extensions: readonly Extension[];
}

export interface ExtensionDefinition {
  readonly schema: SchemaDefinition;
  readonly required?: boolean;
}

export interface ResourceTypeDefinition {
  readonly name: string;
  readonly endpoint: string;
  readonly description: string;
  readonly schema: SchemaDefinition;
  readonly extensions?: readonly ExtensionDefinition[];
}

/** The schema of the organization's own attributes; it is passed to `userType` as data. */
export const gatehouseUserUrn = "urn:ietf:params:scim:schemas:extension:gatehouse:2.0:User";

/**
 * @throws Error  a schema is ill-defined, or two extensions have one URN
 */
export function defineResourceType(definition: ResourceTypeDefinition): ResourceType {
  const schema = defineSchema(definition.schema);
  const extensions = (definition.extensions ?? []).map((extension) => ({
    schema: defineSchema(extension.schema),
    required: extension.required ?? false,
  }));
  const urns = [schema, ...extensions.map((extension) => extension.schema)].map((one) => one.id.toLowerCase());
  if (new Set(urns).size < urns.length) throw new Error(`${definition.name} has two schemas with one URN`);
  return {
    name: definition.name,
    endpoint: definition.endpoint,
    description: definition.description,
    schema,
    extensions,
  };
}

/**
 * Users: the core schema, the enterprise extension, and further extensions given as data.
 */
export function userType(extensions: readonly ExtensionDefinition[] = []): ResourceType {
  return defineResourceType({
    name: "User",
    endpoint: "/Users",
    description: "User Account",
    schema: userSchema,
    extensions: [{ schema: enterpriseUserSchema }, ...extensions],
  });
}

/** Groups: the core schema, and extensions given as data. */
export function groupType(extensions: readonly ExtensionDefinition[] = []): ResourceType {
  return defineResourceType({
    name: "Group",
    endpoint: "/Groups",
    description: "Group",
    schema: groupSchema,
    extensions,
  });
}
