import { prepared } from "../queryable.ts";
import type { Queryable } from "../queryable.ts";
import { recordBinds, recordColumns, recordUpdate } from "./oidc-records.ts";
import type { OidcRecord } from "./oidc-records.ts";

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

/** What an authorization changes together with its session. */
export interface AuthorizationRecords {
  /** What is used up: the interaction, and the name that the session had before. */
  gone: { model: string; id: Buffer }[];
  grant?: OidcRecord;
  code?: OidcRecord;
}

// What depends on the session comes after its row is locked, as in every end of a session, so that the two never wait
// for each other.
const savingSession = prepared(
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
   ), gone as (
     delete from oidc_records where exists (select from live)
       and (model, id) in (select * from unnest($16::text[], $17::bytea[]))
   ), granted as (
     insert into oidc_records (${recordColumns}) select $18::text, $19::bytea, $20::text, $21::uuid, $22::text, $23::text, $24::text, $25::timestamptz, $26::jsonb
     from live where $18::text is not null ${recordUpdate} returning 1
   ), kept as (
     select 1 from live, oidc_records g where g.model = 'Grant' and g.id = $36::bytea for key share of g
   ), used as (
     insert into app_uses (user_id, app_id, first_at, last_at)
     select $30::uuid, a.id, $11::timestamptz, $11::timestamptz from live, apps a
     where a.client_id = $31::text and not a.is_built_in and (exists (select from kept) or exists (select from granted))
     on conflict (user_id, app_id) do update set last_at = greatest(app_uses.last_at, excluded.last_at)
   ), coded as (
     insert into oidc_records (${recordColumns}) select $27::text, $28::bytea, $29::text, $30::uuid, $31::text, $32::text, $33::text, $34::timestamptz, $35::jsonb
     from live where $27::text is not null and (exists (select from kept) or exists (select from granted))
   )
   insert into oidc_records (${recordColumns})
   select $1, $2, $3, $4::uuid, $5, $6, $7, $8::timestamptz, $9::jsonb from live ${recordUpdate}`,
);

const none = Array.from({ length: 9 }, () => null);

/**
 * Saves the session of a signed-in browser together with its row in `sessions`, unless that was ended or belongs to
 * somebody else, and what was authorized in it: all of it or nothing. A new one needs a registered device of its user
 * (S4): whatever path a sign-in took, it ends here. The device is held until the commit, so that its removal comes
 * either before, and there is no session, or after, and ends the session; the user is held first, as in every change of
 * devices. A code needs its grant, as in `saveRecordOfGrant`, and notes that the user uses the app.
 * Uses sessions_pkey, oidc_records_pkey, users_pkey, devices_pkey, apps_client_id_key, app_uses_pkey.
 *
 * @returns 0 when the session is over
 */
export async function saveSession(
  to: Queryable,
  record: OidcRecord,
  facts: SessionFacts,
  { gone, grant, code }: AuthorizationRecords,
): Promise<number> {
  return await to.run(savingSession, [
    ...recordBinds(record),
    facts.provenAt,
    facts.now,
    facts.amr,
    facts.address,
    facts.userAgent,
    facts.deviceId,
    gone.map(({ model }) => model),
    gone.map(({ id }) => id),
    ...(grant === undefined ? none : recordBinds(grant)),
    ...(code === undefined ? none : recordBinds(code)),
    code?.grantDigest ?? null,
  ]);
}
