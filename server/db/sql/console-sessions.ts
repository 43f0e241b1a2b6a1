import type { Queryable } from "../queryable.ts";

export interface ConsoleLimits {
  now: Date;
  /** Longest life of a console session, in seconds. */
  absoluteSeconds: number;
  /** Longest time without a request, in seconds. */
  idleSeconds: number;
}

export interface ConsoleUserRow {
  user_id: string;
  display_name: string;
  permissions: string[];
  /** The sign-in behind it, when it was last used over a minute ago. */
  stale_session_id: string | null;
}

/**
 * Who is signed in to the console: the token's session goes on, so does the sign-in behind it, and the user is active.
 * Using it moves its end, at most once a minute.
 * Uses console_sessions_hash_key, sessions_pkey, users_pkey, roles_pkey.
 */
export async function useConsoleSession(
  to: Queryable,
  hash: Buffer,
  { now, absoluteSeconds, idleSeconds }: ConsoleLimits,
): Promise<ConsoleUserRow | undefined> {
  return await to.row<ConsoleUserRow>(
    `with live as (
       select c.id, c.user_id, c.expires_at, u.display_name, r.permissions,
         case when s.last_active_at < $2::timestamptz - interval '1 minute' then s.id end as stale_session_id,
         least(c.created_at + make_interval(secs => $3), $2::timestamptz + make_interval(secs => $4)) as until
       from console_sessions c
       join sessions s on s.id = c.session_id and s.user_id = c.user_id
       join users u on u.id = c.user_id
       join roles r on r.id = u.role_id
       where c.hash = $1 and c.expires_at > $2 and s.ended_at is null and s.expires_at > $2 and u.status = 'active'
     ), moved as (
       update console_sessions c set expires_at = live.until from live
       where c.id = live.id and live.until > live.expires_at + interval '1 minute'
     )
     select user_id, display_name, permissions, stale_session_id from live`,
    [hash, now, absoluteSeconds, idleSeconds],
  );
}

export interface NewConsoleSession {
  id: string;
  hash: Buffer;
  userId: string;
  sessionId: string;
  now: Date;
  expiresAt: Date;
}

/**
 * Begins a session of the console, if the user is active and may do anything there at all.
 * Uses users_pkey, roles_pkey.
 *
 * @returns 0 when there is nothing there for the user
 */
export async function insertConsoleSession(to: Queryable, session: NewConsoleSession): Promise<number> {
  return await to.run(
    `insert into console_sessions (id, hash, user_id, session_id, created_at, expires_at)
     select $1, $2, u.id, $4, $5, $6 from users u join roles r on r.id = u.role_id
     where u.id = $3 and u.status = 'active' and r.permissions <> '{}'`,
    [session.id, session.hash, session.userId, session.sessionId, session.now, session.expiresAt],
  );
}

/** Ends a session of the console; answers the sign-in behind it. Uses console_sessions_hash_key. */
export async function deleteConsoleSession(to: Queryable, hash: Buffer): Promise<string | undefined> {
  const row = await to.row<{ session_id: string }>(
    "delete from console_sessions where hash = $1 returning session_id",
    [hash],
  );
  return row?.session_id;
}

/** The name under which somebody knows their account. Uses users_pkey. */
export async function selectAccountName(from: Queryable, userId: string): Promise<string> {
  const row = await from.row<{ name: string }>(
    "select coalesce(username, display_name) as name from users where id = $1",
    [userId],
  );
  return row?.name ?? "";
}
