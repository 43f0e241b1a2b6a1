-- The log cannot be changed unnoticed (L3): events are sealed in the order of their transactions, each seal bound to the
-- one before it by a keyed digest. docs/exports.md says what that proves.

-- The transaction that recorded an event, counted through by the cluster. Once all transactions below a number are over,
-- no event can come to lie among them any more; ids and times do not say that, since a transaction may take long.
-- Events from before have none.
alter table events add column turn bigint, add column era smallint;
alter table events
  alter column turn set default (pg_current_xact_id()::text::bigint),
  -- A restored copy begins to count anew: see ensure_event_era.
  alter column era set default 1;
-- Costs next to nothing where rows come in this order.
create index events_turn on events using brin (era, turn) with (pages_per_range = 32, autosummarize = on);

create table event_clock (era smallint not null);
insert into event_clock values (1);

-- The key of the seals, encrypted with SECRET_KEY: whoever has the database alone makes no seals.
create table event_seal_keys (
  id smallint primary key check (id = 1),
  sealed bytea not null
);

create table event_seals (
  -- From 1 on, without a gap.
  number bigint primary key,
  kind text not null check (kind in ('events', 'pruned')),
  -- Which events: those of an era from one turn up to another, without that; of era 0, which has no turns, those behind
  -- one id up to another, with that.
  era smallint not null,
  first_turn bigint,
  end_turn bigint,
  first_id uuid,
  last_id uuid,
  events integer not null,
  -- Of each event in order: its id, and half of its digest.
  contents bytea not null,
  -- Where events were let go by retention: all from before this moment.
  pruned_before timestamptz,
  sealed_at timestamptz not null,
  -- HMAC-SHA-256 of all this and the hash of the seal before.
  hash bytea not null
);
alter table event_seals alter column contents set storage external;
create trigger event_seals_are_final before update or delete on event_seals
  for each row execute function refuse_change();

-- Begins an era of its own where the database was restored into a cluster that counts from a lower number, and has new
-- events take the era that holds. Asked before anything is recorded; costs a look at the newest seal.
create function ensure_event_era() returns smallint language plpgsql set lock_timeout = '5s' as $$
declare
  present smallint := (select era from event_clock);
  taken text := (
    select regexp_replace(pg_get_expr(d.adbin, d.adrelid), '\D', '', 'g') from pg_attrdef d
    join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
    where d.adrelid = 'events'::regclass and a.attname = 'era');
begin
  if pg_snapshot_xmax(pg_current_snapshot())::text::bigint
      < (select end_turn from event_seals where era = present order by number desc limit 1) then
    -- Whoever comes second finds the era that the first began.
    update event_clock set era = era + 1 where era = present;
    present := (select era from event_clock);
  end if;
  if taken is distinct from present::text then
    execute format('alter table events alter column era set default %s', present);
  end if;
  return present;
end $$;

-- Lets the months go that end before a moment. Returns how many events that was.
create function drop_event_partitions(before timestamptz) returns bigint language plpgsql set lock_timeout = '5s' as $$
declare
  part record;
  gone bigint := 0;
  here bigint;
begin
  for part in
    select c.relname as name, to_date(substring(c.relname from 'events_(\d{4}_\d{2})$'), 'YYYY_MM') as month
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'events'::regclass and c.relname ~ '^events_\d{4}_\d{2}$'
  loop
    if (part.month + interval '1 month')::timestamp at time zone 'UTC' <= before then
      execute format('select count(*) from %I', part.name) into here;
      execute format('drop table %I', part.name);
      gone := gone + here;
    end if;
  end loop;
  return gone;
end $$;
