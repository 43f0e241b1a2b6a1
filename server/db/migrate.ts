import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { runMigrations } from "graphile-worker";
import { Umzug } from "umzug";
import type { Connection } from "./connect.ts";

const folder = fileURLToPath(new URL("../../migrations/", import.meta.url));

// Any number that is ours alone in this database: servers that start together take turns.
const lock = 7_426_188;

/**
 * Brings the database to the newest schema: our plain SQL files in order, each in its own transaction, then the tables
 * of the job queue. Safe to call from several machines at once; files only ever go forward.
 *
 * @param only these files and no others: the schema that a backup was made with
 * @returns names of the files that were applied
 * @throws Error naming the file and the cause when one fails; that file's changes are rolled back
 */
export async function migrate(connection: Connection, only?: ReadonlySet<string>): Promise<string[]> {
  const client = new pg.Client({ ...connection, application_name: "gatehouse-migrate" });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [lock]);
    await client.query(
      "create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())",
    );
    const names = (await knownMigrations()).filter((name) => only?.has(name) ?? true);
    const umzug = new Umzug({
      migrations: names.map((name) => ({ name, up: async () => await apply(client, name) })),
      storage: {
        async executed() {
          const reply = await client.query<{ name: string }>("select name from migrations order by name");
          return reply.rows.map((row) => row.name);
        },
        // Written by apply, in the transaction of the file itself.
        async logMigration() {},
        async unlogMigration() {
          throw new Error("Migrations only go forward.");
        },
      },
      logger: undefined,
    });
    const applied = await umzug.up();
    await migrateJobs(connection);
    return applied.map((migration) => migration.name);
  } finally {
    await client.end();
  }
}

/** Names of the migrations that this release knows and the database lacks. */
export async function pendingMigrations(connection: Connection): Promise<string[]> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    const known = await client.query<{ there: boolean }>("select to_regclass('migrations') is not null as there");
    if (known.rows[0]?.there !== true) return await knownMigrations();
    const applied = await client.query<{ name: string }>("select name from migrations");
    const names = new Set(applied.rows.map((row) => row.name));
    return (await knownMigrations()).filter((name) => !names.has(name));
  } finally {
    await client.end();
  }
}

/** Names of the migrations that this release knows, in order. */
export async function knownMigrations(): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
}

async function apply(client: pg.Client, name: string): Promise<void> {
  const text = await readFile(folder + name, "utf8");
  await client.query("begin");
  try {
    await client.query(text);
    await client.query("insert into migrations (name) values ($1)", [name]);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw new Error(`The migration ${name} failed: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

async function migrateJobs(connection: Connection): Promise<void> {
  const pgPool = new pg.Pool({ ...connection, max: 1 });
  // The queue asks for handlers; a broken connection also fails the statement that waits for it.
  pgPool.on("error", () => {});
  pgPool.on("connect", (client) => client.on("error", () => {}));
  try {
    await runMigrations({ pgPool });
  } finally {
    await pgPool.end();
  }
}
