-- Counts changes of the apps and of what they may ask for, so that a process knows by one number whether what it
-- remembers of them is so.
create table apps_version (version integer not null);
insert into apps_version values (0);

create function count_apps_change() returns trigger language plpgsql as $$
begin
  update apps_version set version = version + 1;
  return null;
end $$;
create trigger apps_change after insert or update or delete on apps
  for each statement execute function count_apps_change();
create trigger apps_change after insert or update or delete on resources
  for each statement execute function count_apps_change();
create trigger apps_change after insert or update or delete on app_resources
  for each statement execute function count_apps_change();
