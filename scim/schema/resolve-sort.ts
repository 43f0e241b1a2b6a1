import { quote, refuse } from "../messages/scim-error.ts";
import { resolvePath, type ResolvedPath } from "./resolve-path.ts";
import type { ResourceType } from "./resource-type.ts";

/**
 * Finds the attribute that `sortBy` names (RFC 7644 §3.4.2.3). A complex attribute sorts by its
 * `value`; a multi-valued one by the primary value, or else the first, which is the caller's to do.
 *
 * @throws invalidValue  no such attribute, or one that has no order
 */
export function resolveSort(sortBy: string, type: ResourceType): ResolvedPath {
  const path = resolvePath(sortBy.trim(), type);
  if (path === undefined) throw refuse("invalidValue", `sortBy: ${type.name} has no attribute ${quote(sortBy)}`);
  const { attribute } = path;
  const sub = path.sub ?? attribute.subAttributes.get("value");
  const leaf = sub ?? attribute;
  if (leaf.type === "complex") throw refuse("invalidValue", `sortBy: ${attribute.name} needs a sub-attribute`);
  if (attribute.returned === "never" || leaf.returned === "never") {
    throw refuse("invalidValue", `sortBy: ${attribute.name} cannot be sorted by`);
  }
  return { ...path, sub };
}
