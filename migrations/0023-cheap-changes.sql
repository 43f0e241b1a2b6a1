-- PostgreSQL gives a changed row no new index entries (a HOT update) when no indexed column changed and its page has room.
-- An index on an expression over `resource` counts as one on all of it, so that each change of a title would have cost
-- an entry in each of the dozen indexes of users. Its parts that are indexed become columns.

-- Room for the next version of a row, on its own page.
alter table users set (fillfactor = 85);
alter table groups set (fillfactor = 85);
-- Counting from the first row to a page reads an index alone, where vacuum has been lately. By default it comes once a
-- fifth of the rows has changed.
alter table users set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);
alter table group_members set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);

-- The function email_keys stays for servers of the release before.
drop index users_email_keys;
drop index users_manager;
alter table users
  -- The values of all emails in small letters, for filters like emails[value eq "…"].
  add column email_values jsonb not null
    generated always as (lower(jsonb_path_query_array(resource, '$.emails[*].value')::text)::jsonb) stored,
  -- Whom the user reports to, for filters by manager and for letting go of a manager who is deleted.
  add column manager_id text
    generated always as (resource -> 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User' -> 'manager' ->> 'value')
    stored;
create index users_email_values on users using gin (email_values jsonb_path_ops) where deleted_at is null;
create index users_manager on users (manager_id) where deleted_at is null and manager_id is not null;

-- How many users and groups each directory has, since every page of a list by index names the total and counting takes
-- as long as there are rows. Kept by triggers, in the transaction of the change, so it is exact whatever changes them;
-- groups never move to another directory. Each directory has some rows, and a connection adds to one of them: those who
-- create at once seldom wait.
create table directory_sizes (
  directory_id uuid not null references directories on delete cascade,
  part smallint not null,
  users bigint not null default 0,
  groups bigint not null default 0,
  primary key (directory_id, part)
) with (fillfactor = 50);

create function count_new_users() returns trigger language plpgsql as $$
begin
  insert into directory_sizes as s (directory_id, part, users, groups)
  select directory_id, pg_backend_pid() % 64, count(*), 0 from changed
  where directory_id is not null and deleted_at is null group by directory_id
  on conflict (directory_id, part) do update set users = s.users + excluded.users, groups = s.groups + excluded.groups;
  return null;
end $$;
create function count_gone_users() returns trigger language plpgsql as $$
begin
  insert into directory_sizes as s (directory_id, part, users, groups)
  select directory_id, pg_backend_pid() % 64, -count(*), 0 from changed
  where directory_id is not null and deleted_at is null group by directory_id
  on conflict (directory_id, part) do update set users = s.users + excluded.users, groups = s.groups + excluded.groups;
  return null;
end $$;
create function count_moved_user() returns trigger language plpgsql as $$
begin
  insert into directory_sizes as s (directory_id, part, users, groups)
  select moved.id, pg_backend_pid() % 64, sum(moved.more), 0
  from (values (old.directory_id, old.deleted_at, -1), (new.directory_id, new.deleted_at, 1)) moved (id, deleted_at, more)
  where moved.id is not null and moved.deleted_at is null group by moved.id order by moved.id
  on conflict (directory_id, part) do update set users = s.users + excluded.users, groups = s.groups + excluded.groups;
  return null;
end $$;
create function count_new_groups() returns trigger language plpgsql as $$
begin
  insert into directory_sizes as s (directory_id, part, users, groups)
  select directory_id, pg_backend_pid() % 64, 0, count(*) from changed
  where directory_id is not null group by directory_id
  on conflict (directory_id, part) do update set users = s.users + excluded.users, groups = s.groups + excluded.groups;
  return null;
end $$;
create function count_gone_groups() returns trigger language plpgsql as $$
begin
  insert into directory_sizes as s (directory_id, part, users, groups)
  select directory_id, pg_backend_pid() % 64, 0, -count(*) from changed
  where directory_id is not null group by directory_id
  on conflict (directory_id, part) do update set users = s.users + excluded.users, groups = s.groups + excluded.groups;
  return null;
end $$;
create trigger users_count_new after insert on users
  referencing new table as changed for each statement execute function count_new_users();
create trigger users_count_gone after delete on users
  referencing old table as changed for each statement execute function count_gone_users();
create trigger users_count_moved after update on users for each row
  when ((old.directory_id, old.deleted_at is null) is distinct from (new.directory_id, new.deleted_at is null))
  execute function count_moved_user();
create trigger groups_count_new after insert on groups
  referencing new table as changed for each statement execute function count_new_groups();
create trigger groups_count_gone after delete on groups
  referencing old table as changed for each statement execute function count_gone_groups();

insert into directory_sizes (directory_id, part, users, groups)
select d.id, 0, (select count(*) from users u where u.directory_id = d.id and u.deleted_at is null),
  (select count(*) from groups g where g.directory_id = d.id)
from directories d;
