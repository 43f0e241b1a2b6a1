import { createHash } from "node:crypto";

/** Somewhere a statement can be sent: a transaction, or the pool when a statement stands alone. */
export interface Queryable {
  /** Rows of a statement. Values are always binds, never part of the text. */
  rows<Row extends object>(statement: string | Prepared, binds?: readonly unknown[]): Promise<Row[]>;
  /** The first row, or undefined. */
  row<Row extends object>(statement: string | Prepared, binds?: readonly unknown[]): Promise<Row | undefined>;
  /** Number of rows that an INSERT, UPDATE or DELETE touched. */
  run(statement: string | Prepared, binds?: readonly unknown[]): Promise<number>;
}

/** One that can also send statements that must not take long. */
export interface Limiting extends Queryable {
  /** Where PostgreSQL gives up a statement after so long, with the error 57014. */
  within(milliseconds: number): Queryable;
}

/** A statement that each connection parses and plans once. */
export interface Prepared {
  /** The same for the same text, on every connection. */
  name: string;
  text: string;
}

/**
 * Prepares a statement of a hot path: planning takes most of the time of one that finds its rows by a key.
 * For statements whose best plan is the same whatever the binds are, since PostgreSQL may plan them without looking at
 * the binds; and for texts that are known beforehand, since each stays in each connection.
 */
export function prepared(text: string): Prepared {
  return { name: createHash("sha256").update(text).digest("base64url").slice(0, 20), text };
}

/** Statements that are put together as they are asked for, of which a process prepares at most this many. */
const mostShapes = 300;
const shapes = new Map<string, Prepared>();

/** The same for a statement that is put together: the first few hundred texts are prepared, the others are not. */
export function preparedShape(text: string): string | Prepared {
  const known = shapes.get(text);
  if (known !== undefined) return known;
  if (shapes.size >= mostShapes) return text;
  const shape = prepared(text);
  shapes.set(text, shape);
  return shape;
}
