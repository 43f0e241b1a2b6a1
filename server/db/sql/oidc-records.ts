import type { Queryable } from "../queryable.ts";
import { mayUseApp } from "./app-access.ts";
import { toldList, toldOfEnded } from "./logout-notices.ts";
import type { AppToTell } from "./logout-notices.ts";

/** What the OpenID provider keeps of one artefact, beside its payload. Ids that bear rights are digests here. */
export interface OidcRecord {
  model: string;
  /** SHA-256 of the bearer value. */
  id: Buffer;
  grantId: string | null;
  /** SHA-256 of the grant's id: the id of the record that must be there for this one to count. */
  grantDigest: Buffer | null;
  accountId: string | null;
  clientId: string | null;
  sessionUid: string | null;
  userCode: string | null;
  expiresAt: Date | null;
  payload: Record<string, unknown>;
}

export interface FoundRecord {
  payload: Record<string, unknown>;
  consumed_at: Date | null;
}

const columns = "model, id, grant_id, account_id, client_id, session_uid, user_code, expires_at, payload";

// A consumed row keeps its mark, and a save that lost a race changes nothing.
const update = `on conflict (model, id) do update set payload = excluded.payload, expires_at = excluded.expires_at
  where oidc_records.consumed_at is null`;

/** An account that may use the app of a record (S7, G4); the own account pages are open to a blocked one too. */
const mayUseApps = `u.deleted_at is null and u.disabled_at is null
  and (u.blocked_at is null or r.client_id = 'gatehouse-account')
  and (r.client_id is null
    or exists (select from apps a where a.client_id = r.client_id and ${mayUseApp("a", "u.id")}))`;

function binds(record: OidcRecord): unknown[] {
  return [
    record.model,
    record.id,
    record.grantId,
    record.accountId,
    record.clientId,
    record.sessionUid,
    record.userCode,
    record.expiresAt,
    JSON.stringify(record.payload),
  ];
}

/** Saves an artefact that hangs on no grant. Uses oidc_records_pkey. */
export async function saveRecord(to: Queryable, record: OidcRecord): Promise<number> {
  return await to.run(
    `insert into oidc_records (${columns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) ${update}`,
    binds(record),
  );
}

/**
 * Saves an artefact that is nothing but its name, unless it is there. Uses oidc_records_pkey.
 *
 * @returns 0 when it is
 */
export async function saveOnce(to: Queryable, model: string, id: Buffer, now: Date, expiresAt: Date): Promise<number> {
  return await to.run(
    `insert into oidc_records (model, id, expires_at, payload) values ($1, $2, $4, '{}')
     on conflict (model, id) do update set expires_at = excluded.expires_at where oidc_records.expires_at <= $3`,
    [model, id, now, expiresAt],
  );
}

/**
 * Saves a token of a grant, unless the grant is gone. The grant's row is held until the commit, so that a revocation
 * at the same moment comes either before, and nothing is saved, or after, and takes the token along.
 * Uses oidc_records_pkey twice.
 */
export async function saveRecordOfGrant(to: Queryable, record: OidcRecord): Promise<number> {
  return await to.run(
    `with held as (select 1 from oidc_records where model = 'Grant' and id = $10 for key share)
     insert into oidc_records (${columns})
     select $1, $2, $3, $4::uuid, $5, $6, $7, $8::timestamptz, $9::jsonb from held ${update}`,
    [...binds(record), record.grantDigest],
  );
}

/**
 * Saves an authorization code as `saveRecordOfGrant` does, and notes that the user uses the app.
 * Uses oidc_records_pkey twice, apps_client_id_key, app_uses_pkey.
 */
export async function saveCode(to: Queryable, record: OidcRecord, now: Date): Promise<number> {
  return await to.run(
    `with held as (select 1 from oidc_records where model = 'Grant' and id = $10 for key share),
     used as (
       insert into app_uses (user_id, app_id, first_at, last_at)
       select $4::uuid, a.id, $11::timestamptz, $11::timestamptz from held, apps a where a.client_id = $5 and not a.is_built_in
       on conflict (user_id, app_id) do update set last_at = greatest(app_uses.last_at, excluded.last_at)
     )
     insert into oidc_records (${columns})
     select $1, $2, $3, $4::uuid, $5, $6, $7, $8::timestamptz, $9::jsonb from held ${update}`,
    [...binds(record), record.grantDigest, now],
  );
}

/**
 * Saves a device code: new, taken up by somebody who signs in, approved, or refused. Each is a step that happens once: a
 * code that is approved or refused stays so, and of two people who take one up at the same time one does. An approved
 * one needs its grant, as in `saveRecordOfGrant`, and notes that the user uses the app.
 * Uses oidc_records_pkey twice, apps_client_id_key, app_uses_pkey.
 *
 * @returns 0 when it was somebody else's turn, or the grant is gone
 */
export async function saveDeviceCode(to: Queryable, record: OidcRecord, now: Date): Promise<number> {
  return await to.run(
    `with held as (select 1 from oidc_records where model = 'Grant' and id = $10 for key share),
     used as (
       insert into app_uses (user_id, app_id, first_at, last_at)
       select $4::uuid, a.id, $11::timestamptz, $11::timestamptz
       from held, apps a where a.client_id = $5 and $4::uuid is not null and not a.is_built_in
       on conflict (user_id, app_id) do update set last_at = greatest(app_uses.last_at, excluded.last_at)
     )
     insert into oidc_records (${columns})
     select $1, $2, $3, $4::uuid, $5, $6, $7, $8::timestamptz, $9::jsonb
     where $10::bytea is null or exists (select from held)
     on conflict (model, id) do update set payload = excluded.payload, grant_id = excluded.grant_id,
       account_id = excluded.account_id, session_uid = excluded.session_uid
       where oidc_records.consumed_at is null and oidc_records.account_id is null
         and oidc_records.payload ->> 'error' is null
         and (excluded.account_id is not null or excluded.payload ->> 'error' is not null
              or oidc_records.payload ->> 'inFlight' is null)`,
    [...binds(record), record.grantDigest, now],
  );
}

/** What the row of a signed-in browser says beside its record. */
export interface SessionFacts {
  /** When the person last proved who they are: the start of a new session, and later in one that goes on. */
  provenAt: Date;
  now: Date;
  amr: readonly string[];
  address: string | null;
  userAgent: string | null;
  /** The device that a sign-in was admitted from; null when the session goes on. */
  deviceId: string | null;
}

/**
 * Saves the session of a signed-in browser together with its row in `sessions`, unless that was ended or belongs to
 * somebody else. A new one needs a registered device of its user (S4): whatever path a sign-in took, it ends here. The
 * device is held until the commit, so that its removal comes either before, and there is no session, or after, and ends
 * the session; the user is held first, as in every change of devices.
 * Uses sessions_pkey, oidc_records_pkey, users_pkey, devices_pkey.
 *
 * @returns 0 when the session is over
 */
export async function saveSession(to: Queryable, record: OidcRecord, facts: SessionFacts): Promise<number> {
  return await to.run(
    `with held as (select id from users where id = $4::uuid and $15::uuid is not null for key share),
     device as (
       select d.id from held join devices d on d.user_id = held.id and d.id = $15::uuid where d.removed_at is null
       for share of d
     ), live as (
       insert into sessions
         (id, user_id, started_at, authenticated_at, last_active_at, expires_at, amr, address, user_agent, device_id)
       select $6, $4::uuid, $10::timestamptz, $10::timestamptz, $11::timestamptz, $8::timestamptz, $12::text[], $13::inet,
         $14, (select id from device)
       where exists (select from device)
         or ($15::uuid is null and exists (select from sessions where id = $6 and user_id = $4::uuid))
       on conflict (id) do update set last_active_at = excluded.last_active_at, expires_at = excluded.expires_at,
         authenticated_at = excluded.authenticated_at,
         amr = excluded.amr, address = coalesce(excluded.address, sessions.address),
         user_agent = coalesce(excluded.user_agent, sessions.user_agent),
         device_id = coalesce(excluded.device_id, sessions.device_id)
         where sessions.ended_at is null and sessions.user_id = excluded.user_id
       returning id
     )
     insert into oidc_records (${columns})
     select $1, $2, $3, $4::uuid, $5, $6, $7, $8::timestamptz, $9::jsonb from live ${update}`,
    [...binds(record), facts.provenAt, facts.now, facts.amr, facts.address, facts.userAgent, facts.deviceId],
  );
}

/**
 * Saves an interaction. `browser` is in the payload of its first save and stays there: later saves do not know it.
 * Uses oidc_records_pkey.
 */
export async function saveInteraction(to: Queryable, record: OidcRecord): Promise<number> {
  return await to.run(
    `insert into oidc_records (${columns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (model, id) do update set expires_at = excluded.expires_at,
       payload = excluded.payload || jsonb_build_object('browser', oidc_records.payload -> 'browser')`,
    binds(record),
  );
}

/**
 * Says of a record `r`, its user `u` and its session `s` that it has not expired, that its user (if it has one) may use
 * its app, that its grant (if it has one) is there, and that its session (if it lives only as long) goes on.
 *
 * @param now the bind that holds the time
 */
export function recordIsLive(now: string): string {
  return `(r.expires_at is null or r.expires_at > ${now})
       and (r.account_id is null or (u.id is not null and ${mayUseApps}))
       and (r.payload -> 'expiresWithSession' is distinct from 'true'::jsonb
            or (s.id is not null and s.ended_at is null and s.expires_at > ${now}))
       and (r.grant_id is null or exists (
         select from oidc_records g where g.model = 'Grant' and g.id = sha256(convert_to(r.grant_id, 'UTF8'))))`;
}

/**
 * An artefact that is live, as `recordIsLive` says.
 * Uses oidc_records_pkey twice, users_pkey, sessions_pkey, apps_client_id_key.
 */
export async function findRecord(from: Queryable, model: string, id: Buffer, now: Date) {
  return await from.row<FoundRecord>(
    `select r.payload, r.consumed_at from oidc_records r
     left join users u on u.id = r.account_id
     left join sessions s on s.id = r.session_uid
     where r.model = $1 and r.id = $2 and ${recordIsLive("$3")}`,
    [model, id, now],
  );
}

const liveSession = `select r.payload, r.consumed_at from oidc_records r
  left join users u on u.id = r.account_id
  left join sessions s on s.id = r.session_uid
  where r.model = 'Session' and r.expires_at > $2
    and (r.account_id is null or (s.user_id = r.account_id and s.ended_at is null and s.expires_at > $2
         and u.deleted_at is null and u.disabled_at is null))`;

/**
 * The session behind a cookie: of nobody, or of a user who is allowed in and whose session was not ended.
 * A blocked user has one, for the account pages. Uses oidc_records_pkey, users_pkey, sessions_pkey.
 */
export async function findSession(from: Queryable, id: Buffer, now: Date) {
  return await from.row<FoundRecord>(`${liveSession} and r.id = $1`, [id, now]);
}

/** As `findSession`, by the name that stays while cookies change; the latest cookie's. Uses oidc_records_session. */
export async function findSessionByUid(from: Queryable, uid: string, now: Date) {
  return await from.row<FoundRecord>(`${liveSession} and r.session_uid = $1 order by r.expires_at desc limit 1`, [
    uid,
    now,
  ]);
}

/** Uses oidc_records_user_code. */
export async function findRecordByUserCode(from: Queryable, model: string, userCode: string, now: Date) {
  return await from.row<FoundRecord>(
    `select payload, consumed_at from oidc_records where model = $1 and user_code = $2 and expires_at > $3`,
    [model, userCode, now],
  );
}

/**
 * Marks an artefact as used, if nobody did before: of any number of tries at once exactly one changes the row.
 * The used row stays until `keepUntil` at most, to tell a replay. Uses oidc_records_pkey.
 *
 * @returns 0 when it was used already, or is gone
 */
export async function consumeRecord(
  to: Queryable,
  model: string,
  id: Buffer,
  now: Date,
  keepUntil: Date,
): Promise<number> {
  return await to.run(
    `update oidc_records set consumed_at = $3, expires_at = least(expires_at, $4)
     where model = $1 and id = $2 and consumed_at is null and (expires_at is null or expires_at > $3)`,
    [model, id, now, keepUntil],
  );
}

/** Uses oidc_records_pkey. */
export async function deleteRecord(to: Queryable, model: string, id: Buffer): Promise<number> {
  return await to.run("delete from oidc_records where model = $1 and id = $2", [model, id]);
}

/** Deletes what hangs on a grant, a batch at a time. Uses oidc_records_grant. */
export async function deleteRecordsOfGrant(
  to: Queryable,
  model: string,
  grantId: string,
  batch: number,
): Promise<number> {
  return await to.run(
    `delete from oidc_records where (model, id) in
       (select model, id from oidc_records where grant_id = $2 and model = $1 limit $3)`,
    [model, grantId, batch],
  );
}

/** Marks a session as ended. Uses sessions_pkey, users_pkey. */
export async function endSessionByUid(to: Queryable, uid: string, reason: string, now: Date) {
  return await to.row<{ user_id: string; display_name: string; told: AppToTell[] }>(
    `with ended as (
       update sessions set ended_at = $3, end_reason = $2 where id = $1 and ended_at is null returning id, user_id
     ), ${toldOfEnded}
     select e.user_id, u.display_name, ${toldList} from ended e join users u on u.id = e.user_id`,
    [uid, reason, now],
  );
}
