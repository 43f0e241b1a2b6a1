import type { ResolvedPath } from "../schema/resolve-path.ts";

export type CompareOp = "eq" | "ne" | "co" | "sw" | "ew" | "gt" | "ge" | "lt" | "le";

/** The value of a comparison, typed after the attribute it is compared with. There is no null: see `parseFilter`. */
export type Literal =
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "number"; readonly value: number }
  | { readonly type: "boolean"; readonly value: boolean }
  /** `value` is UTC with six digits of fraction, so that comparing as text is chronological. */
  | { readonly type: "dateTime"; readonly value: string; readonly epochMs: number };

/**
 * A filter with every name resolved (RFC 7644 §3.4.2.2). Paths are whole paths of the resource
 * everywhere; inside a `valuePath` they all are of its attribute and mean one and the same element.
 */
export type FilterNode = AndNode | OrNode | NotNode | CompareNode | PresentNode | ValuePathNode;

/** Two or more nodes, none of which is itself an `and`. */
export interface AndNode {
  readonly kind: "and";
  readonly nodes: readonly FilterNode[];
}

/** Two or more nodes, none of which is itself an `or`. */
export interface OrNode {
  readonly kind: "or";
  readonly nodes: readonly FilterNode[];
}

export interface NotNode {
  readonly kind: "not";
  readonly node: FilterNode;
}

export interface CompareNode {
  readonly kind: "compare";
  /** Ends at a simple attribute: `emails co "x"` has the sub-attribute `value` here. */
  readonly path: ResolvedPath;
  readonly op: CompareOp;
  readonly value: Literal;
}

export interface PresentNode {
  readonly kind: "present";
  /** May end at a complex attribute: then any sub-attribute will do. */
  readonly path: ResolvedPath;
}

export interface ValuePathNode {
  readonly kind: "valuePath";
  readonly path: ResolvedPath;
  readonly node: FilterNode;
}

/** What a filter may get wrong and is understood all the same, each on its own. All that is left out is on. */
export interface FilterHabits {
  /** `externalId eq jyoung`: a value without quotes. */
  readonly bareValues?: boolean;
  /** `active eq "True"`: a boolean with quotes. */
  readonly stringBooleans?: boolean;
  /** Is told what was understood, one readable line each, for the request log. */
  readonly note?: (line: string) => void;
}
