-- Attributes of users that the organization defines (U17). A definition is a row here; the values of a user are in
-- users.custom; user_attribute_keys is what they are found, sorted and kept unique by.

create table attributes (
  id uuid primary key,
  -- What the attribute is called inside the database: short, never changed, never given again. A definition that is
  -- deleted takes its values out of sight with it, even before they are removed.
  number integer generated always as identity unique,
  -- Name in SCIM and in the admin API.
  name text not null,
  label_en text not null,
  -- Null: the English one serves for both.
  label_ja text,
  description text not null default '',
  type text not null check (type in ('string', 'boolean', 'integer', 'decimal', 'dateTime', 'reference')),
  is_multi_valued boolean not null,
  -- Where there are some, no other value is taken.
  canonical_values text[] not null default '{}',
  is_required boolean not null,
  is_unique boolean not null,
  -- What the user may do with the own value.
  is_visible boolean not null,
  is_editable boolean not null check (is_visible or not is_editable),
  -- Name of the claim that apps get it as; null is none.
  claim text,
  -- What directories may do with it.
  scim text not null check (scim in ('none', 'read', 'readWrite')),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- Set while a job removes the values; then the row goes.
  deleted_at timestamptz
);
create unique index attributes_name_key on attributes (lower(name)) where deleted_at is null;
create unique index attributes_claim_key on attributes (claim) where claim is not null and deleted_at is null;

-- Counts changes of the definitions, so that a process knows by one number whether what it remembers is so.
create table attribute_version (version integer not null);
insert into attribute_version values (0);

create function count_attribute_change() returns trigger language plpgsql as $$
begin
  update attribute_version set version = version + 1;
  return null;
end $$;
create trigger attributes_change after insert or update or delete on attributes
  for each statement execute function count_attribute_change();

-- Values by the number of their attribute, as they were given: {"7": "A-113", "9": ["red", "blue"]}.
alter table users add column custom jsonb not null default '{}';

create table user_attribute_keys (
  user_id uuid not null references users on delete cascade,
  -- No foreign key: each new value would lock the row of its definition. The trigger below looks at it.
  attribute integer not null,
  place integer not null,
  -- One of these, by the type. Texts are in small letters, but for references, in the order of code points.
  text_key text collate "C",
  number_key numeric,
  time_key timestamptz,
  boolean_key boolean,
  -- Set while the attribute is unique.
  unique_key text collate "C",
  primary key (user_id, attribute, place)
);
create unique index user_attribute_keys_unique on user_attribute_keys (attribute, unique_key)
  where unique_key is not null;
create index user_attribute_keys_text on user_attribute_keys (attribute, text_key, user_id) where text_key is not null;
create index user_attribute_keys_number on user_attribute_keys (attribute, number_key, user_id)
  where number_key is not null;
create index user_attribute_keys_time on user_attribute_keys (attribute, time_key, user_id) where time_key is not null;
create index user_attribute_keys_boolean on user_attribute_keys (attribute, boolean_key, user_id)
  where boolean_key is not null;

-- The text that a unique value is told apart by: 1 and 1.0 are one number.
create function attribute_unique_key(text_key text, number_key numeric, time_key timestamptz) returns text
  language sql immutable parallel safe
  return coalesce(text_key, trim_scale(number_key)::text, extract(epoch from time_key)::text);

-- Keeps the keys of a user in step with the values, whichever statement writes them. A value that does not fit its
-- definition is refused: the one who wrote it knew another definition than the one that holds now.
create function index_custom() returns trigger language plpgsql as $$
declare
  was jsonb := '{}';
begin
  if tg_op = 'UPDATE' then
    was := old.custom;
  end if;
  -- Whoever changes a definition takes this lock alone, and so waits for those who write values by it.
  perform pg_advisory_xact_lock_shared(7426194);
  if exists (
    select 1 from jsonb_each(new.custom) given
      left join attributes a on a.number = given.key::integer and a.deleted_at is null
      left join lateral jsonb_array_elements(
        case when jsonb_typeof(given.value) = 'array' then given.value else jsonb_build_array(given.value) end) item on true
    where given.value is distinct from was -> given.key
      and (a.number is null
        or a.is_multi_valued <> (jsonb_typeof(given.value) = 'array')
        or jsonb_typeof(item.value) is distinct from
          case a.type when 'boolean' then 'boolean' when 'integer' then 'number' when 'decimal' then 'number'
            else 'string' end)
  ) then
    raise exception 'a value does not fit its definition' using errcode = 'GH001';
  end if;
  delete from user_attribute_keys k
    where k.user_id = new.id and was -> k.attribute::text is distinct from new.custom -> k.attribute::text;
  insert into user_attribute_keys
      (user_id, attribute, place, text_key, number_key, time_key, boolean_key, unique_key)
    select new.id, number, place, text_key, number_key, time_key, boolean_key,
      -- A user who has two values with one key does not stand in their own way.
      case when is_unique and row_number() over (partition by number, same order by place) = 1 then same end
    from (
      select *, attribute_unique_key(text_key, number_key, time_key) as same
      from (
        select a.number, a.is_unique, item.place - 1 as place,
          case a.type when 'string' then lower(item.text) when 'reference' then item.text end as text_key,
          case when a.type in ('integer', 'decimal') then item.text::numeric end as number_key,
          -- No more than microseconds are kept, cut as the comparisons of SCIM cut them; without a zone it is UTC.
          case a.type when 'dateTime' then (regexp_replace(upper(item.text), '(\.\d{6})\d+', '\1')
            || case when upper(item.text) ~ '(Z|[+-]\d\d:\d\d)$' then '' else 'Z' end)::timestamptz end as time_key,
          case a.type when 'boolean' then item.text::boolean end as boolean_key
        from jsonb_each(new.custom) given
          join attributes a on a.number = given.key::integer
          cross join lateral (
            select value #>> '{}' as text, place from jsonb_array_elements(
              case when a.is_multi_valued then given.value else jsonb_build_array(given.value) end)
              with ordinality as one (value, place)) item
        where given.value is distinct from was -> given.key
      ) typed
    ) keyed
    -- In one order, so that two who bring the same values wait for each other and not in a ring.
    order by number, place;
  return null;
end $$;
create trigger users_custom_made after insert on users for each row
  when (new.custom <> '{}') execute function index_custom();
create trigger users_custom_changed after update of custom on users for each row
  when (old.custom is distinct from new.custom) execute function index_custom();
