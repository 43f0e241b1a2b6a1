-- Who signed in to an app, counted as it happens: counting events or uses would take as long as there are rows.

-- The last day on which somebody signed in to an app. Days and months are those of UTC.
create table user_activity (
  user_id uuid primary key references users on delete cascade,
  last_day date not null
);

-- For how many users a day is the last one: the sum over thirty days is how many were active in them. And how many were
-- active in a month. Each has some rows, and a connection adds to one of them: those who sign in at once seldom wait.
create table activity_days (
  day date not null,
  part smallint not null,
  users bigint not null,
  primary key (day, part)
) with (fillfactor = 50);
create table activity_months (
  month date not null,
  part smallint not null,
  users bigint not null,
  primary key (month, part)
) with (fillfactor = 50);

create function note_activity() returns trigger language plpgsql as $$
declare
  today date := (new.last_at at time zone 'UTC')::date;
  before date;
begin
  insert into user_activity (user_id, last_day) values (new.user_id, today) on conflict do nothing;
  if not found then
    select last_day into before from user_activity where user_id = new.user_id for update;
    if before >= today then return null; end if;
    update user_activity set last_day = today where user_id = new.user_id;
  end if;
  insert into activity_days as d (day, part, users)
  select moved.day, pg_backend_pid() % 64, moved.more from (values (before, -1), (today, 1)) moved (day, more)
  where moved.day is not null order by moved.day
  on conflict (day, part) do update set users = d.users + excluded.users;
  if before is null or date_trunc('month', before) < date_trunc('month', today) then
    insert into activity_months as m (month, part, users)
    values (date_trunc('month', today)::date, pg_backend_pid() % 64, 1)
    on conflict (month, part) do update set users = m.users + excluded.users;
  end if;
  return null;
end $$;
create trigger app_uses_new after insert on app_uses for each row execute function note_activity();
-- Most uses are not the first of their day, and then nothing is called.
create trigger app_uses_again after update on app_uses for each row
  when ((old.last_at at time zone 'UTC')::date <> (new.last_at at time zone 'UTC')::date)
  execute function note_activity();

insert into user_activity (user_id, last_day)
select user_id, max((last_at at time zone 'UTC')::date) from app_uses group by user_id;
insert into activity_days (day, part, users) select last_day, 0, count(*) from user_activity group by last_day;
-- Of the time before, only the first and the last use of each app are known.
insert into activity_months (month, part, users)
select month, 0, count(*) from (
  select distinct user_id, date_trunc('month', at at time zone 'UTC')::date as month
  from app_uses, lateral (values (first_at), (last_at)) use (at)
) seen group by month;

-- Sign-ins of a day, counted together with the event that tells of each.
create table sign_in_days (
  day date not null,
  part smallint not null,
  succeeded bigint not null,
  failed bigint not null,
  primary key (day, part)
) with (fillfactor = 50);
-- As far back as the overview looks.
insert into sign_in_days (day, part, succeeded, failed)
select (at at time zone 'UTC')::date, 0, count(*) filter (where type = 'signin.succeeded'),
  count(*) filter (where type = 'signin.failed')
from events where type in ('signin.succeeded', 'signin.failed') and at > now() - interval '91 days' group by 1;

-- What takes long to count, and when it was counted last.
create table overview_counts (
  is_only boolean primary key default true check (is_only),
  counts jsonb not null,
  counted_at timestamptz not null
);
