import { Binds, cutPage, keyset, readCursor } from "../keyset.ts";
import type { Page } from "../keyset.ts";
import type { Queryable } from "../queryable.ts";

/** An app that took part in a session, and wants to hear of its end. */
export interface AppToTell {
  appId: string;
  userId: string;
  /** The session as the app knows it. */
  sid: string;
}

/**
 * The CTE `told`: for each session of the CTE `ended (id, user_id)`, the apps with a back channel that took part in it,
 * as objects of `AppToTell`. What the session's record says counts as it was before the statement.
 * Uses oidc_records_session and apps_client_id_key.
 */
export const toldOfEnded = `told as (
  select distinct a.id as "appId", e.user_id as "userId", part.value ->> 'sid' as sid
  from ended e
  join oidc_records r on r.session_uid = e.id and r.model = 'Session'
  cross join lateral jsonb_each(coalesce(r.payload -> 'authorizations', '{}')) part (client_id, value)
  join apps a on a.client_id = part.client_id and a.backchannel_logout_uri is not null
  where part.value ? 'sid'
)`;

/** The list that the CTE `told` makes, as one value. */
export const toldList = `coalesce((select json_agg(told) from told), '[]') as told`;

/** Notes that apps are to be told. */
export async function insertLogoutNotices(
  to: Queryable,
  notices: readonly (AppToTell & { id: string })[],
  reason: string,
  now: Date,
): Promise<void> {
  await to.run(
    `insert into logout_notices (id, app_id, user_id, sid, reason, created_at)
     select n.id, n."appId", n."userId", n.sid, $2, $3
     from jsonb_to_recordset($1::jsonb) as n (id uuid, "appId" uuid, "userId" uuid, sid text)`,
    [JSON.stringify(notices), reason, now],
  );
}

export interface LogoutNoticeRow {
  id: string;
  user_id: string;
  user_name: string;
  reason: string;
  state: "waiting" | "delivered" | "failed";
  attempts: number;
  last_error: string | null;
  created_at: Date;
  done_at: Date | null;
}

/** What is to be sent, with whom it is about and where to. Uses logout_notices_pkey. */
export async function selectLogoutNotice(from: Queryable, id: string) {
  return await from.row<LogoutNoticeRow & { sid: string; app_id: string; app_name: string; client_id: string }>(
    `select n.id, n.user_id, u.display_name as user_name, n.reason, n.state, n.attempts, n.last_error, n.created_at,
       n.done_at, n.sid, n.app_id, a.name as app_name, a.client_id
     from logout_notices n join users u on u.id = n.user_id join apps a on a.id = n.app_id where n.id = $1`,
    [id],
  );
}

/** Notes how a try went. Uses logout_notices_pkey. */
export async function saveLogoutNotice(
  to: Queryable,
  id: string,
  tried: { state: LogoutNoticeRow["state"]; error: string | null; now: Date },
): Promise<void> {
  await to.run(
    `update logout_notices set state = $2, attempts = attempts + 1, last_error = $3,
       done_at = case when $2 = 'waiting' then null else $4::timestamptz end
     where id = $1`,
    [id, tried.state, tried.error, tried.now],
  );
}

/** One page of what an app was told, newest first. Uses logout_notices_app. */
export async function selectLogoutNoticePage(
  from: Queryable,
  appId: string,
  page: { cursor?: string | undefined; limit: number },
): Promise<Page<LogoutNoticeRow>> {
  const of = `logouts.${appId}`;
  const cursor = page.cursor === undefined ? undefined : readCursor(page.cursor, of);
  const binds = new Binds();
  const app = binds.bind(appId);
  const { where, orderBy } = keyset({ expression: "n.id", type: "uuid" }, "n.id", "desc", cursor, binds);
  const rows = await from.rows<LogoutNoticeRow>(
    `select n.id, n.user_id, u.display_name as user_name, n.reason, n.state, n.attempts, n.last_error, n.created_at,
       n.done_at
     from logout_notices n join users u on u.id = n.user_id
     where n.app_id = ${app} and ${where} order by ${orderBy} limit ${binds.bind(page.limit + 1)}`,
    binds.values,
  );
  return cutPage(rows, page.limit, cursor, of, (row) => ({ value: row.id, id: row.id }));
}

/** How many of them there are, counted no further than `most` + 1. Uses logout_notices_app. */
export async function countLogoutNotices(from: Queryable, appId: string, most: number): Promise<number> {
  const row = await from.row<{ count: number }>(
    "select count(*)::int as count from (select 1 from logout_notices where app_id = $1 limit $2) n",
    [appId, most + 1],
  );
  return row?.count ?? 0;
}
