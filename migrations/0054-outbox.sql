-- The outbox is searched by a part of the address, and by the kind of mail.
create index mails_recipient on mails using gin (lower(recipient) gin_trgm_ops);
create index mails_template on mails (template, id desc);
