import type { ConnectionId, UserId } from "../../kernel/ids.ts";
import { prepared } from "../queryable.ts";
import type { Queryable } from "../queryable.ts";

export interface ConnectionRow {
  id: ConnectionId;
  name: string;
  issuer: string;
  client_id: string;
  sealed_secret: Buffer | null;
  scopes: string;
  domains: string[];
  has_button: boolean;
  match: "none" | "email" | "username";
  creates_users: boolean;
  asks_factor: boolean;
  asks_protection: boolean;
  is_paused: boolean;
  created_at: Date;
  updated_at: Date;
}

// uses connection_domains_connection
const columns = `c.*, array(select d.domain from connection_domains d where d.connection_id = c.id order by d.domain) as domains`;

/** All connections by name; there are few. Uses connections_name_key. */
export async function selectConnections(from: Queryable): Promise<(ConnectionRow & { identity_count: number })[]> {
  // uses the primary key of identities
  return await from.rows(
    `select ${columns}, (select count(*)::int from identities i where i.connection_id = c.id) as identity_count
     from connections c order by lower(c.name)`,
  );
}

/** One connection. Uses connections_pkey. */
export async function selectConnection(
  from: Queryable,
  id: string,
  how: "read" | "lock" = "read",
): Promise<ConnectionRow | undefined> {
  return await from.row(`select ${columns} from connections c where c.id = $1${how === "lock" ? " for update" : ""}`, [
    id,
  ]);
}

const withButton = prepared("select id, name from connections where has_button and not is_paused order by lower(name)");

/** What the sign-in page offers, by name. */
export async function selectButtons(from: Queryable): Promise<{ id: ConnectionId; name: string }[]> {
  return await from.rows(withButton);
}

const ofDomain = prepared(
  `select c.id from connection_domains d join connections c on c.id = d.connection_id
     where d.domain = $1 and not c.is_paused`,
);

/** The connection of a domain of email addresses. Uses connection_domains_pkey. */
export async function selectConnectionOfDomain(from: Queryable, domain: string): Promise<ConnectionId | undefined> {
  const row = await from.row<{ id: ConnectionId }>(ofDomain, [domain]);
  return row?.id;
}

/** How many people a connection has. Uses the primary key of identities. */
export async function countIdentities(from: Queryable, id: ConnectionId): Promise<number> {
  const row = await from.row<{ count: number }>(
    "select count(*)::int as count from identities where connection_id = $1",
    [id],
  );
  return row?.count ?? 0;
}

/** Writes a connection, whether or not it is there. Uses connections_pkey. */
export async function putConnection(to: Queryable, row: ConnectionRow): Promise<void> {
  await to.run(
    `insert into connections (id, name, issuer, client_id, sealed_secret, scopes, has_button, match, creates_users,
       asks_factor, asks_protection, is_paused, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
     on conflict (id) do update set name = excluded.name, client_id = excluded.client_id,
       sealed_secret = excluded.sealed_secret, scopes = excluded.scopes, has_button = excluded.has_button,
       match = excluded.match, creates_users = excluded.creates_users, asks_factor = excluded.asks_factor,
       asks_protection = excluded.asks_protection, is_paused = excluded.is_paused, updated_at = excluded.updated_at`,
    [
      row.id,
      row.name,
      row.issuer,
      row.client_id,
      row.sealed_secret,
      row.scopes,
      row.has_button,
      row.match,
      row.creates_users,
      row.asks_factor,
      row.asks_protection,
      row.is_paused,
      row.created_at,
      row.updated_at,
    ],
  );
}

/** Says which domains a connection has. Uses connection_domains_connection. */
export async function putDomains(to: Queryable, id: ConnectionId, domains: readonly string[]): Promise<void> {
  await to.run("delete from connection_domains where connection_id = $1 and not domain = any($2::text[])", [
    id,
    domains,
  ]);
  await to.run(
    `insert into connection_domains (domain, connection_id)
     select wanted.name, $1 from unnest($2::text[]) as wanted (name)
     where not exists (select from connection_domains d where d.domain = wanted.name and d.connection_id = $1)`,
    [id, domains],
  );
}

/** Uses connections_pkey; what hangs on it goes with it. */
export async function deleteConnection(to: Queryable, id: ConnectionId): Promise<void> {
  await to.run("delete from connections where id = $1", [id]);
}

export interface IdentityRow {
  connection_id: ConnectionId;
  connection_name: string;
  subject: string;
  created_at: Date;
  last_used_at: Date | null;
}

/** What a user is called upstream. Uses identities_user_key. */
export async function selectIdentities(from: Queryable, userId: UserId): Promise<IdentityRow[]> {
  return await from.rows<IdentityRow>(
    `select i.connection_id, c.name as connection_name, i.subject, i.created_at, i.last_used_at
     from identities i join connections c on c.id = i.connection_id where i.user_id = $1 order by lower(c.name)`,
    [userId],
  );
}

/** Whose identity it is. Uses identities_pkey. */
export async function selectIdentityUser(
  from: Queryable,
  connectionId: ConnectionId,
  subject: string,
): Promise<UserId | undefined> {
  const row = await from.row<{ user_id: UserId }>(
    "select user_id from identities where connection_id = $1 and subject = $2",
    [connectionId, subject],
  );
  return row?.user_id;
}

/** Links an identity to a user. The indexes say when either is linked already. */
export async function insertIdentity(
  to: Queryable,
  identity: { connectionId: ConnectionId; subject: string; userId: UserId; now: Date },
): Promise<void> {
  await to.run("insert into identities (connection_id, subject, user_id, created_at) values ($1, $2, $3, $4)", [
    identity.connectionId,
    identity.subject,
    identity.userId,
    identity.now,
  ]);
}

/** Uses identities_pkey. */
export async function noteIdentityUse(
  to: Queryable,
  connectionId: ConnectionId,
  subject: string,
  now: Date,
): Promise<void> {
  await to.run("update identities set last_used_at = $3 where connection_id = $1 and subject = $2", [
    connectionId,
    subject,
    now,
  ]);
}

/** Uses identities_user_key. @returns the subject, or undefined when there was no link */
export async function deleteIdentity(
  to: Queryable,
  userId: UserId,
  connectionId: ConnectionId,
): Promise<string | undefined> {
  const row = await to.row<{ subject: string }>(
    "delete from identities where user_id = $1 and connection_id = $2 returning subject",
    [userId, connectionId],
  );
  return row?.subject;
}

/** The accounts with an email as their primary one, two at most. Uses users_email. */
export async function selectUsersByEmail(from: Queryable, email: string): Promise<UserId[]> {
  const rows = await from.rows<{ id: UserId }>(
    "select id from users where lower(email) = lower($1) and deleted_at is null limit 2",
    [email],
  );
  return rows.map((row) => row.id);
}

export interface UpstreamAttemptRow {
  connection_id: ConnectionId;
  browser: string;
  sealed: Buffer;
}

export async function insertUpstreamAttempt(
  to: Queryable,
  attempt: { id: Buffer; connectionId: ConnectionId; browser: string; sealed: Buffer; expiresAt: Date },
): Promise<void> {
  await to.run(
    "insert into upstream_attempts (id, connection_id, browser, sealed, expires_at) values ($1, $2, $3, $4, $5)",
    [attempt.id, attempt.connectionId, attempt.browser, attempt.sealed, attempt.expiresAt],
  );
}

/** Takes what was begun: of any number of answers with one state one gets it. Uses upstream_attempts_pkey. */
export async function takeUpstreamAttempt(
  from: Queryable,
  id: Buffer,
  browser: string,
  now: Date,
): Promise<UpstreamAttemptRow | undefined> {
  return await from.row<UpstreamAttemptRow>(
    `delete from upstream_attempts where id = $1 and browser = $2 and expires_at > $3
     returning connection_id, browser, sealed`,
    [id, browser, now],
  );
}

/** Notes where a session began. Uses upstream_sessions_pkey. */
export async function noteUpstreamSession(
  to: Queryable,
  session: { id: string; connectionId: string; subject: string; sid: string | null },
): Promise<void> {
  await to.run(
    `insert into upstream_sessions (session_id, connection_id, subject, sid) values ($1, $2, $3, $4)
     on conflict (session_id) do update set connection_id = excluded.connection_id, subject = excluded.subject,
       sid = excluded.sid`,
    [session.id, session.connectionId, session.subject, session.sid],
  );
}

/** Where a session began, when it was upstream. Uses upstream_sessions_pkey. */
export async function selectUpstreamOf(from: Queryable, sessionId: string): Promise<ConnectionId | undefined> {
  const row = await from.row<{ connection_id: ConnectionId }>(
    "select connection_id from upstream_sessions where session_id = $1",
    [sessionId],
  );
  return row?.connection_id;
}

/** The live sessions that began upstream, by the person there and the session there. Uses upstream_sessions_subject. */
export async function selectUpstreamSessions(
  from: Queryable,
  which: { connectionId: ConnectionId; subject?: string | undefined; sid?: string | undefined },
): Promise<{ id: string; user_id: UserId }[]> {
  return await from.rows(
    `select s.id, s.user_id from upstream_sessions u join sessions s on s.id = u.session_id
     where u.connection_id = $1 and ($2::text is null or u.subject = $2) and ($3::text is null or u.sid = $3)
       and s.ended_at is null order by s.id`,
    [which.connectionId, which.subject ?? null, which.sid ?? null],
  );
}

/** Takes a logout token's name: false when it was taken before. Uses upstream_logouts_pkey. */
export async function takeLogoutToken(
  to: Queryable,
  token: { connectionId: ConnectionId; jti: string; expiresAt: Date },
): Promise<boolean> {
  const added = await to.run(
    `insert into upstream_logouts (connection_id, jti, expires_at) values ($1, $2, $3)
     on conflict (connection_id, jti) do nothing`,
    [token.connectionId, token.jti, token.expiresAt],
  );
  return added === 1;
}
