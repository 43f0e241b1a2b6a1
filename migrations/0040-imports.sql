-- Imports of account files. Each goes through its states by compare-and-set; jobs carry on from what rows say.
create table imports (
  id uuid primary key,
  name text not null,
  size_bytes bigint not null default 0,
  state text not null check (state in ('uploading', 'matching', 'checking', 'ready', 'applying', 'paused', 'done',
    'cancelled', 'failed', 'undoing', 'undone')),
  -- Moves with each run of the check, so that one that was taken for dead stops.
  turn integer not null default 0,
  format text check (format in ('csv', 'xlsx')),
  encoding text,
  delimiter text,
  sheets text[] not null default '{}',
  sheet text,
  -- [{header, samples, column}] in the order of the file.
  columns jsonb not null default '[]',
  blank_cells text not null default 'keep' check (blank_cells in ('keep', 'clear')),
  -- {code, data}: why the file cannot be read, or why carrying out stopped.
  failure jsonb,
  send_activation boolean,
  row_count integer not null default 0,
  add_count integer not null default 0,
  update_count integer not null default 0,
  delete_count integer not null default 0,
  unchanged_count integer not null default 0,
  problem_count integer not null default 0,
  done_count integer not null default 0,
  failed_count integer not null default 0,
  undone_count integer not null default 0,
  kept_count integer not null default 0,
  -- Who uploaded it, and who said yes: their permissions are looked up again while it is carried out.
  made_by_kind text not null,
  made_by_id text,
  made_by_name text not null,
  confirmed_by_kind text,
  confirmed_by_id text,
  confirmed_by_name text,
  created_at timestamptz not null,
  confirmed_at timestamptz,
  finished_at timestamptz,
  updated_at timestamptz not null
);
create index imports_order on imports (id desc);
create index imports_finished on imports (updated_at);

-- The file, in pieces of one size, encrypted: it may hold passwords. Goes when the import is over.
create table import_chunks (
  import_id uuid not null references imports on delete cascade,
  number integer not null,
  sealed bytea not null,
  primary key (import_id, number)
);
alter table import_chunks alter column sealed set storage external;

-- What each row of the file would do, and what became of it. Goes with the retention of imports.
create table import_rows (
  import_id uuid not null references imports on delete cascade,
  -- As a spreadsheet counts: the headers are row 1.
  number integer not null,
  action text not null check (action in ('add', 'update', 'delete', 'none')),
  state text not null check (state in ('planned', 'unchanged', 'problem', 'done', 'failed', 'undone', 'kept')),
  user_id uuid,
  name text not null,
  -- The texts as they stand in the file; secrets are left out and lie sealed in secret.
  cells jsonb not null,
  -- {column: {from, to}} as texts.
  changes jsonb not null default '{}',
  -- [{column, code, data, says}]
  problems jsonb not null default '[]',
  secret bytea,
  -- What takes it back: see imports/undo-rows.ts.
  undo jsonb,
  primary key (import_id, number)
) with (fillfactor = 80);
create index import_rows_state on import_rows (import_id, state, number);
create index import_rows_action on import_rows (import_id, action, number);

-- What rows above have taken: accounts, usernames, values that only one may have. A row that finds its own taken is
-- refused, however many rows lie between.
create table import_keys (
  import_id uuid not null references imports on delete cascade,
  kind text not null,
  key text not null,
  number integer not null,
  primary key (import_id, kind, key)
);
