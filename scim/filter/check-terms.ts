import { quote, refuse } from "../messages/scim-error.ts";
import type { Attribute } from "../schema/attribute.ts";
import { readDateTime } from "../schema/date-time.ts";
import { printPath, type ResolvedPath } from "../schema/resolve-path.ts";
import type { CompareNode, CompareOp, FilterHabits, FilterNode, Literal, PresentNode } from "./filter-node.ts";

const orderOps: ReadonlySet<CompareOp> = new Set(["gt", "ge", "lt", "le"]);
const textOps: ReadonlySet<CompareOp> = new Set(["co", "sw", "ew"]);

/** A value as it stands in the filter; `bare` is its text, where it has no quotes. */
export interface Given {
  readonly value: string | number | boolean | null;
  readonly bare?: string;
}

/**
 * Checks one comparison against the characteristics of its attribute (RFC 7644 §3.4.2.2 Table 3).
 *
 * @throws invalidFilter  the operator or the value does not fit
 * @throws sensitive      the attribute is a secret
 */
export function readCompare(
  given: ResolvedPath,
  op: CompareOp,
  literal: Given | undefined,
  habits: FilterHabits,
): FilterNode {
  refuseSecrets(given);
  if (literal?.value === null) {
    // null is "unassigned" (RFC 7643 §2.5), which `pr` asks for already.
    const present: PresentNode = { kind: "present", path: given };
    if (op === "eq") return { kind: "not", node: present };
    if (op === "ne") return present;
    throw refuse("invalidFilter", `${op} cannot compare with null`);
  }
  const path = toLeaf(given);
  const leaf = path.sub ?? path.attribute;
  checkOperator(path, leaf, op);
  return { kind: "compare", path, op, value: readLiteral(path, leaf, literal, habits) } satisfies CompareNode;
}

/**
 * @throws sensitive  the attribute is a secret
 */
export function readPresent(path: ResolvedPath): PresentNode {
  refuseSecrets(path);
  return { kind: "present", path };
}

/** `emails co "x"` means `emails.value` (RFC 7644 §3.4.2.2), and so does `manager eq "x"`, which Entra ID sends. */
function toLeaf(path: ResolvedPath): ResolvedPath {
  if (path.sub !== undefined || path.attribute.type !== "complex") return path;
  const sub = path.attribute.subAttributes.get("value");
  if (sub === undefined) throw refuse("invalidFilter", `${printPath(path)} is complex: name one of its sub-attributes`);
  return { ...path, sub };
}

// A filter would let a client guess a secret letter by letter (RFC 7643 §7 on writeOnly), and it stands in addresses
// that are logged on their way (RFC 7644 §7.5.2).
function refuseSecrets({ attribute, sub }: ResolvedPath): void {
  for (const one of [attribute, sub]) {
    if (one !== undefined && (one.returned === "never" || one.mutability === "writeOnly")) {
      throw refuse("sensitive", `${attribute.name} is secret and cannot be filtered by`);
    }
  }
}

function checkOperator(path: ResolvedPath, leaf: Attribute, op: CompareOp): void {
  const isText = leaf.type === "string" || leaf.type === "reference" || leaf.type === "binary";
  const isOrdered = leaf.type !== "boolean" && leaf.type !== "binary";
  if ((orderOps.has(op) && !isOrdered) || (textOps.has(op) && !isText)) {
    throw refuse("invalidFilter", `${op} does not fit ${printPath(path)}, which is of type ${leaf.type}`);
  }
}

function readLiteral(path: ResolvedPath, leaf: Attribute, literal: Given | undefined, habits: FilterHabits): Literal {
  const { value, bare } = literal ?? {};
  switch (leaf.type) {
    case "string":
    case "reference":
    case "binary":
      // Without quotes, 42 is as much a text as jyoung is.
      if (bare !== undefined) habits.note?.(`filter: ${printPath(path)} ${quote(bare)} has no quotes → read as a text`);
      if (bare !== undefined) return { type: "string", value: bare };
      if (typeof value === "string") return { type: "string", value };
      break;
    case "boolean": {
      if (typeof value === "boolean") return { type: "boolean", value };
      // Entra ID sends roles[primary eq "True"].
      const lower = typeof value === "string" && habits.stringBooleans !== false ? value.toLowerCase() : "";
      if (lower !== "true" && lower !== "false") break;
      habits.note?.(`filter: ${printPath(path)} ${quote(value)} → ${lower}`);
      return { type: "boolean", value: lower === "true" };
    }
    case "integer":
    case "decimal":
      if (typeof value === "number" && (leaf.type === "decimal" || Math.abs(value) <= Number.MAX_SAFE_INTEGER)) {
        return { type: "number", value: value === 0 ? 0 : value };
      }
      break;
    case "dateTime": {
      const instant = typeof value === "string" ? readDateTime(value) : undefined;
      if (instant !== undefined && bare !== undefined) {
        habits.note?.(`filter: ${printPath(path)} ${quote(bare)} has no quotes → read as a date and time`);
      }
      if (instant !== undefined) return { type: "dateTime", value: instant.iso, epochMs: instant.epochMs };
      break;
    }
    case "complex":
  }
  throw refuse(
    "invalidFilter",
    `${printPath(path)} is of type ${leaf.type} and cannot be compared with ${quote(value)}`,
  );
}
