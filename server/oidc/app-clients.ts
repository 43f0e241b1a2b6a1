import type { AdapterPayload, Client } from "oidc-provider";
import { selectApp, upsertBuiltInApp } from "../db/sql/oidc-apps.ts";
import type { ApiRow, AppRow } from "../db/sql/oidc-apps.ts";
import type { Versions } from "../db/versions.ts";
import type { House } from "../house.ts";
import { newId } from "../kernel/ids.ts";
import type { AppId } from "../kernel/ids.ts";
import { clientIdPrefix } from "../directories/directory-client.ts";
import { personScope } from "../directories/identify-bearer.ts";
import { findDirectoryClient } from "./directory-clients.ts";
import { appScopes } from "../contract/apps.ts";

/** The apps of the house itself: the console, and everyone's account pages. */
export const consoleClientId = "gatehouse-console";
export const accountClientId = "gatehouse-account";

// RFC 8252 §7.3: the port of a loopback address is chosen when the app runs.
const loopback = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(\/|$)/;

/** Clients as the provider knows them; those of apps are remembered for as long as no app changes. */
export class ClientMemory {
  readonly #house: House;
  #known: { version: number; apps: Map<string, AdapterPayload> } = { version: -1, apps: new Map() };

  constructor(house: House) {
    this.#house = house;
  }

  /**
   * The app or directory of a client id, as the provider's client metadata (RFC 7591 §2).
   *
   * @param versions asks for those that hold for the request
   */
  async find(clientId: string, versions: () => Promise<Versions>): Promise<AdapterPayload | undefined> {
    const { db } = this.#house;
    if (!/^[\x21-\x7e]{1,200}$/.test(clientId)) return undefined;
    if (clientId.startsWith(clientIdPrefix)) return await findDirectoryClient(db, clientId, new Date());
    const { apps: version } = await versions();
    if (this.#known.version < version) this.#known = { version, apps: new Map() };
    const known = this.#known;
    const remembered = known.apps.get(clientId);
    if (remembered !== undefined) return remembered;
    const app = await selectApp(db, clientId);
    if (app === undefined) return undefined;
    const metadata = toMetadata(app);
    known.apps.set(clientId, metadata);
    return metadata;
  }
}

/**
 * The client metadata of an app.
 * ID tokens are signed with RS256 unless the app wants ES256: it is what a relying party expects that was told nothing
 * (OpenID Connect Core §15.1, Dynamic Registration §2).
 */
function toMetadata(app: AppRow): AdapterPayload {
  const mayUseBrowser = app.grant_types.includes("authorization_code") && app.redirect_uris.length > 0;
  return {
    client_id: app.client_id,
    client_name: app.name,
    application_type: app.is_public && app.redirect_uris.every(isNative) && mayUseBrowser ? "native" : "web",
    ...proofOf(app),
    ...(app.jwks !== null && { jwks: app.jwks }),
    ...(app.jwks_uri !== null && { jwks_uri: app.jwks_uri }),
    redirect_uris: mayUseBrowser ? app.redirect_uris : [],
    response_types: mayUseBrowser ? ["code"] : [],
    grant_types: app.grant_types.filter((grant) => mayUseBrowser || grant !== "authorization_code"),
    post_logout_redirect_uris: app.post_logout_redirect_uris,
    scope: [...(app.scopes ?? appScopes), ...(app.scim_me ? [personScope] : [])].join(" "),
    id_token_signed_response_alg: app.id_token_alg,
    require_pushed_authorization_requests: app.require_par,
    require_signed_request_object: app.require_jar,
    dpop_bound_access_tokens: app.require_dpop,
    ...(app.backchannel_logout_uri !== null && {
      backchannel_logout_uri: app.backchannel_logout_uri,
      backchannel_logout_session_required: true,
    }),
    [appId]: app.id,
    [thirdParty]: app.is_third_party,
    [requireFactor]: app.require_factor,
    [lifetimes]: {
      accessToken: app.access_token_seconds,
      idToken: app.id_token_seconds,
      refreshIdle: app.refresh_idle_seconds,
      refreshAbsolute: app.refresh_absolute_seconds,
    },
    [apis]: app.resources,
  };
}

/** How an app proves who it is. */
function proofOf(app: AppRow) {
  if (app.is_public) return { token_endpoint_auth_method: "none" as const };
  if (app.proof === "key") return { token_endpoint_auth_method: "private_key_jwt" as const };
  return {
    // A confidential app may send its secret either way; the provider takes both where one is set down.
    token_endpoint_auth_method: "client_secret_basic" as const,
    // Only the digest is known; `compareClientSecret` compares digests (see make-provider.ts).
    ...(app.secret_hash !== null && { client_secret: app.secret_hash.toString("hex") }),
  };
}

/** Name of the metadata field that has the id of the app here. */
export const appId = "app_id";

/** Name of the metadata field that says whether people are asked before the app gets anything about them. */
export const thirdParty = "is_third_party";

/** Name of the metadata field that says whether the app needs a second factor. */
export const requireFactor = "require_factor";

/** Name of the metadata field that has the lifetimes of its own, in seconds. */
const lifetimes = "lifetimes";

/** Name of the metadata field that has the APIs which it may ask tokens for. */
const apis = "apis";

/** Fields of the metadata that the provider does not know. */
export const ownMetadata = [appId, thirdParty, requireFactor, lifetimes, apis];

/** Lifetimes that an app has of its own; null or undefined: as every app. */
export interface Lifetimes {
  accessToken?: number | null;
  idToken?: number | null;
  refreshIdle?: number | null;
  refreshAbsolute?: number | null;
}

export function lifetimesOf(client: Client | undefined): Lifetimes {
  return (client?.[lifetimes] as Lifetimes | undefined) ?? {};
}

/** The APIs that an app may ask tokens for. */
export function apisOf(client: Client | undefined): readonly ApiRow[] {
  return (client?.[apis] as ApiRow[] | undefined) ?? [];
}

function isNative(uri: string): boolean {
  return loopback.test(uri) || !/^https?:/i.test(uri);
}

/** Makes the apps of the house where they are missing. */
export async function ensureBuiltInApps(house: House): Promise<void> {
  const { issuer } = house.config;
  const now = house.now();
  const app = (clientId: string, name: string, root: string) => ({
    id: newId<AppId>(now),
    clientId,
    name,
    redirectUri: `${issuer}${root}callback`,
    postLogoutRedirectUri: `${issuer}${root}`,
  });
  await upsertBuiltInApp(house.db, app(consoleClientId, "Gatehouse console", "/admin/"), now);
  await upsertBuiltInApp(house.db, app(accountClientId, "Gatehouse account", "/account/"), now);
}
