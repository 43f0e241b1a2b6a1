import type {
  CompareNode,
  CompareOp,
  FilterNode,
  Literal,
  PresentNode,
  ValuePathNode,
} from "#scim/filter/filter-node.ts";
import type { ResolvedPath } from "#scim/schema/resolve-path.ts";
import type { Binds } from "../keyset.ts";
import { isId } from "../../kernel/ids.ts";
import { smallText } from "./source.ts";
import type { Elements, Shortcut, Source } from "./source.ts";

/** Says where the values of a path are. */
export type Locate = (path: ResolvedPath) => Source;

/**
 * Turns a filter into a SQL condition (RFC 7644 §3.4.2.2). Literals become binds.
 *
 * An unassigned attribute makes a comparison null, which counts as false; `not` and `ne` turn it into true. AND and OR
 * keep that: a null can only turn into what a false would have turned into.
 */
export function compileFilter(node: FilterNode, locate: Locate, binds: Binds): string {
  return new Compiler(locate, binds).condition(node);
}

class Compiler {
  readonly #locate: Locate;
  readonly #binds: Binds;

  constructor(locate: Locate, binds: Binds) {
    this.#locate = locate;
    this.#binds = binds;
  }

  condition(node: FilterNode): string {
    switch (node.kind) {
      case "and":
      case "or":
        return `(${node.nodes.map((child) => this.condition(child)).join(` ${node.kind} `)})`;
      case "not":
        return `(${this.condition(node.node)}) is not true`;
      case "compare":
        return this.#compare(node);
      case "present":
        return this.#present(node);
      case "valuePath":
        return this.#valuePath(node);
    }
  }

  #compare({ path, op, value }: CompareNode): string {
    if (op === "ne") return `(${this.#compare({ kind: "compare", path, op: "eq", value })}) is not true`;
    const source = this.#locate(path);
    if (source.kind !== "elements") return this.#compareOne(source, op, value);
    const { elements } = source;
    const shortcut = this.#shortcut(elements.shortcut, path, op, value);
    if (shortcut !== undefined && elements.shortcut?.exact === true) return shortcut;
    const found = exists(elements, this.#compareOne(elements.part(path.sub?.name), op, value));
    return shortcut === undefined ? found : `(${shortcut} and ${found})`;
  }

  #present({ path }: PresentNode): string {
    const source = this.#locate(path);
    if (source.kind !== "elements") return isPresent(source);
    return exists(source.elements, path.sub === undefined ? "true" : isPresent(source.elements.part(path.sub.name)));
  }

  /** All conditions between the brackets are about one and the same element. */
  #valuePath({ path, node }: ValuePathNode): string {
    const source = this.#locate(path);
    if (source.kind !== "elements") return `(${isPresent(source)} and ${this.condition(node)})`;
    const { elements } = source;
    const inside = new Compiler((inner) => elements.part(inner.sub?.name), this.#binds);
    const shortcuts = conjuncts(node).flatMap((one) =>
      one.kind === "compare" ? (this.#shortcut(elements.shortcut, one.path, one.op, one.value) ?? []) : [],
    );
    return ["(", [...shortcuts, exists(elements, inside.condition(node))].join(" and "), ")"].join("");
  }

  #shortcut(shortcut: Shortcut | undefined, path: ResolvedPath, op: CompareOp, literal: Literal): string | undefined {
    if (shortcut === undefined || literal.type !== "string" || shortcut.sub !== path.sub?.name) return undefined;
    return this.#quick(shortcut, op, literal.value);
  }

  #quick(shortcut: Shortcut, op: CompareOp, literal: string): string | undefined {
    if (!shortcut.ops.some((one) => one === op) || shortcut.fits?.(literal) === false) return undefined;
    return shortcut.sql(this.#binds.bind(shortcut.bound?.(literal) ?? literal));
  }

  #compareOne(source: Source, op: CompareOp, literal: Literal): string {
    switch (source.kind) {
      case "text":
        return this.#compareText(source, op, String(literal.value));
      case "id":
        return this.#compareId(source.sql, op, String(literal.value));
      case "boolean":
        return `(${source.sql}) = ${literal.value === true ? "true" : "false"}`;
      case "number":
        return `${source.sql} ${sign(op)} ${this.#binds.bind(literal.value)}::numeric`;
      case "instant":
        return `${source.sql} ${sign(op)} ${this.#binds.bind(literal.value)}::timestamptz`;
      case "known":
        return anyOf(source.values.filter(({ value }) => holds(value, op, String(literal.value), source.caseExact)));
      case "parts":
      case "elements":
      case "absent":
        return "false";
    }
  }

  #compareText(source: Source & { kind: "text" }, op: CompareOp, literal: string): string {
    const quick = source.shortcut === undefined ? undefined : this.#quick(source.shortcut, op, literal);
    if (quick !== undefined && source.shortcut?.exact === true) return quick;
    const place = `${this.#binds.bind(literal)}::text`;
    const checked = source.caseExact
      ? textCondition(source.sql, op, place)
      : textCondition(smallText(source), op, `lower(${place})`);
    return quick === undefined ? checked : `(${quick} and ${checked})`;
  }

  #compareId(sql: string, op: CompareOp, literal: string): string {
    if (op !== "eq") return textCondition(`${sql}::text`, op, `${this.#binds.bind(literal)}::text`);
    // Ids are case exact (RFC 7643 §3.1), and written in small letters.
    if (!isId(literal) || literal !== literal.toLowerCase()) return "false";
    return `${sql} = ${this.#binds.bind(literal)}::uuid`;
  }
}

function exists({ from, where }: Elements, condition: string): string {
  return `exists (select 1 from ${from} where ${where === undefined ? "" : `${where} and `}${condition})`;
}

/** The nodes that must all be true. */
function conjuncts(node: FilterNode): readonly FilterNode[] {
  return node.kind === "and" ? node.nodes : [node];
}

/** `pr`: neither null nor empty (RFC 7644 §3.4.2.2 Table 3). */
function isPresent(source: Source): string {
  switch (source.kind) {
    case "text":
      return `${source.sql} <> ''`;
    case "id":
    case "boolean":
    case "number":
    case "instant":
      return `(${source.sql}) is not null`;
    case "parts":
      return `(${source.parts.map(isPresent).join(" or ")})`;
    case "elements":
      return exists(source.elements, "true");
    case "known":
      return anyOf(source.values);
    case "absent":
      return "false";
  }
}

function anyOf(values: readonly { when: string }[]): string {
  return values.length === 0 ? "false" : `(${values.map(({ when }) => when).join(" or ")})`;
}

function sign(op: CompareOp): string {
  return { eq: "=", gt: ">", ge: ">=", lt: "<", le: "<=", ne: "<>", co: "=", sw: "=", ew: "=" }[op];
}

/** Order is that of code points, whatever the collation of the database: the same filter means the same everywhere. */
function textCondition(left: string, op: CompareOp, right: string): string {
  switch (op) {
    case "eq":
    case "ne":
      return `${left} = ${right}`;
    case "co":
      return `strpos(${left}, ${right}) > 0`;
    case "sw":
      return `starts_with(${left}, ${right})`;
    case "ew":
      return `right(${left}, length(${right})) = ${right}`;
    case "gt":
    case "ge":
    case "lt":
    case "le":
      return `(${left}) collate "C" ${sign(op)} ${right}`;
  }
}

/** The same comparison for values that need no row. */
function holds(value: string, op: CompareOp, literal: string, caseExact: boolean): boolean {
  const [left, right] = caseExact ? [value, literal] : [value.toLowerCase(), literal.toLowerCase()];
  switch (op) {
    case "eq":
    case "ne":
      return left === right;
    case "co":
      return left.includes(right);
    case "sw":
      return left.startsWith(right);
    case "ew":
      return left.endsWith(right);
    case "gt":
      return left > right;
    case "ge":
      return left >= right;
    case "lt":
      return left < right;
    case "le":
      return left <= right;
  }
}
