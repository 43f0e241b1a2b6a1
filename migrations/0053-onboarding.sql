-- How far each person has come who was invited. A row is made with the first activation link; it holds nothing personal.
create table onboardings (
  user_id uuid primary key references users on delete cascade,
  invited_at timestamptz not null,
  -- The latest link: when it was made, until when it works, and how many there were.
  linked_at timestamptz not null,
  expires_at timestamptz not null,
  links integer not null default 1,
  -- The mail with the latest link; null where an administrator copied it.
  mail_id uuid,
  mail_state text check (mail_state in ('waiting', 'sent', 'failed', 'kept')),
  first_sent_at timestamptz,
  -- When somebody came by the latest link, and first by any.
  opened_at timestamptz,
  first_opened_at timestamptz,
  reminders integer not null default 0,
  reminded_at timestamptz,
  -- When the account was onboarded, in whatever way.
  completed_at timestamptz
);
create index onboardings_invited on onboardings (invited_at);
create index onboardings_mail on onboardings (mail_id) where mail_id is not null;
create index onboardings_open on onboardings (linked_at) where completed_at is null;
create index onboardings_expiry on onboardings (expires_at) where completed_at is null;
create index onboardings_failed on onboardings (user_id) where mail_state = 'failed' and completed_at is null;

-- Whatever makes somebody onboarded completes the row; whose identity is removed begins anew.
create function note_onboarded() returns trigger language plpgsql as $$
begin
  if new.onboarded_at is null then
    delete from onboardings where user_id = new.id;
  else
    update onboardings set completed_at = new.onboarded_at where user_id = new.id;
  end if;
  return null;
end $$;
create trigger users_onboarded after update of onboarded_at on users
  for each row when (old.onboarded_at is distinct from new.onboarded_at) execute function note_onboarded();

-- Links that are under way when this release comes; there are as many as were made in the last days.
insert into onboardings (user_id, invited_at, linked_at, expires_at, mail_id, mail_state, first_sent_at)
select distinct on (t.user_id) t.user_id, t.created_at, t.created_at, t.expires_at, m.id, m.state, m.sent_at
from single_use_tokens t join users u on u.id = t.user_id and u.onboarded_at is null and u.deleted_at is null
left join lateral (
  select id, state, sent_at from mails where user_id = t.user_id and template = 'activation' order by id desc limit 1
) m on true
where t.purpose = 'activation' and t.used_at is null
order by t.user_id, t.created_at desc;

-- Figures by day (UTC), counted by a job. invited, and what became of those who were invited on that day.
create table onboarding_days (
  day date primary key,
  created integer not null,
  onboarded integer not null,
  invited integer not null,
  sent integer not null,
  opened integer not null,
  activated integer not null
);

-- Figures of the moment, counted by the same job: one row.
create table onboarding_totals (
  id boolean primary key default true check (id),
  accounts integer not null,
  onboarded integer not null,
  waiting integer not null,
  uninvited integer not null,
  expired integer not null,
  failed integer not null,
  -- Seconds from the first link to being onboarded, of the half that was quicker, in the last 30 days.
  median_seconds integer,
  counted_at timestamptz not null
);
