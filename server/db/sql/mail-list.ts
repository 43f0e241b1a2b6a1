import type { Queryable } from "../queryable.ts";
import { Binds, cutPage, keyset, readCursor } from "../keyset.ts";
import type { Page } from "../keyset.ts";

export interface MailListRow {
  id: string;
  user_id: string | null;
  user_name: string | null;
  recipient: string;
  template: string;
  locale: string;
  subject: string;
  state: "waiting" | "sent" | "failed" | "kept";
  attempts: number;
  last_error: string | null;
  created_at: Date;
  sent_at: Date | null;
}

const columns = `m.id, m.user_id, u.display_name as user_name, m.recipient, m.template, m.locale, m.subject, m.state,
  m.attempts, m.last_error, m.created_at, m.sent_at`;

/** One page of the outbox, newest first. Uses mails_order; mails_state for one state. */
export async function selectMailPage(
  from: Queryable,
  page: { cursor?: string | undefined; limit: number; state?: string | undefined },
): Promise<Page<MailListRow>> {
  const of = `mails.${page.state ?? ""}`;
  const cursor = page.cursor === undefined ? undefined : readCursor(page.cursor, of);
  const binds = new Binds();
  const state = page.state === undefined ? "true" : `m.state = ${binds.bind(page.state)}`;
  const { where, orderBy } = keyset({ expression: "m.id", type: "uuid" }, "m.id", "desc", cursor, binds);
  const rows = await from.rows<MailListRow>(
    `select ${columns} from mails m left join users u on u.id = m.user_id
     where ${state} and ${where} order by ${orderBy} limit ${binds.bind(page.limit + 1)}`,
    binds.values,
  );
  return cutPage(rows, page.limit, cursor, of, (row) => ({ value: row.id, id: row.id }));
}

/** How many mails are in a state (or at all), counted no further than `most` + 1. Uses mails_state. */
export async function countMails(from: Queryable, state: string | undefined, most: number): Promise<number> {
  const row = await from.row<{ count: number }>(
    "select count(*)::int as count from (select 1 from mails where $1::text is null or state = $1 limit $2) m",
    [state ?? null, most + 1],
  );
  return row?.count ?? 0;
}

/** One mail with its sealed content and what the role of its recipient allows. Uses mails_pkey. */
export async function selectMail(
  from: Queryable,
  id: string,
): Promise<(MailListRow & { sealed: Buffer | null; user_permissions: string[] }) | undefined> {
  return await from.row(
    `select ${columns}, m.sealed, coalesce(r.permissions, '{}') as user_permissions
     from mails m left join users u on u.id = m.user_id left join roles r on r.id = u.role_id where m.id = $1`,
    [id],
  );
}
