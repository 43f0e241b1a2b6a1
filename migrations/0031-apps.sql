-- Who may use an app, what it may do, and what it is told.

-- Null: as the house does it for every app.
alter table apps
  -- Who may use it: everyone, or whom app_assignments names.
  add column access text not null default 'everyone' check (access in ('everyone', 'chosen')),
  -- Scopes that it may ask for.
  add column scopes text[],
  -- Whether `groups` names all groups of a user, or only those that the app is assigned to.
  add column groups_claim text not null default 'all' check (groups_claim in ('all', 'assigned')),
  add column access_token_seconds integer check (access_token_seconds between 60 and 86400),
  add column id_token_seconds integer check (id_token_seconds between 60 and 86400),
  add column refresh_idle_seconds integer check (refresh_idle_seconds between 300 and 31536000),
  add column refresh_absolute_seconds integer check (refresh_absolute_seconds between 300 and 31536000),
  add column id_token_alg text not null default 'RS256' check (id_token_alg in ('RS256', 'ES256')),
  -- How it proves who it is: its secret, or a signature with one of its own keys (private_key_jwt).
  add column proof text not null default 'secret' check (proof in ('secret', 'key')),
  -- Its public keys (RFC 7517), or where it publishes them.
  add column jwks jsonb,
  add column jwks_uri text,
  -- Whether requests must be pushed (RFC 9126), be signed (RFC 9101), and tokens be bound to a key (RFC 9449).
  add column require_par boolean not null default false,
  add column require_jar boolean not null default false,
  add column require_dpop boolean not null default false;

create table app_assignments (
  app_id uuid not null references apps on delete cascade,
  user_id uuid references users on delete cascade,
  group_id uuid references groups on delete cascade,
  created_at timestamptz not null,
  check (num_nonnulls(user_id, group_id) = 1)
);
create unique index app_assignments_user on app_assignments (app_id, user_id) where user_id is not null;
create unique index app_assignments_group on app_assignments (app_id, group_id) where group_id is not null;
create index app_assignments_of_user on app_assignments (user_id) where user_id is not null;
create index app_assignments_of_group on app_assignments (group_id) where group_id is not null;

-- What an app lets people do, in its own words.
create table entitlements (
  id uuid primary key,
  app_id uuid not null references apps on delete cascade,
  -- What the app is told.
  value text not null,
  -- What people read.
  name text not null,
  created_at timestamptz not null
);
create unique index entitlements_value_key on entitlements (app_id, lower(value));

create table entitlement_grants (
  entitlement_id uuid not null references entitlements on delete cascade,
  user_id uuid references users on delete cascade,
  group_id uuid references groups on delete cascade,
  created_at timestamptz not null,
  check (num_nonnulls(user_id, group_id) = 1)
);
create unique index entitlement_grants_user on entitlement_grants (entitlement_id, user_id) where user_id is not null;
create unique index entitlement_grants_group on entitlement_grants (entitlement_id, group_id) where group_id is not null;
create index entitlement_grants_of_user on entitlement_grants (user_id) where user_id is not null;
create index entitlement_grants_of_group on entitlement_grants (group_id) where group_id is not null;

-- APIs that get access tokens of their own (RFC 8707).
create table resources (
  id uuid primary key,
  identifier text not null unique,
  name text not null,
  -- [{ name, description }], in the order in which they are shown.
  scopes jsonb not null default '[]',
  token_format text not null default 'jwt' check (token_format in ('jwt', 'opaque')),
  token_seconds integer check (token_seconds between 60 and 86400),
  signing_alg text not null default 'RS256' check (signing_alg in ('RS256', 'ES256')),
  -- Which apps may ask for it: all of the organization's own, or those that app_resources names.
  access text not null default 'ownApps' check (access in ('ownApps', 'chosen')),
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index resources_name_key on resources (lower(name));

create table app_resources (
  app_id uuid not null references apps on delete cascade,
  resource_id uuid not null references resources on delete cascade,
  primary key (app_id, resource_id)
);
create index app_resources_resource on app_resources (resource_id);

-- Apps that are to be told that a session is over (OpenID Connect Back-Channel Logout): one row for an app and session.
create table logout_notices (
  id uuid primary key,
  app_id uuid not null references apps on delete cascade,
  user_id uuid not null references users on delete cascade,
  -- The session as the app knows it.
  sid text not null,
  reason text not null,
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'failed')),
  attempts integer not null default 0,
  last_error text,
  created_at timestamptz not null,
  done_at timestamptz
);
create index logout_notices_app on logout_notices (app_id, id desc);
create index logout_notices_user on logout_notices (user_id);
create index logout_notices_created on logout_notices (created_at);

-- Who holds tokens of an app: asked when access is taken away.
create index oidc_records_grants on oidc_records (client_id, account_id) where model = 'Grant';
