-- Files that are exported (B3 to B5): what was asked for, how far it is, and the file in pieces.

create table exports (
  id uuid primary key,
  -- What was asked for, whole, as contract/exports.ts has it.
  wish jsonb not null,
  state text not null check (state in ('waiting', 'running', 'done', 'failed', 'cancelled')),
  -- Who asked, as the log names them.
  actor_kind text not null,
  actor_id text,
  actor_name text not null,
  -- Whether network addresses are whole in it; then whoever downloads it must be allowed to see them.
  has_full_addresses boolean not null,
  file_name text not null,
  -- Counts beginnings: pieces of an earlier one are no part of the file.
  run integer not null default 0,
  rows bigint not null default 0,
  rows_total bigint,
  bytes bigint not null default 0,
  replaced bigint not null default 0,
  cut bigint not null default 0,
  reason text,
  created_at timestamptz not null,
  started_at timestamptz,
  -- When the one who makes it was last heard of.
  seen_at timestamptz,
  finished_at timestamptz,
  expires_at timestamptz
) with (fillfactor = 50);
create index exports_open on exports (state) where state in ('waiting', 'running');
create index exports_expiry on exports (expires_at) where expires_at is not null;

-- Any server can send the file, and what holds it needs no memory for more than a piece.
create table export_chunks (
  export_id uuid not null references exports on delete cascade,
  run integer not null,
  -- Where in the file it begins, and how long it is there.
  start bigint not null,
  size integer not null,
  -- Whether the bytes are compressed (raw deflate, RFC 1951).
  is_packed boolean not null,
  bytes bytea not null,
  primary key (export_id, run, start)
);
-- They are compressed already, or cannot be.
alter table export_chunks alter column bytes set storage external;
