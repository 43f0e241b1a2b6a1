import { isJsonObject, type Json, type JsonObject } from "./json.ts";
import type { ResourceType } from "./resource-type.ts";

/**
 * The resource with `schemas` listing exactly the URNs that have data: the core one and the extensions
 * present (RFC 7643 §3). Extensions without data are taken out. The input is not changed.
 */
export function withSchemas(resource: JsonObject, type: ResourceType): JsonObject {
  const schemas: Json[] = [type.schema.id];
  const { schemas: _recomputed, ...rest } = resource;
  for (const { schema } of type.extensions) {
    const data = rest[schema.id];
    if (isJsonObject(data) && Object.keys(data).length > 0) schemas.push(schema.id);
    else delete rest[schema.id];
  }
  return { schemas, ...rest };
}
