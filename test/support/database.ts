import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import type { Connection } from "#server/db/connect.ts";

export type TestDatabase = {
  connection: Connection;
  /** Optional: what is left is dropped when the run ends. */
  drop(): Promise<void>;
};

/**
 * A database of one's own with the newest schema and no rows: a clone of a template that was migrated once.
 *
 * @example
 * const { connection, drop } = await freshDatabase();
 */
export async function freshDatabase(): Promise<TestDatabase> {
  const { server, template } = inject("postgres");
  const name = `${template}_${randomBytes(6).toString("hex")}`;
  await run(server, `create database ${name} template ${template}`);
  return {
    connection: withDatabase(server, name),
    drop: async () => await run(server, `drop database if exists ${name} with (force)`),
  };
}

/** The same server, another database. */
export function withDatabase(server: Connection, database: string): Connection {
  if (server.connectionString === undefined) return { ...server, database };
  const url = new URL(server.connectionString);
  url.pathname = `/${database}`;
  return { connectionString: url.href };
}

async function run(server: Connection, statement: string): Promise<void> {
  const client = new pg.Client(server);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

declare module "vitest" {
  interface ProvidedContext {
    /** Where tests make their databases; `template` is the migrated one and the beginning of their names. */
    postgres: { server: Connection; template: string };
  }
}
