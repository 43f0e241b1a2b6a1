-- Second factors.

create table factors (
  id uuid primary key,
  user_id uuid not null references users on delete cascade,
  kind text not null check (kind in ('totp')),
  -- The shared secret of an authenticator app, encrypted.
  sealed bytea not null,
  -- The newest time step whose code was accepted: this one and older ones are refused (RFC 6238 §5.2).
  last_step bigint not null,
  created_at timestamptz not null,
  last_used_at timestamptz not null
);
create unique index factors_user on factors (user_id, kind);

create table recovery_codes (
  user_id uuid not null references users on delete cascade,
  -- Keyed digest of user and code.
  hash bytea not null,
  created_at timestamptz not null,
  used_at timestamptz,
  primary key (user_id, hash)
);

-- Null: as the organization's policy says.
alter table users add column factor_rule text check (factor_rule in ('require', 'allow', 'forbid'));
