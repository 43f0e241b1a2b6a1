-- Upstream OpenID providers that people sign in through (S5). What is known of a person there is their subject, which
-- means something together with the connection alone.
create table connections (
  id uuid primary key,
  name text not null,
  -- Never changes: the subjects that are linked are this issuer's.
  issuer text not null,
  client_id text not null,
  -- Null for a public client.
  sealed_secret bytea,
  scopes text not null,
  -- Whether the page for the name has a button for it.
  has_button boolean not null,
  -- Which account somebody gets who comes for the first time.
  match text not null check (match in ('none', 'email', 'username')),
  creates_users boolean not null,
  asks_factor boolean not null,
  asks_protection boolean not null,
  is_paused boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index connections_name_key on connections (lower(name));

-- Whoever types an address of one of these is sent to the connection. In lower case.
create table connection_domains (
  domain text primary key,
  connection_id uuid not null references connections on delete cascade
);
create index connection_domains_connection on connection_domains (connection_id);

create table identities (
  connection_id uuid not null references connections on delete cascade,
  subject text not null,
  user_id uuid not null references users on delete cascade,
  created_at timestamptz not null,
  last_used_at timestamptz,
  primary key (connection_id, subject)
);
create unique index identities_user_key on identities (user_id, connection_id);

-- Sign-ins that are under way at an upstream provider. Taken by DELETE … RETURNING, so each comes back once.
create table upstream_attempts (
  -- SHA-256 of the state.
  id bytea primary key,
  connection_id uuid not null references connections on delete cascade,
  -- Digest of the browser that it was begun in.
  browser text not null,
  -- The sign-in, nonce and code verifier, encrypted.
  sealed bytea not null,
  expires_at timestamptz not null
);
create index upstream_attempts_expiry on upstream_attempts (expires_at);

-- Sessions that began upstream, for the upstream provider's word that they are over.
create table upstream_sessions (
  session_id text primary key references sessions on delete cascade,
  connection_id uuid not null references connections on delete cascade,
  subject text not null,
  -- The session's name there, when it has one.
  sid text
);
create index upstream_sessions_subject on upstream_sessions (connection_id, subject);

-- Tokens that say so, so that each counts once.
create table upstream_logouts (
  connection_id uuid not null references connections on delete cascade,
  jti text not null,
  expires_at timestamptz not null,
  primary key (connection_id, jti)
);
create index upstream_logouts_expiry on upstream_logouts (expires_at);

-- Whether the account may be used through a connection.
alter table users add column allows_sso boolean not null default true;
