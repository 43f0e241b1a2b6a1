import type { CompareNode, FilterNode } from "#scim/filter/filter-node.ts";
import type { Locate } from "./compile-filter.ts";

/**
 * Whether a filter asks for a value that an index finds and that few resources share, so that its cost does not grow
 * with the directory. Every other one may read all of it.
 */
export function standsOnKey(node: FilterNode, locate: Locate): boolean {
  return conjuncts(node).some((one) => {
    if (one.kind === "compare") return asksForKey(one, locate);
    if (one.kind !== "valuePath") return false;
    const outside = locate(one.path);
    if (outside.kind !== "elements") return false;
    return conjuncts(one.node).some((inner) => inner.kind === "compare" && asksForKey(inner, () => outside));
  });
}

function asksForKey({ path, op, value }: CompareNode, locate: Locate): boolean {
  if (op !== "eq" || value.type !== "string") return false;
  const source = locate(path);
  if (source.kind === "id") return true;
  if (source.kind === "text") return source.isKey === true;
  const shortcut = source.kind === "elements" ? source.elements.shortcut : undefined;
  return shortcut !== undefined && shortcut.ops.includes("eq") && shortcut.sub === path.sub?.name;
}

function conjuncts(node: FilterNode): readonly FilterNode[] {
  return node.kind === "and" ? node.nodes : [node];
}
