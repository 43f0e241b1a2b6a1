/**
 * Where the value of an attribute is, as SQL. Expressions are written here and never by a client; what a client sends
 * is a bind. An expression is null where the attribute is unassigned.
 */
export type Source =
  /** `isSmall`: the expression is in small letters as it is. `isKey`: an index finds a value, which few have. */
  | { kind: "text"; sql: string; caseExact: boolean; isSmall?: boolean; isKey?: boolean; shortcut?: Shortcut }
  | { kind: "id"; sql: string }
  | { kind: "boolean"; sql: string }
  | { kind: "number"; sql: string }
  | { kind: "instant"; sql: string }
  /** A complex attribute with a single value: `pr` asks for any of its parts. */
  | { kind: "parts"; parts: Source[] }
  | { kind: "elements"; elements: Elements }
  /** Values that the type has in each of its resources: `meta.resourceType`, the core URN among `schemas`. */
  | { kind: "known"; values: KnownValue[]; caseExact: boolean }
  /** The attribute does not exist for this type: it is unassigned in every resource. */
  | { kind: "absent" };

/** The expression of a text that is compared without case. */
export function smallText({ sql, isSmall = false }: Source & { kind: "text" }): string {
  return isSmall ? sql : `lower(${sql})`;
}

/** A value that is there when the condition holds; `true` is always. */
export interface KnownValue {
  value: string;
  when: string;
}

/** The values of a multi-valued attribute, as something to select from. */
export interface Elements {
  /** The FROM clause, with its own conditions; it may name the row outside. */
  from: string;
  where?: string;
  /** The value at a sub-attribute, or of an element that is simple itself. */
  part(sub: string | undefined): Source;
  /** Brings the element to the front by which a resource is sorted: the primary one, else the first. */
  order: string;
  shortcut?: Shortcut;
  /** A table that has the values of all resources in their order, where there is one. */
  inOrder?: InOrder;
}

/** Rows with one value of each resource that has any, for lists that are sorted by it. */
export interface InOrder {
  /** The table, with the row of the resource joined to it. */
  from: string;
  where: string;
  /** The column that has the id of the resource and stands behind the value in the index. */
  id: string;
  /** The value; never null. */
  value: Source;
  /** Holds for resources that have no such row. */
  isMissing: string;
}

/**
 * A condition that follows from a comparison and that an index answers.
 * `exact` says that it is all that the comparison asks, so nothing needs to be checked again.
 *
 * @param literal the place of the bind
 */
export interface Shortcut {
  ops: readonly ("eq" | "co" | "sw" | "ew")[];
  /** The sub-attribute that it is about, of elements. */
  sub?: string;
  /** Says whether the index can be asked for this literal. */
  fits?(literal: string): boolean;
  exact: boolean;
  sql(literal: string): string;
  /** The literal as the condition wants it. */
  bound?(literal: string): string;
}
