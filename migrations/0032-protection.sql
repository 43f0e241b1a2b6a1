-- Account protection, what sign-ins are known by, and when a session was last proven.

-- Null: as the organization says.
alter table users add column protection text check (protection in ('on', 'off'));

-- From where each user has signed in: browsers (beside the registered devices), networks and places.
create table known_origins (
  user_id uuid not null references users on delete cascade,
  kind text not null check (kind in ('device', 'network', 'place')),
  -- A digest of the browser's cookie in hex; 203.0.113.0/24, 2001:db8:1::/48 or AS64496; JP-13.
  key text not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  primary key (user_id, kind, key)
);
create index known_origins_seen on known_origins (last_seen_at);

-- Sign-ins that wait, or waited, for a link from a mail. They outlive their attempts, so that mails can be counted.
create table sign_in_confirmations (
  id uuid primary key,
  -- The sign-in that waits, as in sign_in_attempts; its facts name this row, and another attempt in its place does not.
  attempt_id bytea not null,
  user_id uuid not null references users on delete cascade,
  state text not null check (state in ('waiting', 'confirmed', 'denied')),
  -- What of device, network and place was not known.
  news text[] not null,
  app_id uuid references apps on delete set null,
  address inet,
  user_agent text,
  mail_count integer not null default 0,
  mailed_at timestamptz not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  decided_at timestamptz
);
create index sign_in_confirmations_user on sign_in_confirmations (user_id, created_at);
create index sign_in_confirmations_expiry on sign_in_confirmations (expires_at);

-- When the person last proved who they are; null: when the session began.
alter table sessions add column authenticated_at timestamptz;
