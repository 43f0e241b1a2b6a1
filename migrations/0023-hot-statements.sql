-- Counts changes of the settings, so that a process knows by one number whether what it remembers is so. It is asked for
-- with the token of a directory, which saves a statement for each user that is made.
create table settings_version (version integer not null);
insert into settings_version values (0);

create function count_settings_change() returns trigger language plpgsql as $$
begin
  update settings_version set version = version + 1;
  return null;
end $$;
create trigger settings_change after insert or update or delete on settings
  for each statement execute function count_settings_change();

-- An index of this kind collects new entries in a list, which every search reads until they are sorted in. An email is
-- one entry, so it goes to its place at once. A name has some fifty, which are sorted in together, but before there are
-- so many that whoever brings the last of them waits for long.
alter index users_email_values set (fastupdate = off);
select gin_clean_pending_list('users_email_values');
alter index users_search set (gin_pending_list_limit = 1024);

-- Whoever is deleted takes these along; without an index for all of their rows, each deletion would read whole tables.
drop index sessions_user;
create index sessions_user on sessions (user_id);
drop index single_use_tokens_user;
create index single_use_tokens_user on single_use_tokens (user_id, purpose);
create index devices_user on devices (user_id);
create index console_sessions_user on console_sessions (user_id);
create index api_tokens_created_by on api_tokens (created_by);
