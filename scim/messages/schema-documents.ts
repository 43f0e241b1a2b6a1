import type { Attribute } from "../schema/attribute.ts";
import type { JsonObject } from "../schema/json.ts";
import { schemasOfType } from "../schema/resolve-path.ts";
import type { ResourceType } from "../schema/resource-type.ts";
import type { Schema } from "../schema/schema.ts";
import { schemaUrn } from "./urns.ts";

/**
 * The documents of /Schemas (RFC 7643 §7): each schema of the types once, then the further ones, such as
 * those of the discovery documents. They hold no nulls: Entra ID cannot read them.
 *
 * @param baseUrl address of the SCIM root, without a slash at the end
 */
export function schemaDocuments(
  baseUrl: string,
  types: readonly ResourceType[],
  further: readonly Schema[] = [],
): JsonObject[] {
  const schemas = new Map<string, Schema>();
  for (const schema of [...types.flatMap(schemasOfType), ...further]) schemas.set(schema.id, schema);
  return [...schemas.values()].map((schema) => ({
    schemas: [schemaUrn],
    id: schema.id,
    name: schema.name,
    description: schema.description,
    attributes: [...schema.attributes.values()].map(describe),
    meta: { resourceType: "Schema", location: `${baseUrl}/Schemas/${schema.id}` },
  }));
}

function describe(attribute: Attribute): JsonObject {
  return {
    name: attribute.name,
    type: attribute.type,
    ...(attribute.type === "complex" ? { subAttributes: [...attribute.subAttributes.values()].map(describe) } : {}),
    multiValued: attribute.multiValued,
    description: attribute.description,
    required: attribute.required,
    ...(attribute.canonicalValues.length > 0 ? { canonicalValues: [...attribute.canonicalValues] } : {}),
    caseExact: attribute.caseExact,
    mutability: attribute.mutability,
    returned: attribute.returned,
    uniqueness: attribute.uniqueness,
    ...(attribute.referenceTypes.length > 0 ? { referenceTypes: [...attribute.referenceTypes] } : {}),
  };
}
