-- The OAuth client of a directory (RFC 6749 §4.4): it gets access tokens of the scope `scim`, and nothing else.
create table directory_clients (
  directory_id uuid primary key references directories on delete cascade,
  client_id text not null unique,
  created_at timestamptz not null
);

-- What the client proves itself with. During a rotation there are several; a token works no longer than the one that it
-- was given for.
create table directory_client_credentials (
  id uuid primary key,
  directory_id uuid not null references directory_clients on delete cascade,
  -- SHA-256 of a secret, or a public key as a JWK (RFC 7523 §2.2).
  secret_hash bytea unique,
  public_jwk jsonb,
  -- The last characters of the secret, by which people tell one from another.
  hint text,
  created_at timestamptz not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  check (num_nonnulls(secret_hash, public_jwk) = 1)
);
create index directory_client_credentials_directory on directory_client_credentials (directory_id);

-- The tokens of a client, for taking them all away.
create index oidc_records_client on oidc_records (client_id) where model = 'ClientCredentials';

-- Whether the app may read the SCIM resource of whoever signs in (RFC 7644 §3.11).
alter table apps add column scim_me boolean not null default false;
