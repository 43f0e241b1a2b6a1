-- Creations that a client may ask for again without making a second one (Idempotency-Key).
create table idempotency_keys (
  -- SHA-256 of who asks and the key.
  hash bytea primary key,
  -- SHA-256 of what was asked for: the same key with another request is a mistake.
  request_hash bytea not null,
  -- Set in the transaction of the creation: from then on nothing is made again.
  done_at timestamptz,
  -- The reply, encrypted: it may hold a secret that is shown once.
  sealed bytea,
  started_at timestamptz not null,
  expires_at timestamptz not null
);
create index idempotency_keys_expiry on idempotency_keys (expires_at);
