import type { DeviceId, UserId } from "../../kernel/ids.ts";
import { prepared } from "../queryable.ts";
import type { Queryable } from "../queryable.ts";
import { toldList, toldOfEnded } from "./logout-notices.ts";
import type { AppToTell } from "./logout-notices.ts";

export interface SessionRow {
  id: string;
  started_at: Date;
  last_active_at: Date;
  expires_at: Date;
  address: string | null;
  user_agent: string | null;
  device_id: DeviceId | null;
  /** The apps that it was used for, by name; the own account pages are none. */
  apps: { id: string; name: string }[];
}

/**
 * Sessions of a user that are not over, the latest first.
 * Uses sessions_user, and for each session oidc_records_session and apps_client_id_key.
 */
export async function selectSessions(from: Queryable, userId: UserId, now: Date): Promise<SessionRow[]> {
  return await from.rows<SessionRow>(
    `select s.id, s.started_at, s.last_active_at, s.expires_at, host(s.address) as address, s.user_agent, s.device_id,
       coalesce((select json_agg(json_build_object('id', p.id, 'name', p.name) order by lower(p.name)) from apps p
         where p.client_id <> 'gatehouse-account' and p.client_id in (
           select g.client_id from oidc_records g where g.session_uid = s.id and g.model = 'Grant')), '[]') as apps
     from sessions s
     where s.user_id = $1 and s.ended_at is null and s.expires_at > $2 order by s.last_active_at desc, s.id limit 200`,
    [userId, now],
  );
}

/** Sessions that ended, and the apps that are to be told. */
export interface EndedSessions {
  count: number;
  told: AppToTell[];
}

const ending = prepared(
  `with ended as (
     update sessions set ended_at = $3, end_reason = $2
     where user_id = $1 and ended_at is null and id is distinct from $4
     returning id, user_id
   ), ${toldOfEnded}
   select (select count(*)::int from ended) as count, ${toldList},
     (select display_name from users where id = $1) as "displayName"`,
);

/** Marks all sessions of a user as ended. Uses sessions_user. */
export async function endSessionsOfUser(
  to: Queryable,
  userId: UserId,
  reason: string,
  now: Date,
  except: string | null,
): Promise<EndedSessions & { displayName: string | null }> {
  const row = await to.row<EndedSessions & { displayName: string | null }>(ending, [userId, reason, now, except]);
  return row ?? { count: 0, told: [], displayName: null };
}

/**
 * Marks one session as ended and deletes what hangs on it: codes, refresh and access tokens, the grants behind them.
 * Uses sessions_pkey and oidc_records_session.
 */
export async function endSession(to: Queryable, userId: UserId, sessionId: string, reason: string, now: Date) {
  return await to.row<{ id: string; display_name: string; told: AppToTell[] }>(
    `with ended as (
       update sessions set ended_at = $4, end_reason = $3 where id = $2 and user_id = $1 and ended_at is null
       returning id, user_id
     ), ${toldOfEnded}, gone as (
       delete from oidc_records where session_uid = $2 and account_id = $1
     )
     select e.id, u.display_name, ${toldList} from ended e join users u on u.id = $1`,
    [userId, sessionId, reason, now],
  );
}

/**
 * Marks the sessions of a device as ended and deletes what came from any session that it had: codes, refresh and access
 * tokens, the grants behind them. Uses sessions_device and oidc_records_session.
 */
export async function endSessionsOfDevice(
  to: Queryable,
  userId: UserId,
  deviceId: string,
  reason: string,
  now: Date,
): Promise<EndedSessions> {
  const row = await to.row<EndedSessions>(
    `with ended as (
       update sessions set ended_at = $4, end_reason = $3 where device_id = $2 and ended_at is null
       returning id, user_id
     ), ${toldOfEnded}, gone as (
       delete from oidc_records where account_id = $1 and session_uid in (select id from sessions where device_id = $2)
     )
     select (select count(*)::int from ended) as count, ${toldList}`,
    [userId, deviceId, reason, now],
  );
  return row ?? { count: 0, told: [] };
}

const deletingGrants = prepared(
  `delete from oidc_records where account_id = $1
     and ($2::text is null or (session_uid is distinct from $2 and model <> 'Grant'))`,
);

/**
 * Deletes everything that the provider holds for a user: sessions, grants, codes, tokens; except what belongs to one
 * session that goes on. Uses oidc_records_account.
 */
export async function deleteGrants(to: Queryable, userId: UserId, exceptSession: string | null): Promise<number> {
  return await to.run(deletingGrants, [userId, exceptSession]);
}

const moving = prepared(
  `with used as (
       update sessions set last_active_at = $2, expires_at = least(
         coalesce(authenticated_at, started_at) + make_interval(secs => $4), $2::timestamptz + make_interval(secs => $3))
       where id = $1 and ended_at is null and expires_at > $2 and last_active_at < $2::timestamptz - interval '1 minute'
       returning id, expires_at
     )
     update oidc_records r set expires_at = used.expires_at from used where r.model = 'Session' and r.session_uid = used.id`,
);

/**
 * Moves the end of a session that is used, together with its record's; at most once a minute, and never of one that is
 * over. Uses sessions_pkey and oidc_records_session.
 */
export async function moveSessionEnd(
  to: Queryable,
  sessionId: string,
  now: Date,
  { idleSeconds, absoluteSeconds }: { idleSeconds: number; absoluteSeconds: number },
): Promise<void> {
  await to.run(moving, [sessionId, now, idleSeconds, absoluteSeconds]);
}

/**
 * Brings forward the end of sessions that live longer than is allowed since a moment ago, a batch at a time.
 * Reads every session that is not over: it happens when a lifetime is changed.
 *
 * @returns how many were changed
 */
export async function shortenSessions(
  to: Queryable,
  now: Date,
  { idleSeconds, absoluteSeconds }: { idleSeconds: number; absoluteSeconds: number },
  batch: number,
): Promise<number> {
  return await to.run(
    `update sessions s set expires_at = late.until from (
       select id, until from sessions, lateral (select least(
         coalesce(authenticated_at, started_at) + make_interval(secs => $3), last_active_at + make_interval(secs => $2)) as until) ends
       where ended_at is null and expires_at > $1 and expires_at > until limit $4 for update of sessions skip locked
     ) late where s.id = late.id`,
    [now, idleSeconds, absoluteSeconds, batch],
  );
}
