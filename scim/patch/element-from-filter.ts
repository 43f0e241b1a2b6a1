import type { FilterNode } from "../filter/filter-node.ts";
import type { Json, JsonObject } from "../schema/json.ts";

/**
 * What a filter says about the element it looks for, if it is made of equalities only:
 * `type eq "work" and primary eq true` gives `{ type: "work", primary: true }`. Entra ID expects that an
 * element it patches by such a filter comes into being.
 *
 * @returns undefined when the filter leaves a choice (`or`, `not`, `co` …) or contradicts itself
 */
export function elementFromFilter(node: FilterNode): JsonObject | undefined {
  const element: JsonObject = {};
  return gather(node, element) ? element : undefined;
}

/** The value a filter asks for in a simple multi-valued attribute: `value eq "x"` gives "x". */
export function valueFromFilter(node: FilterNode): Json | undefined {
  return node.kind === "compare" && node.op === "eq" && node.path.sub === undefined ? node.value.value : undefined;
}

function gather(node: FilterNode, element: JsonObject): boolean {
  if (node.kind === "and") return node.nodes.every((child) => gather(child, element));
  if (node.kind !== "compare" || node.op !== "eq" || node.path.sub === undefined) return false;
  const { name } = node.path.sub;
  const { value } = node.value;
  if (Object.hasOwn(element, name) && element[name] !== value) return false;
  element[name] = value;
  return true;
}
