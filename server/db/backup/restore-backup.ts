import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { Connection } from "../connect.ts";
import { knownMigrations, migrate } from "../migrate.ts";
import { DamagedBackup, openBackupFile } from "./backup-file.ts";
import type { Head, Section } from "./backup-file.ts";
import { jobsTable, listTables, quoted } from "./tables.ts";
import type { Table } from "./tables.ts";
import type { Counted } from "./write-backup.ts";

/** Nothing was changed; the message says what to do. */
export class RestoreRefused extends Error {
  override name = "RestoreRefused";
}

export interface Restoring {
  /** Refuses a backup whose secrets this house could not open. @throws RestoreRefused */
  check(head: Head): void;
  /** Sessions, tokens of apps, waiting sign-ins and links are kept, too. */
  keepSessions: boolean;
}

// What ends or is used up; an older state of it would make good again what no longer is.
const shortLived = [
  "oidc_records",
  "console_sessions",
  "sessions",
  "upstream_sessions",
  "upstream_attempts",
  "sign_in_attempts",
  "sign_in_confirmations",
  "email_codes",
  "single_use_tokens",
];

/**
 * Puts a backup into an empty database, all of it or nothing, and brings it to the newest schema.
 *
 * @throws RestoreRefused the database is in use, servers run on it, or the backup is of a newer release or another key
 * @throws DamagedBackup the file is no backup, or not a whole one
 */
export async function restoreBackup(connection: Connection, file: string, restoring: Restoring): Promise<Counted> {
  const { head, sections } = await openBackupFile(file);
  restoring.check(head);
  await requireKnown(head);
  const client = new pg.Client({ ...connection, application_name: "gatehouse-restore" });
  await client.connect();
  try {
    await requireEmpty(client, head);
    await migrate(connection, new Set(head.migrations));
    await client.query("begin");
    const counted = await load(client, sections, restoring.keepSessions);
    await client.query("commit");
    await migrate(connection);
    await client.query("analyze");
    return counted;
  } finally {
    await client.end();
    await sections.return(undefined);
  }
}

async function requireKnown(head: Head): Promise<void> {
  const known = new Set(await knownMigrations());
  if (head.migrations.every((name) => known.has(name))) return;
  throw new RestoreRefused("The backup was made by a newer release. Restore it with that release or a later one.");
}

async function requireEmpty(client: pg.Client, head: Head): Promise<void> {
  const running = await client.query(
    "select from pg_stat_activity where datname = current_database() and application_name = 'gatehouse'",
  );
  if (running.rows.length > 0) throw new RestoreRefused("Servers run on this database. Stop them first.");
  const there = await client.query<{ there: boolean }>("select to_regclass('migrations') is not null as there");
  if (there.rows[0]?.there !== true) return;
  const applied = await client.query<{ name: string }>("select name from migrations");
  const wanted = new Set(head.migrations);
  if (applied.rows.some(({ name }) => !wanted.has(name))) {
    throw new RestoreRefused("This database has a newer schema than the backup. Give a new, empty one.");
  }
  const used = await client.query<{ used: boolean }>(
    "select exists (select from users) or exists (select from directories) as used",
  );
  if (used.rows[0]?.used === true) {
    throw new RestoreRefused("This database is in use. A backup is restored into a new, empty one.");
  }
}

async function load(client: pg.Client, sections: AsyncIterable<Section>, keepSessions: boolean): Promise<Counted> {
  const tables = new Map((await listTables(client)).map((table) => [table.name, table]));
  const names = [...tables.keys()].map(quoted);
  const bindings = await takeOffBindings(client);
  for (const name of names) await client.query(`alter table ${name} disable trigger user`);
  await client.query(`truncate ${names.join(", ")}`);
  await client.query(`create temporary table ${jobsTable.name} (identifier text, payload json, queue_name text,
    run_at timestamptz, max_attempts integer, job_key text, priority integer) on commit drop`);
  tables.set(jobsTable.name, jobsTable);
  const counted: Counted = { tables: -1, rows: 0 };
  for await (const section of sections) {
    counted.rows += await fill(client, tables, section);
    counted.tables += 1;
  }
  await client.query(`select graphile_worker.add_job(identifier, payload, queue_name, run_at, max_attempts, job_key,
    priority) from ${jobsTable.name}`);
  for (const statement of bindings) await client.query(statement);
  for (const name of names) await client.query(`alter table ${name} enable trigger user`);
  await client.query("select ensure_event_partitions(now())");
  await moveCountersOn(client);
  if (!keepSessions) for (const name of shortLived) await client.query(`delete from ${quoted(name)}`);
  return counted;
}

/** Tables point at each other in rings, so they are filled without that and checked at the end. @returns what puts it back */
async function takeOffBindings(client: pg.Client): Promise<string[]> {
  const reply = await client.query<{ off: string; on: string }>(
    `select format('alter table %s drop constraint %I', conrelid::regclass, conname) as off,
       format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as on
     from pg_constraint
     where contype = 'f' and connamespace = current_schema()::regnamespace and conparentid = 0`,
  );
  for (const { off } of reply.rows) await client.query(off);
  return reply.rows.map(({ on }) => on);
}

async function fill(client: pg.Client, tables: ReadonlyMap<string, Table>, section: Section): Promise<number> {
  const table = tables.get(section.table);
  if (table === undefined || section.columns.some((column) => !table.columns.includes(column))) {
    throw new DamagedBackup(`The backup is damaged: it has a table that its release had not, ${section.table}.`);
  }
  const stream = client.query(
    copyFrom(`copy ${quoted(table.name)} (${section.columns.map(quoted).join(", ")}) from stdin`),
  );
  await pipeline(Readable.from(section.rows), stream);
  return stream.rowCount;
}

/** Numbers that the database gives out go on behind those that are there. */
async function moveCountersOn(client: pg.Client): Promise<void> {
  const reply = await client.query<{ table: string; column: string; sequence: string }>(
    `select c.relname as table, a.attname as column, pg_get_serial_sequence(quote_ident(c.relname), a.attname) as sequence
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and a.attidentity <> ''`,
  );
  for (const { table, column, sequence } of reply.rows) {
    await client.query(
      `select setval($1, coalesce(max(${quoted(column)}), 1), max(${quoted(column)}) is not null) from ${quoted(table)}`,
      [sequence],
    );
  }
}
