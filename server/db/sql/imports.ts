import type {
  BlankCells,
  FileDelimiter,
  FileEncoding,
  ImportState,
  RowAction,
  RowKind,
  RowState,
} from "../../contract/imports.ts";
import type { ImportId, UserId } from "../../kernel/ids.ts";
import { Binds, cutPage, keyset, readCursor } from "../keyset.ts";
import type { Page } from "../keyset.ts";
import { prepared } from "../queryable.ts";
import type { Queryable } from "../queryable.ts";

/** A refusal as it is kept: sentences are made when it is shown. */
export interface KeptFailure {
  code: string;
  data?: Record<string, string | number>;
  /** A sentence that says more than the table of failures. */
  says?: string;
}

export interface FileColumn {
  header: string;
  samples: string[];
  /** The key of contract/account-columns.ts; null: passed over. */
  column: string | null;
}

export interface ImportRow {
  id: ImportId;
  name: string;
  size_bytes: string;
  state: ImportState;
  turn: number;
  format: "csv" | "xlsx" | null;
  encoding: FileEncoding | null;
  delimiter: FileDelimiter | null;
  sheets: string[];
  sheet: string | null;
  columns: FileColumn[];
  blank_cells: BlankCells;
  failure: KeptFailure | null;
  send_activation: boolean | null;
  row_count: number;
  add_count: number;
  update_count: number;
  delete_count: number;
  unchanged_count: number;
  problem_count: number;
  done_count: number;
  failed_count: number;
  undone_count: number;
  kept_count: number;
  made_by_kind: string;
  made_by_id: string | null;
  made_by_name: string;
  confirmed_by_kind: string | null;
  confirmed_by_id: string | null;
  confirmed_by_name: string | null;
  created_at: Date;
  confirmed_at: Date | null;
  finished_at: Date | null;
  updated_at: Date;
}

export type CountColumn =
  | "add_count"
  | "update_count"
  | "delete_count"
  | "unchanged_count"
  | "problem_count"
  | "done_count"
  | "failed_count"
  | "undone_count"
  | "kept_count"
  | "row_count";

/** Begins an import whose file is coming. */
export async function insertImport(
  to: Queryable,
  made: { id: ImportId; name: string; by: { kind: string; id: string | null; name: string }; now: Date },
): Promise<void> {
  await to.run(
    `insert into imports (id, name, state, made_by_kind, made_by_id, made_by_name, created_at, updated_at)
     values ($1, $2, 'uploading', $3, $4, $5, $6, $6)`,
    [made.id, made.name, made.by.kind, made.by.id, made.by.name, made.now],
  );
}

/** Uses imports_pkey. */
export async function selectImport(from: Queryable, id: string): Promise<ImportRow | undefined> {
  return await from.row<ImportRow>("select * from imports where id = $1 and state <> 'uploading'", [id]);
}

/** The same, locked until the transaction ends: steps and batches of one import follow each other. Uses imports_pkey. */
export async function lockImport(from: Queryable, id: string): Promise<ImportRow | undefined> {
  return await from.row<ImportRow>("select * from imports where id = $1 and state <> 'uploading' for update", [id]);
}

/** Changes columns of an import that is locked. The names are the program's own. Uses imports_pkey. */
export async function saveImport(to: Queryable, id: ImportId, columns: Partial<ImportRow>, now: Date): Promise<void> {
  const binds = new Binds();
  const idBind = binds.bind(id);
  const sets = Object.entries({ ...columns, updated_at: now }).map(
    ([name, value]) => `${name} = ${binds.bind(name === "columns" || name === "failure" ? json(value) : value)}`,
  );
  await to.run(`update imports set ${sets.join(", ")} where id = ${idBind}`, binds.values);
}

function json(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}

/** Adds to the counts of an import. Uses imports_pkey. */
export async function addCounts(
  to: Queryable,
  id: ImportId,
  more: Partial<Record<CountColumn, number>>,
  now: Date,
): Promise<void> {
  const given = Object.entries(more).filter(([, count]) => count !== 0);
  if (given.length === 0) return;
  const sets = given.map(([name], at) => `${name} = ${name} + $${at + 3}`);
  await to.run(`update imports set ${sets.join(", ")}, updated_at = $2 where id = $1`, [
    id,
    now,
    ...given.map(([, count]) => count),
  ]);
}

/** One page, newest first. Uses imports_order. */
export async function selectImportPage(
  from: Queryable,
  page: { cursor?: string | undefined; limit: number },
): Promise<Page<ImportRow>> {
  const of = "imports";
  const cursor = page.cursor === undefined ? undefined : readCursor(page.cursor, of);
  const binds = new Binds();
  const { where, orderBy } = keyset({ expression: "id", type: "uuid" }, "id", "desc", cursor, binds);
  const rows = await from.rows<ImportRow>(
    `select * from imports where state <> 'uploading' and ${where} order by ${orderBy} limit ${binds.bind(page.limit + 1)}`,
    binds.values,
  );
  return cutPage(rows, page.limit, cursor, of, (row) => ({ value: row.id, id: row.id }));
}

export async function countImports(from: Queryable, most: number): Promise<number> {
  const row = await from.row<{ count: number }>(
    "select count(*)::int as count from (select from imports where state <> 'uploading' limit $1) i",
    [most + 1],
  );
  return row?.count ?? 0;
}

/** How many imports still have their file. Uses import_chunks_pkey. */
export async function countFiles(from: Queryable): Promise<number> {
  const row = await from.row<{ count: number }>("select count(*)::int as count from import_chunks where number = 0");
  return row?.count ?? 0;
}

/** Deletes an import with all that hangs on it; for those with few rows. */
export async function deleteImport(to: Queryable, id: ImportId): Promise<void> {
  await to.run("delete from imports where id = $1", [id]);
}

const insertingChunk = prepared("insert into import_chunks (import_id, number, sealed) values ($1, $2, $3)");

export async function insertChunk(to: Queryable, id: ImportId, number: number, sealed: Buffer): Promise<void> {
  await to.run(insertingChunk, [id, number, sealed]);
}

const selectingChunk = prepared("select sealed from import_chunks where import_id = $1 and number = $2");

/** Uses import_chunks_pkey. */
export async function selectChunk(from: Queryable, id: ImportId, number: number): Promise<Buffer | undefined> {
  return (await from.row<{ sealed: Buffer }>(selectingChunk, [id, number]))?.sealed;
}

export async function deleteChunks(to: Queryable, id: ImportId): Promise<void> {
  await to.run("delete from import_chunks where import_id = $1", [id]);
}

/** What rows have taken is asked for while a file is checked, and no longer. Uses import_keys_pkey. */
export async function deleteKeys(to: Queryable, id: ImportId): Promise<void> {
  await to.run("delete from import_keys where import_id = $1", [id]);
}

/** Forgets what was checked, a batch at a time. Uses import_rows_pkey and import_keys_pkey. */
export async function deleteChecked(to: Queryable, id: ImportId): Promise<void> {
  await deleteKeys(to, id);
  const batch =
    "delete from import_rows where (import_id, number) in (select import_id, number from import_rows where import_id = $1 limit 5000)";
  while ((await to.run(batch, [id])) > 0);
}

/** A problem of a cell, or of a row where no column is to blame. */
export interface KeptProblem extends KeptFailure {
  column: string | null;
}

export type ShownChanges = Record<string, { from: string; to: string }>;

export interface CheckedRow {
  number: number;
  action: RowAction;
  state: RowState;
  user_id: string | null;
  name: string;
  cells: string[];
  changes: ShownChanges;
  problems: KeptProblem[];
  /** In base64 while it is on its way. */
  secret: string | null;
}

const insertingRows = prepared(
  `insert into import_rows (import_id, number, action, state, user_id, name, cells, changes, problems, secret)
   select $1, number, action, state, user_id, name, cells, changes, problems, decode(secret, 'base64')
   from jsonb_to_recordset($2::jsonb) as r (number int, action text, state text, user_id uuid, name text, cells jsonb,
     changes jsonb, problems jsonb, secret text)`,
);

export async function insertRows(to: Queryable, id: ImportId, rows: readonly CheckedRow[]): Promise<void> {
  await to.run(insertingRows, [id, JSON.stringify(rows)]);
}

/** A row with what is needed to carry it out. */
export interface StoredRow extends Omit<CheckedRow, "secret"> {
  user_id: UserId | null;
  secret: Buffer | null;
  undo: unknown;
}

const selectingRows = prepared(
  `select number, action, state, user_id, name, cells, changes, problems, secret, undo from import_rows
   where import_id = $1 and state = $2 and number > $3 order by number limit $4`,
);
const selectingRowsBack = prepared(
  `select number, action, state, user_id, name, cells, changes, problems, secret, undo from import_rows
   where import_id = $1 and state = $2 and number < $3 order by number desc limit $4`,
);

/** Rows in a state, in the order of the file. Uses import_rows_state. */
export async function selectRowsIn(
  from: Queryable,
  id: ImportId,
  state: RowState,
  limit: number,
  after = 0,
): Promise<StoredRow[]> {
  return await from.rows<StoredRow>(selectingRows, [id, state, after, limit]);
}

/** The same from the last one on. */
export async function selectRowsBack(
  from: Queryable,
  id: ImportId,
  state: RowState,
  limit: number,
): Promise<StoredRow[]> {
  return await from.rows<StoredRow>(selectingRowsBack, [id, state, 2 ** 31 - 1, limit]);
}

export interface FinishedRow {
  number: number;
  state: RowState;
  user_id: string | null;
  problems: KeptProblem[];
  undo: unknown;
}

const finishing = prepared(
  `update import_rows i set state = r.state, user_id = coalesce(r.user_id, i.user_id), problems = r.problems, undo = r.undo,
     secret = null
   from jsonb_to_recordset($2::jsonb) as r (number int, state text, user_id uuid, problems jsonb, undo jsonb)
   where i.import_id = $1 and i.number = r.number`,
);

/** Marks rows as carried out, or as refused. Uses import_rows_pkey. */
export async function finishRows(to: Queryable, id: ImportId, rows: readonly FinishedRow[]): Promise<void> {
  await to.run(finishing, [id, JSON.stringify(rows)]);
}

const conditions: Readonly<Record<RowKind, string>> = {
  add: "action = 'add' and state not in ('problem', 'unchanged')",
  update: "action = 'update' and state not in ('problem', 'unchanged')",
  delete: "action = 'delete' and state not in ('problem', 'unchanged')",
  unchanged: "state = 'unchanged'",
  problem: "state = 'problem'",
  done: "state = 'done'",
  failed: "state = 'failed'",
  left: "state = 'planned'",
  undone: "state = 'undone'",
  kept: "state = 'kept'",
};

/** A page of rows in the order of the file. Uses import_rows_pkey, import_rows_state or import_rows_action. */
export async function selectRowPage(
  from: Queryable,
  id: ImportId,
  page: { cursor?: string | undefined; limit: number; kind?: RowKind | undefined },
): Promise<Page<StoredRow>> {
  const of = `import.rows.${page.kind ?? ""}`;
  const cursor = page.cursor === undefined ? undefined : readCursor(page.cursor, of);
  const back = cursor?.back === true;
  const at =
    typeof cursor?.value === "number" && Number.isSafeInteger(cursor.value) ? cursor.value : back ? 2 ** 31 - 1 : 0;
  const rows = await from.rows<StoredRow>(
    `select number, action, state, user_id, name, cells, changes, problems, null as secret, null as undo from import_rows
     where import_id = $1 and number ${back ? "<" : ">"} $2::bigint and ${page.kind === undefined ? "true" : conditions[page.kind]}
     order by number ${back ? "desc" : ""} limit $3`,
    [id, at, page.limit + 1],
  );
  return cutPage(rows, page.limit, cursor, of, (row) => ({ value: row.number, id }));
}

const takingKeys = prepared(
  `insert into import_keys (import_id, kind, key, number)
   select $1, kind, key, number from jsonb_to_recordset($2::jsonb) as k (kind text, key text, number int)
   on conflict do nothing`,
);
const readingKeys = prepared(
  `select k.kind, k.key, k.number from jsonb_to_recordset($2::jsonb) as s (kind text, key text)
   join import_keys k on k.import_id = $1 and k.kind = s.kind and k.key = s.key`,
);

export interface RowKey {
  kind: string;
  key: string;
  number: number;
}

/** Notes what rows have taken. Uses import_keys_pkey. */
export async function insertKeys(to: Queryable, id: ImportId, keys: readonly RowKey[]): Promise<void> {
  if (keys.length > 0) await to.run(takingKeys, [id, JSON.stringify(keys)]);
}

/** What rows above have taken of these. Uses import_keys_pkey. */
export async function selectKeys(
  from: Queryable,
  id: ImportId,
  sought: readonly Pick<RowKey, "kind" | "key">[],
): Promise<RowKey[]> {
  return sought.length === 0 ? [] : await from.rows<RowKey>(readingKeys, [id, JSON.stringify(sought)]);
}
