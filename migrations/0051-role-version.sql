-- So that a stale edit of a role is told, not lost.
alter table roles add column version bigint not null default 1;
