import { attributesByName, type Attribute, type AttributeDefinition } from "./attribute.ts";

/** A schema as it is written down (RFC 7643 §7). */
export interface SchemaDefinition {
  /** The URN, in its canonical case. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly AttributeDefinition[];
}

export interface Schema {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** In the order of definition, keyed by the name in lower case. */
  readonly attributes: ReadonlyMap<string, Attribute>;
}

/**
 * @throws Error  the id is no URN, or an attribute is ill-defined
 */
export function defineSchema(definition: SchemaDefinition): Schema {
  if (!/^urn:[\w.:-]+$/i.test(definition.id)) throw new Error(`"${definition.id}" is not a schema URN`);
  return {
    id: definition.id,
    name: definition.name,
    description: definition.description,
    attributes: attributesByName(definition.attributes),
  };
}
