import type { PoolClient } from "pg";
import type { Db } from "./connect.ts";

/** A statement with its binds. */
export interface Statement {
  text: string;
  values: readonly unknown[];
}

/** The database as it was at one moment. */
export interface Snapshot {
  /** The first value of the first row. */
  value(statement: Statement): Promise<unknown>;
  /**
   * The rows of a statement, so many at a time, as lists of values. While one batch is worked on the next is on its
   * way. One at a time: whoever stops early ends the snapshot.
   */
  batches(statement: Statement, size: number): AsyncGenerator<unknown[][]>;
}

/**
 * Reads everything as of one moment, however long it takes; others change meanwhile what they like. Nothing can be
 * written. Rows that are deleted meanwhile are kept on disk until it ends.
 */
export async function readSnapshot<Result>(db: Db, act: (snapshot: Snapshot) => Promise<Result>): Promise<Result> {
  const client = await db.pool.connect();
  let isBroken = true;
  try {
    await client.query(
      // Compiling a plan takes longer than it gains where rows are looked up one by one.
      "begin isolation level repeatable read, read only; set local statement_timeout = 0; set local jit = off; set local timezone = 'UTC'",
    );
    const result = await act({
      value: async (statement) => (await query(client, statement))[0]?.[0],
      batches: (statement, size) => batches(client, statement, size),
    });
    await client.query("rollback");
    isBroken = false;
    return result;
  } finally {
    // A transaction that nobody ended ends with its connection.
    client.release(isBroken);
  }
}

async function query(client: PoolClient, { text, values }: Statement): Promise<unknown[][]> {
  return (await client.query<unknown[]>({ text, values: [...values], rowMode: "array" })).rows;
}

async function* batches(client: PoolClient, { text, values }: Statement, size: number): AsyncGenerator<unknown[][]> {
  await query(client, { text: `declare batches no scroll cursor for ${text}`, values });
  const fetch = async () => await query(client, { text: `fetch forward ${Math.trunc(size)} from batches`, values: [] });
  let next = fetch();
  for (;;) {
    const rows = await next;
    if (rows.length === 0) break;
    next = fetch();
    // Whoever asks for the next batch hears of it.
    next.catch(() => {});
    yield rows;
  }
  await client.query("close batches");
}
