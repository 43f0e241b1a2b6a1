-- Devices: the browsers that an account is used in, and how many there may be.

create table devices (
  id uuid primary key,
  user_id uuid not null references users on delete cascade,
  -- SHA-256 of the browser's long-lived cookie. Two people who share a browser have a device each.
  hash bytea not null,
  name text not null,
  is_phone boolean not null default false,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  address inet,
  removed_at timestamptz,
  -- Until when the second factor is not asked for here.
  trusted_until timestamptz
);
create unique index devices_known on devices (user_id, hash) where removed_at is null;
create index devices_removed on devices (removed_at) where removed_at is not null;

-- Null for sessions from before devices were known.
alter table sessions add column device_id uuid references devices on delete set null;
create index sessions_device on sessions (device_id) where device_id is not null;

-- Null: the default of the organization; 0: no limit.
alter table users add column device_limit integer check (device_limit between 0 and 1000);

-- What is between the password and the end of a sign-in, when something is: one row for a sign-in.
create table sign_in_attempts (
  -- SHA-256 of the sign-in's own name.
  id bytea primary key,
  -- Changes with each step taken, so that a form works once.
  turn text not null,
  user_id uuid not null references users on delete cascade,
  -- The password that was given; once it is replaced, the attempt is over. Null when none was.
  credential_id uuid references credentials on delete cascade,
  facts jsonb not null,
  expires_at timestamptz not null
);
create index sign_in_attempts_user on sign_in_attempts (user_id);
create index sign_in_attempts_credential on sign_in_attempts (credential_id) where credential_id is not null;
create index sign_in_attempts_expiry on sign_in_attempts (expires_at);
