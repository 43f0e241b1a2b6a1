import type { Queryable } from "../queryable.ts";

/** What an organization changed of a template; null is the default's. */
export interface MailTemplateRow {
  name: string;
  locale: string;
  subject: string | null;
  text: string | null;
  html: string | null;
  version: number;
  updated_at: Date;
  failed_at: Date | null;
  failed_reason: string | null;
}

const columns = "name, locale, subject, text, html, version, updated_at, failed_at, failed_reason";

/** All that were changed; there are a few dozen at most. */
export async function selectMailTemplates(from: Queryable): Promise<MailTemplateRow[]> {
  return await from.rows(`select ${columns} from mail_templates`);
}

/** One of them. Uses mail_templates_pkey. */
export async function selectMailTemplate(
  from: Queryable,
  name: string,
  locale: string,
): Promise<MailTemplateRow | undefined> {
  return await from.row(`select ${columns} from mail_templates where name = $1 and locale = $2`, [name, locale]);
}

/**
 * Keeps the parts that differ from the default.
 *
 * @param seen the version that was changed; 0 where there was none
 * @returns false when somebody else was quicker
 */
export async function saveMailTemplate(
  to: Queryable,
  template: Pick<MailTemplateRow, "name" | "locale" | "subject" | "text" | "html">,
  seen: number,
  now: Date,
): Promise<boolean> {
  const { name, locale, subject, text, html } = template;
  const saved = await to.run(
    `insert into mail_templates as t (name, locale, subject, text, html, version, updated_at)
     select $1::text, $2::text, $3::text, $4::text, $5::text, 1, $7::timestamptz
     where $6::int = 0 or exists (select 1 from mail_templates where name = $1 and locale = $2)
     on conflict (name, locale) do update
       set subject = excluded.subject, text = excluded.text, html = excluded.html, version = t.version + 1,
         updated_at = excluded.updated_at, failed_at = null, failed_reason = null
       where t.version = $6`,
    [name, locale, subject, text, html, seen, now],
  );
  return saved === 1;
}

/** Goes back to the default. @returns false when it was that already */
export async function deleteMailTemplate(to: Queryable, name: string, locale: string): Promise<boolean> {
  return (await to.run("delete from mail_templates where name = $1 and locale = $2", [name, locale])) === 1;
}

/**
 * Notes that a template could not be used.
 *
 * @returns whether it is the first time since `since`, so that one broken template does not fill the log
 */
export async function noteMailTemplateFailure(
  to: Queryable,
  failed: { name: string; locale: string; reason: string; now: Date; since: Date },
): Promise<boolean> {
  const noted = await to.run(
    `update mail_templates set failed_at = $3, failed_reason = $4
     where name = $1 and locale = $2 and (failed_at is null or failed_at < $5)`,
    [failed.name, failed.locale, failed.now, failed.reason, failed.since],
  );
  return noted === 1;
}
