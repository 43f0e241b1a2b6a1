import type { Attribute } from "../schema/attribute.ts";
import { readDateTime } from "../schema/date-time.ts";
import { isJsonObject, isUnassigned, own, type Json } from "../schema/json.ts";
import type { ResolvedPath } from "../schema/resolve-path.ts";
import type { CompareNode, CompareOp, FilterNode } from "./filter-node.ts";

/**
 * Whether one element of an attribute fits the filter between the brackets of a value path. It serves
 * PATCH only; lists are filtered by the database.
 *
 * An unassigned sub-attribute equals nothing: `ne` is true for it and all other comparisons are false.
 *
 * @param node    as `parseElementFilter` gave it
 * @param element the element, or the single value of a complex attribute
 */
export function matches(node: FilterNode, element: Json): boolean {
  switch (node.kind) {
    case "and":
      return node.nodes.every((child) => matches(child, element));
    case "or":
      return node.nodes.some((child) => matches(child, element));
    case "not":
      return !matches(node.node, element);
    case "present":
      return !isAbsent(valueAt(node.path, element));
    case "compare":
      return compare(node, valueAt(node.path, element));
    case "valuePath":
      // The parser lets no brackets into brackets.
      return false;
  }
}

function valueAt({ sub }: ResolvedPath, element: Json): Json | undefined {
  if (sub === undefined) return element;
  const value = isJsonObject(element) ? own(element, sub.name) : undefined;
  // "If not specified, the value of primary SHALL be assumed to be false" (RFC 7643 §2.4).
  return value ?? (sub.name === "primary" ? false : undefined);
}

// `pr` asks for a value that is neither null nor empty (RFC 7644 §3.4.2.2 Table 3).
function isAbsent(value: Json | undefined): boolean {
  return isUnassigned(value) || value === "" || (isJsonObject(value) && Object.keys(value).length === 0);
}

function compare({ path, op, value: literal }: CompareNode, value: Json | undefined): boolean {
  const leaf = path.sub ?? path.attribute;
  const values = Array.isArray(value) ? value : isUnassigned(value) || value === undefined ? [] : [value];
  const test = (wanted: CompareOp): boolean =>
    values.some((one) => {
      const pair = comparable(leaf, one, literal.value);
      return pair !== undefined && holds(wanted, ...pair);
    });
  return op === "ne" ? !test("eq") : test(op);
}

type Comparable = string | number | boolean;

/** Both sides in the form that orders them as the RFC wants; undefined when the stored value does not fit. */
function comparable(leaf: Attribute, stored: Json, literal: Comparable): [Comparable, Comparable] | undefined {
  if (typeof stored !== typeof literal || typeof stored === "object") return undefined;
  if (typeof stored !== "string" || typeof literal !== "string") return [stored, literal];
  if (leaf.type === "dateTime") {
    const instant = readDateTime(stored);
    return instant === undefined ? undefined : [instant.iso, literal];
  }
  return leaf.caseExact ? [stored, literal] : [stored.toLowerCase(), literal.toLowerCase()];
}

function holds(op: CompareOp, stored: Comparable, literal: Comparable): boolean {
  switch (op) {
    case "eq":
      return stored === literal;
    case "ne":
      return stored !== literal;
    case "gt":
      return stored > literal;
    case "ge":
      return stored >= literal;
    case "lt":
      return stored < literal;
    case "le":
      return stored <= literal;
    case "co":
      return String(stored).includes(String(literal));
    case "sw":
      return String(stored).startsWith(String(literal));
    case "ew":
      return String(stored).endsWith(String(literal));
  }
}
