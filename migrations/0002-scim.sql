-- What a directory may still ask for in this second: a bucket that fills by the clock of the database, so that all
-- processes on all machines share it. A crash empties the table, which fills every bucket; nothing else is lost.
create unlogged table directory_allowances (
  directory_id uuid primary key references directories on delete cascade,
  tokens double precision not null,
  -- How many the last one who asked was given.
  taken integer not null,
  at timestamptz not null
);

-- Who reports to whom, for filters by manager and for letting go of a manager who is deleted.
create index users_manager on users
  ((resource -> 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User' -> 'manager' ->> 'value'))
  where deleted_at is null
    and (resource -> 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User' -> 'manager' ->> 'value') is not null;
