import type { JsonObject } from "../schema/json.ts";
import type { ResourceType } from "../schema/resource-type.ts";
import { resourceTypeUrn } from "./urns.ts";

/**
 * The documents of /ResourceTypes (RFC 7643 §6), one per type.
 *
 * @param baseUrl address of the SCIM root, without a slash at the end
 */
export function resourceTypes(baseUrl: string, types: readonly ResourceType[]): JsonObject[] {
  return types.map((type) => ({
    schemas: [resourceTypeUrn],
    id: type.name,
    name: type.name,
    endpoint: type.endpoint,
    description: type.description,
    schema: type.schema.id,
    schemaExtensions: type.extensions.map(({ schema, required }) => ({ schema: schema.id, required })),
    meta: { resourceType: "ResourceType", location: `${baseUrl}/ResourceTypes/${type.name}` },
  }));
}
