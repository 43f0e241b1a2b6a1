-- What administrators write about an account, for each other (U6).
create table user_comments (
  id uuid primary key,
  user_id uuid not null references users on delete cascade,
  author_kind text not null,
  -- Null for the command line.
  author_id text,
  author_name text not null,
  text text not null,
  created_at timestamptz not null
);
create index user_comments_user on user_comments (user_id, id desc);

-- Views of the user list that an administrator keeps (U2): the address, and nothing more.
create table user_views (
  id uuid primary key,
  user_id uuid not null references users on delete cascade,
  name text not null,
  -- What stands behind the question mark: filters, order, columns.
  query text not null,
  created_at timestamptz not null
);
create unique index user_views_name_key on user_views (user_id, lower(name));

-- The list in the order of emails, by the index that people are found by: nobody's comes last, as in other lists.
drop index users_email;
create index users_email on users (lower(email) desc nulls last, id desc) where deleted_at is null;
-- And in the order of how often people signed in.
create index users_sign_ins on users (sign_in_count desc, id desc) where deleted_at is null;
