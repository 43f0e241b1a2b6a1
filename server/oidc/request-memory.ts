import { AsyncLocalStorage } from "node:async_hooks";
import { Provider } from "oidc-provider";
import type { Db } from "../db/connect.ts";
import { findRecord, findSession } from "../db/sql/oidc-records.ts";
import type { FoundRecord } from "../db/sql/oidc-records.ts";
import type { Versions } from "../db/versions.ts";
import type { House } from "../house.ts";
import { hashSecret } from "../kernel/secrets.ts";

type FoundToken = FoundRecord & { model: string; versions: Versions };

/** What a request of the provider has read together with something else, and asks for next. */
interface Memory {
  grants: Map<string, Record<string, unknown>>;
  sessions: Map<string, Record<string, unknown>>;
  versions?: Promise<Versions>;
  /** Tokens by id, where their kind is not known, or they are read before their client. */
  tokens: Map<string, Promise<FoundToken | undefined>>;
}

/** Of a request of the provider; undefined outside of one. */
export function memoryOf(): Memory | undefined {
  const ctx = Provider.ctx;
  if (ctx === undefined) return undefined;
  ctx.state["records"] ??= { grants: new Map(), sessions: new Map(), tokens: new Map() } satisfies Memory;
  return ctx.state["records"] as Memory;
}

const known = new AsyncLocalStorage<Versions>();

/** Runs what asks the provider for something, outside of its own requests, with versions that were read already. */
export async function withVersions<Result>(versions: Versions, act: () => Promise<Result>): Promise<Result> {
  return await known.run(versions, act);
}

/** The versions that hold for this request: found with whatever it reads first. */
export async function versionsOf({ db, versions }: House): Promise<Versions> {
  const memory = memoryOf();
  if (memory === undefined) return known.getStore() ?? (await versions.now());
  const shown = shownToken();
  memory.versions ??=
    shown === undefined
      ? versions.now()
      : readShown(db, memory, shown).then(async (found) => found?.versions ?? (await versions.now()));
  return await memory.versions;
}

/** Kinds that introspection and revocation look for, not knowing which one they are shown; and what tokens come from. */
const shownKinds = ["AccessToken", "ClientCredentials", "RefreshToken", "AuthorizationCode"];

/** What a request to the token endpoint, introspection or revocation shows. */
function shownToken(): string | undefined {
  const { route, params } = Provider.ctx?.oidc ?? {};
  const shown =
    route === "token"
      ? (params?.["refresh_token"] ?? params?.["code"])
      : route === "introspection" || route === "revocation"
        ? params?.["token"]
        : undefined;
  return typeof shown === "string" ? shown : undefined;
}

async function readShown(db: Db, memory: Memory, id: string): Promise<FoundToken | undefined> {
  const finding = memory.tokens.get(id) ?? findRecord(db, shownKinds, hashSecret(id), new Date());
  memory.tokens.set(id, finding);
  return await finding;
}

/** An artefact of a kind, and with it what is asked for next. */
export async function readRecord(db: Db, model: string, id: string): Promise<FoundRecord | undefined> {
  const memory = memoryOf();
  if (memory === undefined) return await findRecord(db, [model], hashSecret(id), new Date());
  const isShown = id === shownToken() && shownKinds.includes(model);
  const found = isShown ? await readShown(db, memory, id) : await findRecord(db, [model], hashSecret(id), new Date());
  return found?.model === model ? remember(memory, found) : undefined;
}

/** The session behind a cookie. */
export async function readSessionRecord(db: Db, id: string): Promise<FoundRecord | undefined> {
  const memory = memoryOf();
  const found = await findSession(db, hashSecret(id), new Date());
  return memory === undefined || found === undefined ? found : remember(memory, found);
}

function remember(memory: Memory, found: FoundRecord): FoundRecord {
  const { grantId, sessionUid } = found.payload as { grantId?: string; sessionUid?: string };
  if (grantId !== undefined && found.grant) memory.grants.set(grantId, found.grant);
  if (sessionUid !== undefined && found.session) memory.sessions.set(sessionUid, found.session);
  if (found.versions !== undefined) memory.versions ??= Promise.resolve(found.versions);
  return found;
}
