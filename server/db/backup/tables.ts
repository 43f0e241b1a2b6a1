import pg from "pg";

/** A table with what can be put into it. */
export interface Table {
  name: string;
  /** Without those that PostgreSQL works out. */
  columns: string[];
}

/** Applied migrations are named in the head; a partition's rows come with its table. */
export async function listTables(client: pg.Client): Promise<Table[]> {
  const reply = await client.query<Table>(
    `select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and c.relname <> 'migrations' and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     group by c.relname order by c.relname`,
  );
  return reply.rows;
}

/** A statement's word for a table or column. */
export function quoted(name: string): string {
  return pg.escapeIdentifier(name);
}

/** The section that holds jobs; as a table it is one of this session alone. */
export const jobsTable = {
  name: "waiting_jobs",
  columns: ["identifier", "payload", "queue_name", "run_at", "max_attempts", "job_key", "priority"],
};
