import { prepared } from "../queryable.ts";
import type { Queryable } from "../queryable.ts";
import { versionsColumn } from "../versions.ts";
import type { Versions } from "../versions.ts";
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
  /** The payload of the grant that it hangs on; null without one. */
  grant?: Record<string, unknown> | null;
  /** The payload of the session that it lives as long as; null when it has a life of its own. */
  session?: Record<string, unknown> | null;
  /** What holds at this moment (see db/versions.ts). */
  versions?: Versions;
}

/** The columns of a record, in the order of their binds. */
export const recordColumns = "model, id, grant_id, account_id, client_id, session_uid, user_code, expires_at, payload";

// A consumed row keeps its mark, and a save that lost a race changes nothing.
export const recordUpdate = `on conflict (model, id) do update set payload = excluded.payload, expires_at = excluded.expires_at
  where oidc_records.consumed_at is null`;

/** An account that may use the app of a record (S7, G4); the own account pages are open to a blocked one too. */
const mayUseApps = `u.deleted_at is null and u.disabled_at is null
  and (u.blocked_at is null or r.client_id = 'gatehouse-account')
  and (r.client_id is null
    or exists (select from apps a where a.client_id = r.client_id and ${mayUseApp("a", "u.id")}))`;

/** What a record is saved with. */
export function recordBinds(record: OidcRecord): unknown[] {
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

const saving = prepared(
  `insert into oidc_records (${recordColumns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) ${recordUpdate}`,
);

/** Saves an artefact that hangs on no grant. Uses oidc_records_pkey. */
export async function saveRecord(to: Queryable, record: OidcRecord): Promise<number> {
  return await to.run(saving, recordBinds(record));
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

const savingOfGrant = prepared(
  `with held as (select 1 from oidc_records where model = 'Grant' and id = $10 for key share)
   insert into oidc_records (${recordColumns})
   select $1, $2, $3, $4::uuid, $5, $6, $7, $8::timestamptz, $9::jsonb from held ${recordUpdate}`,
);

/**
 * Saves a token of a grant, unless the grant is gone. The grant's row is held until the commit, so that a revocation
 * at the same moment comes either before, and nothing is saved, or after, and takes the token along.
 * Uses oidc_records_pkey twice.
 */
export async function saveRecordOfGrant(to: Queryable, record: OidcRecord): Promise<number> {
  return await to.run(savingOfGrant, [...recordBinds(record), record.grantDigest]);
}

const savingCode = prepared(
  `with held as (select 1 from oidc_records where model = 'Grant' and id = $10 for key share),
   used as (
     insert into app_uses (user_id, app_id, first_at, last_at)
     select $4::uuid, a.id, $11::timestamptz, $11::timestamptz from held, apps a where a.client_id = $5 and not a.is_built_in
     on conflict (user_id, app_id) do update set last_at = greatest(app_uses.last_at, excluded.last_at)
   )
   insert into oidc_records (${recordColumns})
   select $1, $2, $3, $4::uuid, $5, $6, $7, $8::timestamptz, $9::jsonb from held ${recordUpdate}`,
);

/**
 * Saves an authorization code as `saveRecordOfGrant` does, and notes that the user uses the app.
 * Uses oidc_records_pkey twice, apps_client_id_key, app_uses_pkey.
 */
export async function saveCode(to: Queryable, record: OidcRecord, now: Date): Promise<number> {
  return await to.run(savingCode, [...recordBinds(record), record.grantDigest, now]);
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
     insert into oidc_records (${recordColumns})
     select $1, $2, $3, $4::uuid, $5, $6, $7, $8::timestamptz, $9::jsonb
     where $10::bytea is null or exists (select from held)
     on conflict (model, id) do update set payload = excluded.payload, grant_id = excluded.grant_id,
       account_id = excluded.account_id, session_uid = excluded.session_uid
       where oidc_records.consumed_at is null and oidc_records.account_id is null
         and oidc_records.payload ->> 'error' is null
         and (excluded.account_id is not null or excluded.payload ->> 'error' is not null
              or oidc_records.payload ->> 'inFlight' is null)`,
    [...recordBinds(record), record.grantDigest, now],
  );
}

const savingInteraction = prepared(
  `insert into oidc_records (${recordColumns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
   on conflict (model, id) do update set expires_at = excluded.expires_at,
     payload = excluded.payload || jsonb_build_object('browser', oidc_records.payload -> 'browser')`,
);

/**
 * Saves an interaction. `browser` is in the payload of its first save and stays there: later saves do not know it.
 * Uses oidc_records_pkey.
 */
export async function saveInteraction(to: Queryable, record: OidcRecord): Promise<number> {
  return await to.run(savingInteraction, recordBinds(record));
}

const answeringInteraction = prepared(
  `update oidc_records set payload = (case when $3 then payload - 'session' else payload end) || jsonb_build_object('result', $2::jsonb)
   where model = 'Interaction' and id = $1 and expires_at > $4`,
);

/**
 * Says in an interaction what came of it. Uses oidc_records_pkey.
 *
 * @param forgetsSession whether the session that it began in is none of its business any more
 * @returns 0 when it has ended
 */
export async function answerInteraction(
  to: Queryable,
  id: Buffer,
  result: object,
  forgetsSession: boolean,
  now: Date,
): Promise<number> {
  return await to.run(answeringInteraction, [id, JSON.stringify(result), forgetsSession, now]);
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

// The grant and the session are what whoever asks for a token asks for next; they are as live as it is.
const finding = prepared(
  `select r.model, r.payload, r.consumed_at,
     case when r.grant_id is not null then (
       select g.payload from oidc_records g where g.model = 'Grant' and g.id = sha256(convert_to(r.grant_id, 'UTF8'))
         and g.expires_at > $3
     ) end as grant,
     case when r.payload -> 'expiresWithSession' = 'true'::jsonb then (
       select x.payload from oidc_records x where x.model = 'Session' and x.session_uid = r.session_uid
         and x.expires_at > $3 order by x.expires_at desc limit 1
     ) end as session,
     ${versionsColumn}
   from oidc_records r
   left join users u on u.id = r.account_id
   left join sessions s on s.id = r.session_uid
   where r.model = any($1) and r.id = $2 and ${recordIsLive("$3")}`,
);

/**
 * An artefact that is live, as `recordIsLive` says, together with its grant and the session that it lives as long as.
 * Uses oidc_records_pkey twice, users_pkey, sessions_pkey, apps_client_id_key, oidc_records_session.
 *
 * @param models kinds that it may be of; an id is of one
 */
export async function findRecord(from: Queryable, models: readonly string[], id: Buffer, now: Date) {
  return await from.row<FoundRecord & { model: string; versions: Versions }>(finding, [models, id, now]);
}

const liveSession = `select r.payload, r.consumed_at, ${versionsColumn} from oidc_records r
  left join users u on u.id = r.account_id
  left join sessions s on s.id = r.session_uid
  where r.model = 'Session' and r.expires_at > $2
    and (r.account_id is null or (s.user_id = r.account_id and s.ended_at is null and s.expires_at > $2
         and u.deleted_at is null and u.disabled_at is null))`;

const findingSession = prepared(`${liveSession} and r.id = $1`);
const findingSessionByUid = prepared(`${liveSession} and r.session_uid = $1 order by r.expires_at desc limit 1`);

/**
 * The session behind a cookie: of nobody, or of a user who is allowed in and whose session was not ended.
 * A blocked user has one, for the account pages. Uses oidc_records_pkey, users_pkey, sessions_pkey.
 */
export async function findSession(from: Queryable, id: Buffer, now: Date) {
  return await from.row<FoundRecord>(findingSession, [id, now]);
}

/** As `findSession`, by the name that stays while cookies change; the latest cookie's. Uses oidc_records_session. */
export async function findSessionByUid(from: Queryable, uid: string, now: Date) {
  return await from.row<FoundRecord>(findingSessionByUid, [uid, now]);
}

/** Uses oidc_records_user_code. */
export async function findRecordByUserCode(from: Queryable, model: string, userCode: string, now: Date) {
  return await from.row<FoundRecord>(
    `select payload, consumed_at from oidc_records where model = $1 and user_code = $2 and expires_at > $3`,
    [model, userCode, now],
  );
}

const consuming = prepared(
  `update oidc_records set consumed_at = $3, expires_at = least(expires_at, $4)
   where model = $1 and id = $2 and consumed_at is null and (expires_at is null or expires_at > $3)`,
);

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
  return await to.run(consuming, [model, id, now, keepUntil]);
}

/** A code or refresh token that is used up for the tokens that come in its place. */
export interface Consumption {
  model: string;
  id: Buffer;
  now: Date;
  /** How long the used row stays, to tell a replay. */
  keepUntil: Date;
}

// The used row is locked first and nothing is waited for after it: whoever deletes the grant may have locked it already,
// and would then wait for this row for ever.
const savingTokens = [1, 2].map((count) =>
  prepared(
    `with used as (
       update oidc_records set consumed_at = $3, expires_at = least(expires_at, $4)
       where model = $1 and id = $2 and consumed_at is null and (expires_at is null or expires_at > $3) returning 1
     ), held as (
       select 1 from used, oidc_records g where g.model = 'Grant' and g.id = $5 for key share of g skip locked
     ), saved as (
       insert into oidc_records (${recordColumns}) select t.* from held, (values ${Array.from(
         { length: count },
         (_, row) => {
           const [model, id, grant, account, client, session, userCode, expires, payload] = Array.from(
             { length: 9 },
             (__, column) => `$${6 + row * 9 + column}`,
           );
           return `(${model}, ${id}::bytea, ${grant}, ${account}::uuid, ${client}, ${session}, ${userCode}, ${expires}::timestamptz, ${payload}::jsonb)`;
         },
       ).join(", ")}) t
     ) select count(*)::int as used from used`,
  ),
);

/**
 * Marks a code or refresh token as used, as `consumeRecord` does, and saves the tokens that come in its place: all of it
 * or nothing. No token is saved when the grant is gone, or is just going.
 * Uses oidc_records_pkey.
 *
 * @param records one or two tokens of one grant
 * @returns 0 when it was used already, or is gone
 */
export async function saveTokens(
  to: Queryable,
  used: Consumption,
  records: readonly [OidcRecord, ...OidcRecord[]],
): Promise<number> {
  const statement = savingTokens[records.length - 1];
  if (statement === undefined) throw new Error(`${records.length} tokens are more than a grant gives at once`);
  const row = await to.row<{ used: number }>(statement, [
    used.model,
    used.id,
    used.now,
    used.keepUntil,
    records[0].grantDigest,
    ...records.flatMap(recordBinds),
  ]);
  return row?.used ?? 0;
}

const deleting = prepared("delete from oidc_records where model = $1 and id = $2");

/** Uses oidc_records_pkey. */
export async function deleteRecord(to: Queryable, model: string, id: Buffer): Promise<number> {
  return await to.run(deleting, [model, id]);
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
