import { failure } from "../contract/failure.ts";
import { isId } from "../kernel/ids.ts";

/** Where a page of a list begins: after this row, in the order of the list, or before it when `back`. */
export interface Cursor {
  /** Which list and order the cursor belongs to; another one's is refused. */
  of: string;
  value: string | number | null;
  id: string;
  back: boolean;
}

/** Writes a cursor as one opaque word. */
export function writeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify([cursor.of, cursor.value, cursor.id, cursor.back])).toString("base64url");
}

/**
 * Reads a cursor back.
 *
 * @throws request.cursorInvalid it is not one of this list and order
 */
export function readCursor(text: string, of: string): Cursor {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    if (Array.isArray(parts)) {
      const [list, value, id, back] = parts as unknown[];
      const isValue = value === null || typeof value === "string" || typeof value === "number";
      if (list === of && isValue && typeof id === "string" && isId(id) && typeof back === "boolean") {
        return { of, value, id, back };
      }
    }
  } catch (cause) {
    throw failure("request.cursorInvalid", { field: "cursor", cause });
  }
  throw failure("request.cursorInvalid", { field: "cursor" });
}

export interface Page<Row> {
  rows: Row[];
  nextCursor: string | null;
  previousCursor: string | null;
}

/**
 * Cuts a page out of one row more than was asked for, and makes the cursors to its neighbours.
 *
 * @param found rows in the order of the statement: reversed when the cursor goes back; at most limit + 1
 * @param keyOf the value that the list is sorted by, and the id
 */
export function cutPage<Row>(
  found: readonly Row[],
  limit: number,
  cursor: Cursor | undefined,
  of: string,
  keyOf: (row: Row) => { value: string | number | null; id: string },
): Page<Row> {
  const back = cursor?.back === true;
  const hasMore = found.length > limit;
  const rows = found.slice(0, limit);
  if (back) rows.reverse();
  const first = rows[0];
  const last = rows[rows.length - 1];
  const isNextThere = back ? true : hasMore;
  const isPreviousThere = back ? hasMore : cursor !== undefined;
  return {
    rows,
    nextCursor: last !== undefined && isNextThere ? writeCursor({ of, ...keyOf(last), back: false }) : null,
    previousCursor: first !== undefined && isPreviousThere ? writeCursor({ of, ...keyOf(first), back: true }) : null,
  };
}

/** Collects binds while a statement is put together: `bind(value)` answers `$n`. */
export class Binds {
  readonly values: unknown[] = [];

  bind(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** A sort key of a list: the SQL expression that its index is on, and how NULL sorts. */
export interface SortKey {
  expression: string;
  /** SQL type that the cursor's text is cast to. */
  type: "text" | "timestamptz" | "uuid" | "bigint";
  nullable?: boolean;
}

/**
 * The condition and order of one keyset page. NULL counts as the smallest value.
 *
 * @param direction order of the list as the reader sees it
 * @throws request.cursorInvalid the cursor's value is not one that the key can have
 */
export function keyset(
  key: SortKey,
  idColumn: string,
  direction: "asc" | "desc",
  cursor: Cursor | undefined,
  binds: Binds,
): { where: string; orderBy: string } {
  const descends = (direction === "desc") !== (cursor?.back === true);
  const order = descends ? "desc" : "asc";
  const nulls = key.nullable === true ? (descends ? " nulls last" : " nulls first") : "";
  const orderBy = `${key.expression} ${order}${nulls}, ${idColumn} ${order}`;
  if (cursor === undefined) return { where: "true", orderBy };
  const sign = descends ? "<" : ">";
  if (!fitsKey(cursor.value, key)) throw failure("request.cursorInvalid", { field: "cursor" });
  const id = `${binds.bind(cursor.id)}::uuid`;
  if (cursor.value === null) {
    const sameNull = `(${key.expression} is null and ${idColumn} ${sign} ${id})`;
    return { where: descends ? sameNull : `(${sameNull} or ${key.expression} is not null)`, orderBy };
  }
  const value = `${binds.bind(cursor.value)}::${key.type}`;
  const beyond = `(${key.expression}, ${idColumn}) ${sign} (${value}, ${id})`;
  return { where: key.nullable === true && descends ? `(${beyond} or ${key.expression} is null)` : beyond, orderBy };
}

/** Whether a cursor's value is one that the sort key can have: cursors come back from outside. */
function fitsKey(value: Cursor["value"], key: SortKey): boolean {
  if (value === null) return key.nullable === true;
  if (typeof value === "number") return key.type === "bigint" && Number.isSafeInteger(value);
  if (key.type === "uuid") return isId(value);
  if (key.type === "timestamptz") return !Number.isNaN(Date.parse(value)) && /^\d{4}-/.test(value);
  return key.type === "text" && value.isWellFormed() && !value.includes("\0");
}

/** The LIKE pattern for a part of a text, its wildcards taken literally. */
export function partPattern(part: string): string {
  return `%${part.toLowerCase().replace(/[\\%_]/g, "\\$&")}%`;
}
