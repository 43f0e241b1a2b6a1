import pg from "pg";
import { to as copyTo } from "pg-copy-streams";
import type { Connection } from "../connect.ts";
import { writeBackupFile } from "./backup-file.ts";
import type { Head, Section } from "./backup-file.ts";
import { jobsTable, listTables, quoted } from "./tables.ts";
import type { Table } from "./tables.ts";

/** What a backup holds, in figures. */
export interface Counted {
  tables: number;
  rows: number;
}

// Jobs by what they do, so that a release with another queue can take them over.
const selectJobs = `select t.identifier, j.payload, q.queue_name, j.run_at, j.max_attempts, j.key, j.priority
  from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
  left join graphile_worker._private_job_queues q on q.id = j.job_queue_id
  where j.attempts < j.max_attempts order by j.id`;

/**
 * Writes all rows of the database into one file, as they are at one moment, while servers go on.
 *
 * @param head what is to be known before the rows; the applied migrations are added
 * @throws Error with the code EEXIST when such a file is being written already
 */
export async function writeBackup(
  connection: Connection,
  file: string,
  head: Omit<Head, "migrations">,
): Promise<Counted> {
  const client = new pg.Client({ ...connection, application_name: "gatehouse-backup" });
  await client.connect();
  try {
    await client.query("begin isolation level repeatable read read only");
    const counted: Counted = { tables: 0, rows: 0 };
    const applied = await client.query<{ name: string }>("select name from migrations order by name");
    const migrations = applied.rows.map(({ name }) => name);
    await writeBackupFile(file, { ...head, migrations }, sectionsOf(client, counted));
    await client.query("commit");
    return counted;
  } finally {
    await client.end();
  }
}

async function* sectionsOf(client: pg.Client, counted: Counted): AsyncGenerator<Section> {
  for (const table of await listTables(client)) {
    yield { table: table.name, columns: table.columns, rows: rowsOf(client, selectAll(table), counted) };
    counted.tables += 1;
  }
  yield { table: jobsTable.name, columns: jobsTable.columns, rows: rowsOf(client, selectJobs, counted) };
}

async function* rowsOf(client: pg.Client, select: string, counted: Counted): AsyncGenerator<Buffer> {
  const stream = client.query(copyTo(`copy (${select}) to stdout`));
  for await (const piece of stream) yield piece as Buffer;
  counted.rows += stream.rowCount;
}

function selectAll({ name, columns }: Table): string {
  return `select ${columns.map(quoted).join(", ")} from ${quoted(name)}`;
}
