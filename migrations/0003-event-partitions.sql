-- A month without a partition puts its events into events_other, and PostgreSQL then refuses to make the partition: its
-- rows would lie in two places. So the rows move into it as it is made.

-- Waiting for longer would keep everybody who records an event waiting behind it; the next try comes soon.
create or replace function ensure_event_partition(month date) returns void
language plpgsql set lock_timeout = '5s' as $$
declare
  first date := date_trunc('month', month)::date;
  name text := 'events_' || to_char(first, 'YYYY_MM');
  since timestamptz := first::timestamp at time zone 'UTC';
  until timestamptz := (first + interval '1 month')::timestamp at time zone 'UTC';
begin
  if to_regclass(name) is not null then
    return;
  end if;
  -- Those who make partitions take turns, so that none holds the default one while it waits for the whole table.
  perform pg_advisory_xact_lock(7426192);
  lock table events in access exclusive mode;
  if to_regclass(name) is not null then
    return;
  end if;
  if exists (select from events_other where at >= since and at < until) then
    -- On its own the default partition has no trigger that refuses to let rows go; as a partition it gets it again.
    alter table events detach partition events_other;
    execute format('create table %I partition of events for values from (%L) to (%L)', name, since, until);
    execute format(
      'with moved as (delete from events_other where at >= %L and at < %L returning *) insert into %I select * from moved',
      since, until, name);
    alter table events attach partition events_other default;
  else
    execute format('create table %I partition of events for values from (%L) to (%L)', name, since, until);
  end if;
end $$;

-- The partitions of this month and the two that follow, and of every month that has events in the default partition.
create function ensure_event_partitions(present timestamptz) returns void
language plpgsql set lock_timeout = '5s' as $$
declare
  months date[];
  month date;
begin
  perform pg_advisory_xact_lock(7426192);
  -- Read to the end first: a table that a statement still reads cannot be detached.
  months := array(
    select ((present at time zone 'UTC') + step * interval '1 month')::date from generate_series(0, 2) step
    union
    select date_trunc('month', at at time zone 'UTC')::date from events_other
  );
  foreach month in array months loop
    perform ensure_event_partition(month);
  end loop;
end $$;
