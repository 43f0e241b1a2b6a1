import { errors, Provider } from "oidc-provider";
import type { Adapter, AdapterPayload, KoaContextWithOIDC } from "oidc-provider";
import type { Db } from "../db/connect.ts";
import { noteUpstreamSession } from "../db/sql/connections.ts";
import * as records from "../db/sql/oidc-records.ts";
import type { FoundRecord, OidcRecord } from "../db/sql/oidc-records.ts";
import * as sessions from "../db/sql/oidc-sessions.ts";
import type { House } from "../house.ts";
import type { Keyring } from "../kernel/keyring.ts";
import { hashSecret } from "../kernel/secrets.ts";
import { ClientMemory } from "./app-clients.ts";
import type { Upstream } from "../signin/attempt.ts";
import { lifetimesIn, sessionEnd } from "../sessions/lifetimes.ts";
import { currentSettings } from "../settings/read-settings.ts";
import { deleteWithSession, saveWithSession, takeAuthorization, writeAuthorization } from "./authorization-writes.ts";
import { browserOf } from "./browser-binding.ts";
import { deviceCodeOf, openDeviceCode, sealDeviceCode } from "./device-codes.ts";
import { digestUserCode, slowPolls } from "./device-flow.ts";
import { restore, strip } from "./payload.ts";
import { memoryOf, readRecord, readSessionRecord, versionsOf } from "./request-memory.ts";
import { tellReuse } from "./tell-reuse.ts";
import { saveWithUse, useLater } from "./token-writes.ts";
import { replayWindowSeconds } from "./ttl.ts";

/** Artefacts that hang on a grant: without it they are neither saved nor found. */
const ofGrant = new Set(["AccessToken", "AuthorizationCode", "RefreshToken", "DeviceCode"]);

/** What a used artefact means for its family is decided at the token endpoint, for these. */
const singleUse = new Set(["AuthorizationCode", "RefreshToken", "DeviceCode"]);

const batch = 500;

/**
 * Where the OpenID provider keeps one kind of artefact: table `oidc_records`, ids as SHA-256.
 *
 * The provider asks "was it used?" and then says "use it"; that these are one step is up to the adapter
 * (RFC 6749 §4.1.2, RFC 9700 §2.2.2): `consume` changes the row or refuses.
 *
 * @param model name of the kind, as the provider calls it
 */
export function makeAdapter(house: House, model: string): Adapter {
  const { db } = house;
  if (model === "Client") return clientAdapter(house);

  const slowDown = model === "DeviceCode" ? slowPolls(db) : undefined;
  const find = async (id: string, found: FoundRecord | undefined) => {
    const payload = found === undefined ? undefined : await present(house, model, id, found);
    await slowDown?.(payload);
    return payload;
  };

  return {
    async upsert(id, payload, expiresIn) {
      await save(house, toRecord(house.keyring, model, id, payload, expiresIn), payload);
    },
    async find(id) {
      if (model === "Session") return await find(id, await readSessionRecord(db, id));
      const known = model === "Grant" ? memoryOf()?.grants.get(id) : undefined;
      if (known !== undefined) return await find(id, { payload: known, consumed_at: null });
      return await find(id, await readRecord(db, model, id));
    },
    async findByUid(uid) {
      if (model !== "Session" || uid.includes("\0")) return undefined;
      // Its cookie value is not known here, and none of those who ask by uid need it.
      return memoryOf()?.sessions.get(uid) ?? (await records.findSessionByUid(db, uid, new Date()))?.payload;
    },
    async findByUserCode(userCode) {
      const { keyring } = house;
      const digest = digestUserCode(keyring, userCode);
      const found = await records.findRecordByUserCode(db, model, digest, new Date());
      if (found === undefined) return undefined;
      const id = deviceCodeOf(keyring, found.payload);
      return { ...restore(model, id, openDeviceCode(keyring, model, found.payload)), userCode };
    },
    async consume(id) {
      const now = new Date();
      const keepUntil = new Date(now.getTime() + replayWindowSeconds * 1000);
      const used = { model, id: hashSecret(id), now, keepUntil };
      if (useLater(used)) return;
      if ((await records.consumeRecord(db, model, used.id, now, keepUntil)) === 1) return;
      if (model === "PushedAuthorizationRequest") throw new errors.InvalidRequestUri("request_uri was already used");
      throw new errors.InvalidGrant("used by another request at the same time");
    },
    async destroy(id) {
      memoryOf()?.grants.delete(id);
      if (!deleteWithSession(model, hashSecret(id))) await records.deleteRecord(db, model, hashSecret(id));
    },
    async revokeByGrantId(grantId) {
      while ((await records.deleteRecordsOfGrant(db, model, grantId, batch)) === batch);
    },
  };
}

function clientAdapter(house: House): Adapter {
  const clients = new ClientMemory(house);
  const never = () => Promise.reject(new Error("Apps are changed by the room apps alone."));
  return {
    find: async (clientId) => await clients.find(clientId, async () => await versionsOf(house)),
    upsert: never,
    consume: never,
    destroy: never,
    findByUid: never,
    findByUserCode: never,
    revokeByGrantId: never,
  };
}

function toRecord(
  keyring: Keyring,
  model: string,
  id: string,
  payload: AdapterPayload,
  expiresIn: number | undefined,
): OidcRecord {
  const ctx = Provider.ctx;
  const grantId = payload.grantId ?? null;
  const stripped = strip(model, id, sealDeviceCode(keyring, model, id, payload));
  return {
    model,
    id: hashSecret(id),
    grantId: ofGrant.has(model) ? grantId : null,
    grantDigest: grantId === null ? null : hashSecret(grantId),
    accountId: payload.accountId ?? null,
    clientId: payload.clientId ?? null,
    sessionUid: sessionOf(model, payload, ctx),
    userCode: payload.userCode === undefined ? null : digestUserCode(keyring, payload.userCode),
    // One clock for all: the provider works out `exp`, and what it takes for dead is dead here too.
    expiresAt: expiresIn === undefined ? null : new Date(Date.now() + expiresIn * 1000),
    payload: model === "Interaction" && ctx !== undefined ? { ...stripped, browser: browserOf(ctx) } : stripped,
  };
}

/** A session and the grants made in it carry its name too, so that ending it finds them. */
function sessionOf(model: string, payload: AdapterPayload, ctx: KoaContextWithOIDC | undefined): string | null {
  if (model === "Session") return payload.uid ?? null;
  if (model === "Grant") return ctx?.oidc.session?.uid ?? null;
  return payload.sessionUid ?? null;
}

async function save(house: House, record: OidcRecord, payload: AdapterPayload): Promise<void> {
  const { db } = house;
  if (saveWithSession(record)) return;
  if (record.model === "Interaction") await writeAuthorization(db, Provider.ctx);
  if (record.model === "Interaction") await records.saveInteraction(db, record);
  else if (record.model === "AuthorizationCode") await records.saveCode(db, record, new Date());
  else if (record.model === "DeviceCode") await saveDeviceCode(db, record);
  else if (await saveWithUse(db, record)) return;
  // No row means that the grant was revoked a moment ago. The token is then what it would be if the revocation had
  // come a moment later: issued and dead. Refusing instead would tell the two apart for nobody's good.
  else if (ofGrant.has(record.model) && record.grantId !== null) await records.saveRecordOfGrant(db, record);
  else if (record.model === "Session" && record.accountId !== null) await saveSession(house, record, payload);
  else await records.saveRecord(db, record);
}

/** Of two people who answer for one code at the same time one does; the other hears that it is done. */
async function saveDeviceCode(db: Db, record: OidcRecord): Promise<void> {
  if ((await records.saveDeviceCode(db, record, new Date())) === 0) {
    throw new errors.InvalidRequest("the code was used, or its sign-in has ended");
  }
}

async function saveSession(house: House, record: OidcRecord, payload: AdapterPayload): Promise<void> {
  const { db } = house;
  const ctx = Provider.ctx;
  const now = new Date();
  const provenAt = new Date((payload.loginTs ?? now.getTime() / 1000) * 1000);
  // The provider's own lifetime is only the longest that can be set.
  const expiresAt = sessionEnd(provenAt, now, lifetimesIn(await currentSettings(house.db, await versionsOf(house))));
  const saved = await sessions.saveSession(
    db,
    { ...record, expiresAt },
    {
      provenAt,
      now,
      amr: payload.amr ?? [],
      address: typeof ctx?.state["address"] === "string" ? ctx.state["address"] : null,
      userAgent: ctx?.get("user-agent").slice(0, 500) || null,
      deviceId: ctx === undefined ? null : deviceOf(ctx),
    },
    takeAuthorization(ctx),
  );
  if (saved === 0) throw new errors.SessionNotFound("the session has ended");
  const upstream = ctx?.oidc.result?.login?.["upstream"] as Upstream | undefined;
  if (upstream !== undefined && record.sessionUid !== null) {
    await noteUpstreamSession(db, { id: record.sessionUid, ...upstream });
  }
}

/** The device that the sign-in which this request completes was admitted from (see finish-sign-in.ts). */
function deviceOf(ctx: KoaContextWithOIDC): string | null {
  const deviceId: unknown = ctx.oidc.result?.login?.["deviceId"];
  return typeof deviceId === "string" ? deviceId : null;
}

async function present(
  house: House,
  model: string,
  id: string,
  found: FoundRecord,
): Promise<AdapterPayload | undefined> {
  const ctx = Provider.ctx;
  const payload = restore(model, id, openDeviceCode(house.keyring, model, found.payload));
  if (model === "Interaction" && ctx !== undefined && found.payload["browser"] !== browserOf(ctx)) return undefined;
  if (found.consumed_at === null) return payload;
  if (singleUse.has(model) && ctx?.oidc.route === "token") {
    if (beganBefore(ctx, found.consumed_at)) {
      throw new errors.InvalidGrant("used by another request at the same time");
    }
    const { accountId, clientId } = payload;
    const what = model === "RefreshToken" ? "refreshToken" : model === "DeviceCode" ? "deviceCode" : "code";
    // A token shown by another app than its own is refused before anybody asks whether it was used.
    if (accountId !== undefined && clientId === ctx.oidc.client?.clientId) {
      await tellReuse(house, ctx, { what, userId: accountId, clientId });
    }
  }
  return { ...payload, consumed: Math.floor(found.consumed_at.getTime() / 1000) };
}

/**
 * A request that had begun before the code or token was used raced with the one that used it: a double submit. It is
 * refused like every loser, but does not cost the winner its tokens. One that began later is a replay, and the provider
 * revokes the whole family (RFC 9700 §4.14.2).
 */
function beganBefore(ctx: KoaContextWithOIDC, usedAt: Date): boolean {
  const receivedAt: unknown = ctx.state["receivedAt"];
  return receivedAt instanceof Date && receivedAt.getTime() < usedAt.getTime();
}
