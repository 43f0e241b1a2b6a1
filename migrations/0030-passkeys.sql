-- Passkeys, codes by email, which factor is asked for first, and what roles need.

-- A passkey (WebAuthn Level 3): the key pair of a device, security key or password manager.
create table passkeys (
  id uuid primary key,
  user_id uuid not null references users on delete cascade,
  -- What the authenticator calls the key pair (§4, credential ID).
  credential_id bytea not null check (length(credential_id) between 1 and 1023),
  -- The public key as COSE_Key (RFC 9052 §7).
  public_key bytea not null,
  -- How often it has signed, as it says itself; stays 0 where it does not count (§6.1.1).
  sign_count bigint not null,
  -- How browsers reach it: usb, nfc, ble, internal, hybrid.
  transports text[] not null,
  -- Whether it may be copied to other devices of its owner, and has been (§6.1.3).
  is_backup_eligible boolean not null,
  is_backed_up boolean not null,
  -- What its owner calls it.
  name text not null,
  created_at timestamptz not null,
  last_used_at timestamptz not null
);
create unique index passkeys_credential on passkeys (credential_id);
create index passkeys_user on passkeys (user_id);

-- Challenges that were answered, until they are too old to count.
create table used_challenges (
  -- SHA-256 of the challenge.
  hash bytea primary key,
  expires_at timestamptz not null
);
create index used_challenges_expiry on used_challenges (expires_at);

-- Who gets codes by email. It is a factor only for as long as the account has the address that was proven.
create table email_factors (
  user_id uuid primary key references users on delete cascade,
  address text not null,
  created_at timestamptz not null,
  last_used_at timestamptz not null
);

-- A code on its way: one for each sign-in, or session of the own pages, that waits for it.
create table email_codes (
  -- SHA-256 of the sign-in or session.
  place bytea primary key,
  user_id uuid not null references users on delete cascade,
  -- Where it was sent; it counts only for as long as the account has this address.
  address text not null,
  -- Keyed digest of place and code.
  hash bytea not null,
  tries integer not null default 0,
  sent_at timestamptz not null,
  expires_at timestamptz not null
);
create index email_codes_user on email_codes (user_id);
create index email_codes_expiry on email_codes (expires_at);

alter table users
  -- What passkeys know their owner by: random, so that it tells nothing (WebAuthn §14.6.1).
  add column passkey_handle bytea,
  -- Null: the strongest that is enrolled.
  add column default_factor text check (default_factor in ('passkey', 'totp', 'email')),
  -- When the primary email last changed; null: never since the account was made.
  add column email_changed_at timestamptz;
create unique index users_passkey_handle on users (passkey_handle) where passkey_handle is not null;

-- Null: as the organization's policy says; a role only asks for more.
alter table roles add column factor_policy text check (factor_policy in ('optional', 'required'));

-- Every second factor that is enrolled and counts.
create view enrolled_factors as
  select id, user_id, 'totp' as kind, null::text as name, null::boolean as is_backed_up, created_at, last_used_at
  from factors
  union all
  select id, user_id, 'passkey', name, is_backed_up, created_at, last_used_at from passkeys
  union all
  select e.user_id, e.user_id, 'email', e.address, null, e.created_at, e.last_used_at
  from email_factors e join users u on u.id = e.user_id and lower(u.email) = lower(e.address);
