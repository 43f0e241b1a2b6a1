import type { Queryable } from "../queryable.ts";
import { Binds, cutPage, keyset, partPattern, readCursor } from "../keyset.ts";
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

/** What narrows the outbox. */
export interface MailFilter {
  state?: string | undefined;
  /** The kind of mail. */
  template?: string | undefined;
  /** A part of the address. */
  q?: string | undefined;
}

/**
 * One page of the outbox, newest first. Uses mails_order; mails_state for one state, mails_template for one kind,
 * mails_recipient for a part of an address.
 */
export async function selectMailPage(
  from: Queryable,
  filter: MailFilter,
  page: { cursor?: string | undefined; limit: number },
): Promise<Page<MailListRow>> {
  const of = `mails.${filter.state ?? ""}`;
  const cursor = page.cursor === undefined ? undefined : readCursor(page.cursor, of);
  const binds = new Binds();
  const conditions = mailConditions(filter, binds);
  const { where, orderBy } = keyset({ expression: "m.id", type: "uuid" }, "m.id", "desc", cursor, binds);
  const rows = await from.rows<MailListRow>(
    `select ${columns} from mails m left join users u on u.id = m.user_id
     where ${[...conditions, where].join(" and ")} order by ${orderBy} limit ${binds.bind(page.limit + 1)}`,
    binds.values,
  );
  return cutPage(rows, page.limit, cursor, of, (row) => ({ value: row.id, id: row.id }));
}

/** How many mails match, counted no further than `most` + 1. Uses the same indexes. */
export async function countMails(from: Queryable, filter: MailFilter, most: number): Promise<number> {
  const binds = new Binds();
  const conditions = ["true", ...mailConditions(filter, binds)].join(" and ");
  const row = await from.row<{ count: number }>(
    `select count(*)::int as count from (select 1 from mails m where ${conditions} limit ${binds.bind(most + 1)}) m`,
    binds.values,
  );
  return row?.count ?? 0;
}

/**
 * Lets mails wait to be sent again, as many as may be at once: those that lie in a state since before a time and still
 * have what they say.
 *
 * @returns their ids
 */
export async function takeMailsAgain(
  to: Queryable,
  filter: MailFilter & { state: "failed" | "kept" },
  asked: { before: Date; limit: number },
): Promise<string[]> {
  const binds = new Binds();
  const conditions = mailConditions(filter, binds);
  const rows = await to.rows<{ id: string }>(
    `update mails set state = 'waiting' where id in (
       select m.id from mails m
       where ${conditions.join(" and ")} and m.sealed is not null and m.created_at <= ${binds.bind(asked.before)}
       order by m.id limit ${binds.bind(asked.limit)} for update skip locked)
     returning id`,
    binds.values,
  );
  return rows.map((row) => row.id);
}

function mailConditions({ state, template, q }: MailFilter, binds: Binds): string[] {
  const conditions: string[] = [];
  if (state !== undefined) conditions.push(`m.state = ${binds.bind(state)}`);
  if (template !== undefined) conditions.push(`m.template = ${binds.bind(template)}`);
  if (q !== undefined && q.trim() !== "")
    conditions.push(`lower(m.recipient) like ${binds.bind(partPattern(q.trim()))}`);
  return conditions;
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
