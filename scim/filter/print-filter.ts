import { printPath, type ResolvedPath } from "../schema/resolve-path.ts";
import type { FilterNode } from "./filter-node.ts";

/**
 * The text of a filter; `parseFilter` reads it back to the same nodes. Names are canonical, dates are UTC.
 */
export function printFilter(node: FilterNode): string {
  return print(node, printPath);
}

/** The text between the brackets of a value path; `parseElementFilter` reads it back. */
export function printElementFilter(node: FilterNode): string {
  return print(node, (path) => path.sub?.name ?? "value");
}

function print(node: FilterNode, name: (path: ResolvedPath) => string): string {
  switch (node.kind) {
    case "and":
    case "or":
      return node.nodes.map((child) => inBrackets(child, name)).join(` ${node.kind} `);
    case "not":
      return `not (${print(node.node, name)})`;
    case "compare":
      return `${name(node.path)} ${node.op} ${JSON.stringify(node.value.value)}`;
    case "present":
      return `${name(node.path)} pr`;
    case "valuePath":
      return `${printPath(node.path)}[${printElementFilter(node.node)}]`;
  }
}

// Brackets where precedence would not need them cost nothing and read well.
function inBrackets(node: FilterNode, name: (path: ResolvedPath) => string): string {
  const text = print(node, name);
  return node.kind === "and" || node.kind === "or" ? `(${text})` : text;
}
