import type { UserId } from "../../kernel/ids.ts";
import type { Queryable } from "../queryable.ts";

export interface SessionRow {
  id: string;
  started_at: Date;
  last_active_at: Date;
  address: string | null;
  user_agent: string | null;
  device_id: string | null;
}

/** Sessions of a user that are not over, the latest first. Uses sessions_user. */
export async function selectSessions(from: Queryable, userId: UserId, now: Date): Promise<SessionRow[]> {
  return await from.rows<SessionRow>(
    `select id, started_at, last_active_at, host(address) as address, user_agent, device_id from sessions
     where user_id = $1 and ended_at is null and expires_at > $2 order by last_active_at desc, id limit 200`,
    [userId, now],
  );
}

/** Marks all sessions of a user as ended. Uses sessions_user. */
export async function endSessionsOfUser(
  to: Queryable,
  userId: UserId,
  reason: string,
  now: Date,
  except: string | null,
) {
  return await to.rows<{ id: string; display_name: string }>(
    `update sessions s set ended_at = $3, end_reason = $2 from users u
     where s.user_id = $1 and s.ended_at is null and s.id is distinct from $4 and u.id = s.user_id
     returning s.id, u.display_name`,
    [userId, reason, now, except],
  );
}

/**
 * Marks one session as ended and deletes what hangs on it: codes, refresh and access tokens, the grants behind them.
 * Uses sessions_pkey and oidc_records_session.
 */
export async function endSession(to: Queryable, userId: UserId, sessionId: string, reason: string, now: Date) {
  return await to.row<{ id: string; display_name: string }>(
    `with ended as (
       update sessions set ended_at = $4, end_reason = $3 where id = $2 and user_id = $1 and ended_at is null returning id
     ), gone as (
       delete from oidc_records where session_uid = $2 and account_id = $1
     )
     select e.id, u.display_name from ended e join users u on u.id = $1`,
    [userId, sessionId, reason, now],
  );
}

/**
 * Marks the sessions of a device as ended and deletes what came from any session that it had: codes, refresh and access
 * tokens, the grants behind them. Uses sessions_device and oidc_records_session.
 *
 * @returns how many sessions ended
 */
export async function endSessionsOfDevice(to: Queryable, userId: UserId, deviceId: string, reason: string, now: Date) {
  const row = await to.row<{ count: number }>(
    `with ended as (
       update sessions set ended_at = $4, end_reason = $3 where device_id = $2 and ended_at is null returning id
     ), gone as (
       delete from oidc_records where account_id = $1 and session_uid in (select id from sessions where device_id = $2)
     )
     select count(*)::int as count from ended`,
    [userId, deviceId, reason, now],
  );
  return row?.count ?? 0;
}

/**
 * Deletes everything that the provider holds for a user: sessions, grants, codes, tokens; except what belongs to one
 * session that goes on. Uses oidc_records_account.
 */
export async function deleteGrants(to: Queryable, userId: UserId, exceptSession: string | null): Promise<number> {
  return await to.run(
    `delete from oidc_records where account_id = $1
       and ($2::text is null or (session_uid is distinct from $2 and uid is distinct from $2 and model <> 'Grant'))`,
    [userId, exceptSession],
  );
}
