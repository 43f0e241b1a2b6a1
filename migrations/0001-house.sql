-- The first schema. Times are timestamptz, ids are UUIDv7 made by the server, uniqueness without case is an index here.

create extension if not exists pg_trgm;

create table roles (
  id uuid primary key,
  name text not null,
  permissions text[] not null default '{}',
  is_built_in boolean not null default false,
  created_at timestamptz not null default now()
);
create unique index roles_name_key on roles (lower(name));

insert into roles (id, name, permissions, is_built_in) values
  ('00000000-0000-7000-8000-000000000001', 'admin',
   '{settings,accounts,groups,apps,directories,logs,fullAddresses,export}', true),
  ('00000000-0000-7000-8000-000000000002', 'regular', '{}', true);

create table directories (
  id uuid primary key,
  name text not null,
  -- Requests per second that the directory may make; null is no limit.
  rate_limit integer check (rate_limit > 0),
  -- Whether a local account that matches is taken over, and by what.
  adopt text check (adopt in ('username', 'email')),
  -- Whether passwords that the directory sends become the password of the account.
  own_passwords boolean not null default false,
  -- Rules of the normaliser that are switched off, by name.
  switches jsonb not null default '{}',
  paused_at timestamptz,
  last_request_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index directories_name_key on directories (lower(name));

create table directory_tokens (
  id uuid primary key,
  directory_id uuid not null references directories on delete cascade,
  hash bytea not null unique,
  created_at timestamptz not null,
  expires_at timestamptz,
  last_used_at timestamptz
);
create index directory_tokens_directory_id on directory_tokens (directory_id);

-- What each directory asked lately; pruned by age and by count.
create table directory_requests (
  id uuid primary key,
  directory_id uuid not null references directories on delete cascade,
  at timestamptz not null,
  method text not null,
  path text not null,
  status integer not null,
  scim_type text,
  detail text,
  coercions text[] not null default '{}',
  duration_ms integer not null,
  request_id text not null
);
create index directory_requests_directory_at on directory_requests (directory_id, id desc);
create index directory_requests_at on directory_requests (at);

-- The lower-cased values of the emails of a SCIM user, for the index behind emails[value eq "…"].
create function email_keys(resource jsonb) returns text[]
  language sql immutable parallel safe
  return (
    select coalesce(array_agg(lower(item ->> 'value')), '{}')
    from jsonb_array_elements(case jsonb_typeof(resource -> 'emails') when 'array' then resource -> 'emails' else '[]'::jsonb end) item
    where item ->> 'value' is not null
  );

create table users (
  id uuid primary key,
  -- Null once the account is deleted, so that the name is free again.
  username text,
  display_name text not null,
  given_name text,
  family_name text,
  -- The primary email: where mail goes and what signs in. All emails are in resource.
  email text,
  role_id uuid not null default '00000000-0000-7000-8000-000000000002' references roles,
  locale text,
  time_zone text,
  marketing_consent boolean not null default false,
  directory_id uuid references directories,
  external_id text,
  -- The rest of the SCIM User (RFC 7643 §4.1, §4.3): name, emails, phoneNumbers, addresses, enterprise extension …
  resource jsonb not null default '{}',
  -- Facts; status follows from them, so that enabling brings back what was before.
  onboarded_at timestamptz,
  blocked_at timestamptz,
  disabled_at timestamptz,
  deleted_at timestamptz,
  status text not null generated always as (
    case
      when deleted_at is not null then 'deleted'
      when disabled_at is not null then 'disabled'
      when blocked_at is not null then 'blocked'
      when onboarded_at is null then 'pending'
      else 'active'
    end
  ) stored,
  sign_in_count integer not null default 0,
  last_active_at timestamptz,
  last_address inet,
  version bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- One text to search in: parts of username, name and email.
  search text not null generated always as (
    lower(coalesce(username, '') || ' ' || display_name || ' ' || coalesce(given_name, '') || ' ' ||
          coalesce(family_name, '') || ' ' || coalesce(email, ''))
  ) stored
);
create unique index users_username_key on users (lower(username));
create unique index users_external_id_key on users (directory_id, external_id) where external_id is not null;
create index users_email on users (lower(email)) where deleted_at is null;
create index users_email_keys on users using gin (email_keys(resource)) where deleted_at is null;
create index users_search on users using gin (search gin_trgm_ops) where deleted_at is null;
-- Lists: one index for each order that is offered, each ended by id so that pages have a total order.
create index users_created on users (created_at desc, id desc) where deleted_at is null;
create index users_name on users (lower(display_name), id) where deleted_at is null;
create index users_username_order on users (lower(username), id) where deleted_at is null;
create index users_last_active on users (last_active_at desc nulls last, id desc) where deleted_at is null;
create index users_status on users (status, created_at desc, id desc) where deleted_at is null;
create index users_role on users (role_id) where deleted_at is null and role_id <> '00000000-0000-7000-8000-000000000002';
create index users_directory on users (directory_id, id) where deleted_at is null;

create table groups (
  id uuid primary key,
  display_name text not null,
  directory_id uuid references directories,
  external_id text,
  resource jsonb not null default '{}',
  member_count integer not null default 0,
  version bigint not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
-- Each directory, and the console, has names of its own.
create unique index groups_name_key on groups
  (coalesce(directory_id, '00000000-0000-0000-0000-000000000000'::uuid), lower(display_name));
create unique index groups_external_id_key on groups (directory_id, external_id) where external_id is not null;
create index groups_name_order on groups (lower(display_name), id);
create index groups_directory on groups (directory_id, id);
create index groups_search on groups using gin (lower(display_name) gin_trgm_ops);

create table group_members (
  group_id uuid not null references groups on delete cascade,
  user_id uuid not null references users on delete cascade,
  primary key (group_id, user_id)
);
create index group_members_user on group_members (user_id);

-- Groups within groups; the rows never form a ring.
create table group_groups (
  group_id uuid not null references groups on delete cascade,
  child_id uuid not null references groups on delete cascade,
  primary key (group_id, child_id),
  check (group_id <> child_id)
);
create index group_groups_child on group_groups (child_id);

-- Password hashes (argon2id, PHC text). The one that is not retired is in use; retired ones are the history.
create table credentials (
  id uuid primary key,
  user_id uuid not null references users on delete cascade,
  hash text not null,
  is_temporary boolean not null default false,
  created_at timestamptz not null,
  expires_at timestamptz,
  retired_at timestamptz
);
create unique index credentials_in_use on credentials (user_id) where retired_at is null;
create index credentials_user on credentials (user_id);

-- Links that work once. Consumed by UPDATE … WHERE used_at IS NULL.
create table single_use_tokens (
  id uuid primary key,
  purpose text not null check (purpose in ('activation', 'reset', 'setup')),
  user_id uuid references users on delete cascade,
  hash bytea not null unique,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index single_use_tokens_user on single_use_tokens (user_id, purpose) where used_at is null;
create index single_use_tokens_expiry on single_use_tokens (expires_at);

-- A signed-in browser. id is the uid of the provider's session record, which stays while its cookie value changes.
create table sessions (
  id text primary key,
  user_id uuid not null references users on delete cascade,
  started_at timestamptz not null,
  last_active_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  end_reason text,
  address inet,
  user_agent text,
  amr text[] not null default '{}'
);
create index sessions_user on sessions (user_id) where ended_at is null;
create index sessions_expiry on sessions (expires_at);

create table apps (
  id uuid primary key,
  client_id text not null unique,
  name text not null,
  secret_hash bytea,
  is_public boolean not null default false,
  is_machine boolean not null default false,
  is_third_party boolean not null default false,
  is_built_in boolean not null default false,
  require_factor boolean not null default false,
  redirect_uris text[] not null default '{}',
  post_logout_redirect_uris text[] not null default '{}',
  backchannel_logout_uri text,
  grant_types text[] not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index apps_name_key on apps (lower(name));

-- Who used which app; one row for a user and an app.
create table app_uses (
  user_id uuid not null references users on delete cascade,
  app_id uuid not null references apps on delete cascade,
  first_at timestamptz not null,
  last_at timestamptz not null,
  primary key (user_id, app_id)
);

create index app_uses_app on app_uses (app_id);

-- Artefacts of the OpenID provider, one row each. id is the SHA-256 of the bearer value.
create table oidc_records (
  model text not null,
  id bytea not null,
  grant_id text,
  account_id uuid,
  client_id text,
  session_uid text,
  user_code text,
  uid text,
  consumed_at timestamptz,
  expires_at timestamptz,
  payload jsonb not null,
  primary key (model, id)
);
create index oidc_records_grant on oidc_records (grant_id) where grant_id is not null;
create index oidc_records_account on oidc_records (account_id) where account_id is not null;
create index oidc_records_session on oidc_records (session_uid) where session_uid is not null;
create unique index oidc_records_uid on oidc_records (model, uid) where uid is not null;
create unique index oidc_records_user_code on oidc_records (model, user_code) where user_code is not null;
create index oidc_records_expiry on oidc_records (expires_at);

create table signing_keys (
  kid text primary key,
  alg text not null,
  -- The private JWK, encrypted.
  sealed bytea not null,
  public_jwk jsonb not null,
  state text not null check (state in ('next', 'signing', 'retired')),
  created_at timestamptz not null,
  retired_at timestamptz
);

create table console_sessions (
  id uuid primary key,
  hash bytea not null unique,
  user_id uuid not null references users on delete cascade,
  session_id text not null references sessions on delete cascade,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index console_sessions_session on console_sessions (session_id);

create table api_tokens (
  id uuid primary key,
  name text not null,
  hash bytea not null unique,
  permissions text[] not null,
  created_by uuid references users on delete cascade,
  created_at timestamptz not null,
  expires_at timestamptz,
  last_used_at timestamptz
);

-- The audit log: added to, never changed. One partition a month; retention drops whole partitions.
create table events (
  id uuid not null,
  at timestamptz not null,
  type text not null,
  outcome text not null default 'success' check (outcome in ('success', 'failure')),
  reason text,
  actor_kind text not null,
  actor_id text,
  actor_name text,
  subject_kind text,
  subject_id text,
  subject_name text,
  app_id uuid,
  changes jsonb,
  details jsonb,
  address inet,
  user_agent text,
  request_id text,
  primary key (at, id)
) partition by range (at);
create index events_order on events (id);
create index events_subject on events (subject_id, id);
create index events_actor on events (actor_id, id);
create index events_type on events (type, id);
create index events_address on events (address, id) where address is not null;

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'events are added, never changed';
end $$;
create trigger events_are_final before update or delete on events
  for each row execute function refuse_change();

create function ensure_event_partition(month date) returns void language plpgsql as $$
declare
  first date := date_trunc('month', month)::date;
  name text := 'events_' || to_char(first, 'YYYY_MM');
begin
  if to_regclass(name) is null then
    execute format(
      'create table if not exists %I partition of events for values from (%L) to (%L)',
      name, first::timestamp at time zone 'UTC', (first + interval '1 month')::timestamp at time zone 'UTC');
  end if;
end $$;
create table events_other partition of events default;
select ensure_event_partition(((now() at time zone 'UTC') + step * interval '1 month')::date) from generate_series(0, 2) step;

create table mails (
  id uuid primary key,
  user_id uuid references users on delete set null,
  recipient text not null,
  template text not null,
  locale text not null,
  subject text not null,
  -- Text and html as JSON, encrypted: it may hold a link that signs someone in.
  sealed bytea,
  -- kept: no mail server is set up, so the mail stays in the outbox.
  state text not null check (state in ('waiting', 'sent', 'failed', 'kept')),
  attempts integer not null default 0,
  last_error text,
  created_at timestamptz not null,
  sent_at timestamptz
);
create index mails_order on mails (id desc);
create index mails_user on mails (user_id, id desc);
create index mails_state on mails (state, id desc);

create table settings (
  key text primary key,
  value jsonb not null,
  updated_at timestamptz not null
);

-- Counters against guessing; the columns are those that rate-limiter-flexible reads.
create table throttles (
  key text primary key,
  points integer not null default 0,
  expire bigint
);
create index throttles_expire on throttles (expire);
