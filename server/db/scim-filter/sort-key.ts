import { smallText } from "./source.ts";
import type { Source } from "./source.ts";

/** What a list is sorted by: an expression, null where the attribute is unassigned, and its type for casts. */
export interface SortExpression {
  sql: string;
  type: "text" | "uuid" | "boolean" | "numeric" | "timestamptz";
}

/**
 * The expression that sorts by an attribute (RFC 7644 §3.4.2.3): without case unless the attribute is case exact, and
 * by the primary value, else the first, of one with several.
 *
 * @param sub the sub-attribute that is sorted by
 * @returns undefined when all resources have the same value or none, so that nothing can be sorted by it
 */
export function sortExpression(source: Source, sub: string | undefined): SortExpression | undefined {
  switch (source.kind) {
    case "text":
      return { sql: source.caseExact ? source.sql : smallText(source), type: "text" };
    case "id":
      return { sql: source.sql, type: "uuid" };
    case "boolean":
      return { sql: `(${source.sql})`, type: "boolean" };
    case "number":
      return { sql: source.sql, type: "numeric" };
    case "instant":
      return { sql: source.sql, type: "timestamptz" };
    case "elements": {
      const { from, where, order, part } = source.elements;
      const one = sortExpression(part(sub), undefined);
      if (one === undefined) return undefined;
      const condition = where === undefined ? "" : ` where ${where}`;
      return { sql: `(select ${one.sql} from ${from}${condition} order by ${order} limit 1)`, type: one.type };
    }
    case "known":
    case "parts":
    case "absent":
      return undefined;
  }
}
