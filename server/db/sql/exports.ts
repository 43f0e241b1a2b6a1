import type { z } from "zod";
import type { exportRow, NewExport } from "../../contract/exports.ts";
import type { ExportId } from "../../kernel/ids.ts";
import { Binds, cutPage, keyset, readCursor } from "../keyset.ts";
import type { Page } from "../keyset.ts";
import type { Queryable } from "../queryable.ts";

type Row = z.infer<typeof exportRow>;

/** What was asked for, with everything that was left out filled in. */
export type ExportWish = Pick<
  Row,
  "data" | "format" | "columns" | "encoding" | "delimiter" | "times" | "timeZone" | "language"
> & { users: NonNullable<NewExport["users"]> | null; events: NonNullable<NewExport["events"]> | null };

export interface ExportRow {
  id: ExportId;
  wish: ExportWish;
  state: "waiting" | "running" | "done" | "failed" | "cancelled";
  actor_kind: string;
  actor_id: string | null;
  actor_name: string;
  has_full_addresses: boolean;
  file_name: string;
  run: number;
  rows: number;
  rows_total: number | null;
  bytes: number;
  replaced: number;
  cut: number;
  reason: string | null;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  expires_at: Date | null;
}

const columns = `id, wish, state, actor_kind, actor_id, actor_name, has_full_addresses, file_name, run, rows::float8 as rows,
  rows_total::float8 as rows_total, bytes::float8 as bytes, replaced::float8 as replaced, cut::float8 as cut, reason,
  created_at, started_at, finished_at, expires_at`;

/** One page of exports, newest first. Uses exports_pkey. */
export async function selectExportPage(
  from: Queryable,
  page: { cursor?: string | undefined; limit: number },
): Promise<Page<ExportRow>> {
  const cursor = page.cursor === undefined ? undefined : readCursor(page.cursor, "exports");
  const binds = new Binds();
  const { where, orderBy } = keyset({ expression: "id", type: "uuid" }, "id", "desc", cursor, binds);
  const rows = await from.rows<ExportRow>(
    `select ${columns} from exports where ${where} order by ${orderBy} limit ${binds.bind(page.limit + 1)}`,
    binds.values,
  );
  return cutPage(rows, page.limit, cursor, "exports", (row) => ({ value: row.id, id: row.id }));
}

/** How many there are, counted no further than `most` + 1. */
export async function countExports(from: Queryable, most: number): Promise<number> {
  const row = await from.row<{ count: number }>("select count(*)::int as count from (select from exports limit $1) e", [
    most + 1,
  ]);
  return row?.count ?? 0;
}

/** Uses exports_pkey. */
export async function selectExport(from: Queryable, id: string): Promise<ExportRow | undefined> {
  return await from.row<ExportRow>(`select ${columns} from exports where id = $1`, [id]);
}

/** How many wait or are under way. Whoever asks waits for others who ask in their transactions. Uses exports_open. */
export async function countOpenExports(from: Queryable): Promise<number> {
  await from.rows("select pg_advisory_xact_lock(7426194)");
  const row = await from.row<{ count: number }>(
    "select count(*)::int as count from exports where state in ('waiting', 'running')",
  );
  return row?.count ?? 0;
}

export async function insertExport(
  to: Queryable,
  row: Pick<
    ExportRow,
    "id" | "wish" | "actor_kind" | "actor_id" | "actor_name" | "has_full_addresses" | "file_name" | "created_at"
  >,
): Promise<void> {
  await to.run(
    `insert into exports (id, wish, state, actor_kind, actor_id, actor_name, has_full_addresses, file_name, created_at)
     values ($1, $2, 'waiting', $3, $4, $5, $6, $7, $8)`,
    [
      row.id,
      JSON.stringify(row.wish),
      row.actor_kind,
      row.actor_id,
      row.actor_name,
      row.has_full_addresses,
      row.file_name,
      row.created_at,
    ],
  );
}

/** Begins, or begins anew after the one who made it died. @returns undefined when there is nothing to do any more */
export async function beginExport(to: Queryable, id: string, now: Date): Promise<ExportRow | undefined> {
  return await to.row<ExportRow>(
    `update exports set state = 'running', run = run + 1, rows = 0, rows_total = null, bytes = 0, replaced = 0, cut = 0,
       started_at = $2, seen_at = $2
     where id = $1 and state in ('waiting', 'running') returning ${columns}`,
    [id, now],
  );
}

/** Which beginning of which export. */
export interface ExportRun {
  id: ExportId;
  run: number;
}

/** Says how far it is. @returns false when it was cancelled, or somebody else makes it */
export async function noteProgress(
  to: Queryable,
  { id, run }: ExportRun,
  rows: number,
  total: number | null,
  now: Date,
): Promise<boolean> {
  const changed = await to.run(
    "update exports set rows = $3, rows_total = $4, seen_at = $5 where id = $1 and run = $2 and state = 'running'",
    [id, run, rows, total, now],
  );
  return changed === 1;
}

/** A piece of the file. */
export interface Chunk {
  start: number;
  size: number;
  isPacked: boolean;
  bytes: Buffer;
}

/** Keeps a piece. @returns false when it was cancelled, or somebody else makes it */
export async function insertChunk(to: Queryable, { id, run }: ExportRun, chunk: Chunk): Promise<boolean> {
  const added = await to.run(
    `with going as (
       update exports set bytes = $3::bigint + $4 where id = $1 and run = $2 and state = 'running' returning id
     )
     insert into export_chunks (export_id, run, start, size, is_packed, bytes)
     select id, $2, $3, $4, $5, $6 from going`,
    [id, run, chunk.start, chunk.size, chunk.isPacked, chunk.bytes],
  );
  return added === 1;
}

/** The piece that holds a place of the file. Uses export_chunks_pkey. */
export async function selectChunk(from: Queryable, { id, run }: ExportRun, place: number): Promise<Chunk | undefined> {
  return await from.row<Chunk>(
    `select start::float8 as start, size, is_packed as "isPacked", bytes from export_chunks
     where export_id = $1 and run = $2 and start <= $3 order by start desc limit 1`,
    [id, run, place],
  );
}

/** @returns false when it was cancelled, or somebody else makes it */
export async function finishExport(
  to: Queryable,
  { id, run }: ExportRun,
  done: { rows: number; replaced: number; cut: number; now: Date; expiresAt: Date },
): Promise<boolean> {
  const changed = await to.run(
    `update exports set state = 'done', rows = $3, rows_total = $3, replaced = $4, cut = $5, finished_at = $6, expires_at = $7
     where id = $1 and run = $2 and state = 'running'`,
    [id, run, done.rows, done.replaced, done.cut, done.now, done.expiresAt],
  );
  return changed === 1;
}

/** Ends one that is not done. @returns false when it is over already */
export async function endExport(
  to: Queryable,
  id: string,
  end: { state: "failed" | "cancelled"; reason: string | null; now: Date; expiresAt: Date },
): Promise<boolean> {
  const changed = await to.run(
    `update exports set state = $2, reason = $3, finished_at = $4, expires_at = $5
     where id = $1 and state in ('waiting', 'running')`,
    [id, end.state, end.reason, end.now, end.expiresAt],
  );
  return changed === 1;
}

/** Takes an export away with its file. Uses exports_pkey and export_chunks_pkey. */
export async function deleteExport(to: Queryable, id: string): Promise<number> {
  return await to.run("delete from exports where id = $1", [id]);
}

/** Exports under way of which nothing was heard for long, and that no job will take up. There are few. */
export async function selectForsaken(from: Queryable, before: Date): Promise<{ id: ExportId; file_name: string }[]> {
  return await from.rows(
    `select e.id, e.file_name from exports e
     where e.state in ('waiting', 'running') and coalesce(e.seen_at, e.created_at) < $1 and not exists (
       select from graphile_worker.jobs j where j.key = 'export:' || e.id and j.attempts < j.max_attempts)`,
    [before],
  );
}

/**
 * Lets some pieces go that no file has: of exports that ended otherwise than well, that expired, or that were begun
 * anew. Reads the keys of all pieces, of which there are few thousand.
 *
 * @returns how many went
 */
export async function dropChunks(to: Queryable, now: Date, most: number): Promise<number> {
  return await to.run(
    `delete from export_chunks where ctid = any(array(
       select c.ctid from export_chunks c join exports e on e.id = c.export_id
       where c.run <> e.run or e.state in ('failed', 'cancelled') or e.expires_at < $1
       limit $2 for update of c skip locked))`,
    [now, most],
  );
}
