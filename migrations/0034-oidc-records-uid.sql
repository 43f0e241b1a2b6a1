-- Nothing wrote this column, and nothing reads it: sessions are found by session_uid.
drop index oidc_records_uid;
alter table oidc_records drop column uid;
