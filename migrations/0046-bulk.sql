-- One action for many users, worked off in the background (U16).

create table bulk_jobs (
  id uuid primary key,
  action text not null,
  -- The role or group that it is about, with the name that it had: {"roleId": …, "roleName": …}.
  target jsonb not null default '{}',
  -- How the users were chosen: {"kind": "filter", "filter": {…}}. Who they were is in bulk_results from the start.
  selection jsonb not null,
  state text not null default 'working' check (state in ('working', 'done', 'cancelled', 'stopped')),
  -- Why it was stopped: a failure code.
  reason text,
  -- Who started it, and from where. What they may do is looked up anew for every batch.
  actor_kind text not null,
  actor_id text,
  actor_name text not null,
  address inet,
  user_agent text,
  request_id text not null,
  total integer not null default 0,
  changed integer not null default 0,
  unchanged integer not null default 0,
  refused integer not null default 0,
  -- Everybody up to this one has been dealt with, in the order of their ids.
  reached uuid,
  created_at timestamptz not null,
  ended_at timestamptz
);
create index bulk_jobs_ended on bulk_jobs (ended_at);

-- No foreign keys: each would be looked up for every one of a million rows. Users are never removed, only erased, and a
-- job goes after its results.
create table bulk_results (
  job_id uuid not null,
  user_id uuid not null,
  -- Null: not dealt with.
  outcome text check (outcome in ('changed', 'unchanged', 'refused')),
  -- Why it was refused: a failure code.
  reason text,
  primary key (job_id, user_id)
);
-- What one looks for among a million that went well.
create index bulk_results_odd on bulk_results (job_id, outcome, user_id) where outcome in ('unchanged', 'refused');
