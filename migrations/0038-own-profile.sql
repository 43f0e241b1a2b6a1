-- When the person last changed their own username: the next change waits for the days of a setting (U7).
alter table users add column username_changed_at timestamptz;
