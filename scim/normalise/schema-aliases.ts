import { enterpriseUserSchema } from "../schema/enterprise-user-schema.ts";
import { resolveSchema, schemasOfType } from "../schema/resolve-path.ts";
import type { ResourceType } from "../schema/resource-type.ts";
import type { Schema } from "../schema/schema.ts";

// OneLogin's urn:scim:schemas:core:2.0 and urn:scim:schemas:extension:enterprise:2.0, and those of SCIM 1.1.
const foreignCore = /^urn:scim:schemas:core:\d\.\d(?::\w+)?$/i;
const foreignEnterprise = /^urn:scim:schemas:extension:enterprise:\d\.\d(?::\w+)?$/i;

/**
 * Whether a name is a URN, or stands behind one, that is no schema of the type, such as that of Microsoft's groups
 * (http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group).
 */
export function isNobodysUrn(name: string, type: ResourceType): boolean {
  const lower = name.toLowerCase();
  return /^(?:urn:|https?:)/.test(lower) && !schemasOfType(type).some(({ id }) => lower.startsWith(id.toLowerCase()));
}

/** The schema of ours that a foreign URN means, if any. */
export function foreignSchema(urn: string, type: ResourceType): Schema | undefined {
  if (foreignCore.test(urn)) return type.schema;
  return foreignEnterprise.test(urn) ? resolveSchema(enterpriseUserSchema.id, type) : undefined;
}
