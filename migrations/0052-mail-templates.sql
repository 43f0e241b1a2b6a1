-- What organizations say in their mails in place of what comes with the house. A part that is null is the default's.
create table mail_templates (
  name text not null,
  locale text not null,
  subject text,
  text text,
  html text,
  version integer not null default 1,
  updated_at timestamptz not null,
  -- When it last could not be used for a mail, which then went out as the house writes it.
  failed_at timestamptz,
  failed_reason text,
  primary key (name, locale),
  check (num_nonnulls(subject, text, html) > 0)
);
