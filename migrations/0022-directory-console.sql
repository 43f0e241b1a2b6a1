-- The product behind a directory: which guide is shown and which connection test is offered first.
alter table directories add column product text not null default 'other'
  check (product in ('okta', 'entra', 'onelogin', 'jumpcloud', 'google', 'sailpoint', 'other'));
-- Set when the directory is being deleted: its accounts and groups become local in batches, then it goes.
alter table directories add column deleting_at timestamptz;

-- A play of a product's opening moves against the own door. What it makes carries its mark in the name, so that it is
-- found and taken away whatever happens to the process that plays.
create table directory_tests (
  id uuid primary key,
  directory_id uuid not null references directories on delete cascade,
  product text not null check (product in ('okta', 'entra', 'onelogin', 'jumpcloud', 'google', 'sailpoint', 'other')),
  mark text not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  report jsonb
);
create index directory_tests_directory on directory_tests (directory_id, product, id desc);
create index directory_tests_open on directory_tests (started_at) where finished_at is null;

-- The last characters of a token, by which people tell one from another.
alter table directory_tokens add column hint text;
-- Set for the token that a connection test made for itself.
alter table directory_tokens add column test_id uuid references directory_tests on delete cascade;
create index directory_tokens_test on directory_tokens (test_id) where test_id is not null;
create index directory_tokens_expiry on directory_tokens (expires_at) where expires_at is not null;

alter table directory_requests add column user_agent text;
-- The body of a request that was refused, cut short and without secrets.
alter table directory_requests add column sent text;
create index directory_requests_failed on directory_requests (directory_id, id desc) where status >= 400;
