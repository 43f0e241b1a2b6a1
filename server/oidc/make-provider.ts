import type { JWK } from "jose";
import { Provider } from "oidc-provider";
import type { AsymmetricSigningAlgorithm, Client, Configuration, KoaContextWithOIDC } from "oidc-provider";
import type { House } from "../house.ts";
import { isSecret } from "../kernel/secrets.ts";
import { accountFinder, claimsWith } from "./accounts.ts";
import { makeAdapter } from "./adapter.ts";
import { signInOf } from "./apis.ts";
import { ownMetadata } from "./app-clients.ts";
import { cookieKeys, cookieNames } from "./cookies.ts";
import { bindDirectoryTokens, directoryClient, proofsOf, provesItself } from "./directory-clients.ts";
import { endsWithRow } from "./end-browser-session.ts";
import { features } from "./features.ts";
import { askOutside } from "../settings/ask-outside.ts";
import { keepOfflineAccess } from "./keep-offline-access.ts";
import { loadGrant } from "./load-grant.ts";
import { pinOrigin } from "./pin-origin.ts";
import { acr, promptPolicy } from "./policy.ts";
import { report } from "./report.ts";
import type { OidcEvent } from "./report.ts";
import { scopes } from "./scopes.ts";
import { takeOnce } from "./take-once.ts";
import { givesRefreshToken } from "./token-writes.ts";
import { ttl } from "./ttl.ts";
import type { OidcPages } from "./oidc-pages.ts";

const routes = {
  authorization: "/oauth/authorize",
  token: "/oauth/token",
  userinfo: "/oauth/userinfo",
  introspection: "/oauth/introspect",
  revocation: "/oauth/revoke",
  jwks: "/oauth/jwks",
  end_session: "/oauth/logout",
  device_authorization: "/oauth/device",
  code_verification: "/oauth/device/code",
  pushed_authorization_request: "/oauth/par",
};

/** Algorithms of the signatures that apps make with keys of their own. */
const appAlgorithms: AsymmetricSigningAlgorithm[] = ["RS256", "PS256", "ES256", "Ed25519", "EdDSA"];

/** What a provider is made of; when it changes, another one takes its place. */
export interface Ingredients {
  keys: JWK[];
  /** Names of the claims that attributes of the organization are released as. */
  released: readonly string[];
}

/** The OpenID provider with one set of keys. When the keys change, a new one takes its place (see open-oidc.ts). */
export function makeProvider(
  house: House,
  made: Ingredients,
  pages: OidcPages,
  count: (event: OidcEvent) => void,
): Provider {
  const provider = new Provider(house.config.issuer, configuration(house, made, pages));
  pinOrigin(provider, house.config.issuer);
  // Only the digest of a secret is kept: digests are compared, in constant time.
  provider.Client.prototype.compareClientSecret = function (presented) {
    const proofs = proofsOf(this);
    if (proofs !== undefined) return provesItself(proofs, presented);
    return this.clientSecret !== undefined && isSecret(presented, Buffer.from(this.clientSecret, "hex"));
  };
  bindDirectoryTokens(provider);
  takeOnce(provider, house.db);
  endsWithRow(provider, house);
  report(provider, house, count);
  return provider;
}

function configuration(house: House, { keys, released }: Ingredients, pages: OidcPages): Configuration {
  const names = cookieNames(house.config.issuer);
  return {
    adapter: (model) => makeAdapter(house, model),
    findAccount: accountFinder(house.db, released),
    loadExistingGrant: loadGrant,
    jwks: { keys },
    routes,
    ttl,
    claims: { ...claimsWith(released), acr: null, sid: null, auth_time: null, iss: null },
    // Scopes bring their claims into the ID token too: many apps never ask the userinfo endpoint.
    conformIdTokenClaims: false,
    scopes,
    acrValues: Object.values(acr),
    responseTypes: ["code"],
    subjectTypes: ["public"],
    // No client_secret_jwt: its key would be the secret, of which there is only the digest.
    clientAuthMethods: ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
    clientDefaults: {
      grant_types: ["authorization_code"],
      id_token_signed_response_alg: "RS256",
      response_types: ["code"],
      token_endpoint_auth_method: "client_secret_basic",
    },
    enabledJWA: {
      idTokenSigningAlgValues: ["RS256", "ES256"],
      // What apps sign with: never with a secret, of which there is only the digest, and never not at all.
      clientAuthSigningAlgValues: appAlgorithms,
      requestObjectSigningAlgValues: appAlgorithms,
    },
    extraClientMetadata: { properties: [...ownMetadata, directoryClient] },
    extraTokenClaims: signInOf(house.db),
    extraParams: { scope: keepOfflineAccess },
    // For every app, confidential ones included (RFC 9700 §2.1.1); the provider knows S256 alone.
    pkce: { required: () => true },
    // Each refresh token works once; the second use ends the family (RFC 9700 §4.14.2).
    rotateRefreshToken: true,
    issueRefreshToken: (_ctx, client, code) => givesRefreshToken(client, code),
    expiresWithSession: (_ctx, code) => !code.scopes.has("offline_access"),
    allowOmittingSingleRegisteredRedirectUri: false,
    acceptQueryParamAccessTokens: false,
    clientBasedCORS,
    clockTolerance: 5,
    cookies: {
      names: { session: names.session, interaction: names.interaction, resume: names.resume },
      keys: cookieKeys(house),
      long: { httpOnly: true, sameSite: "lax", signed: true, path: "/" },
      short: { httpOnly: true, sameSite: "lax", signed: true },
    },
    interactions: {
      policy: promptPolicy(house.db),
      url: (_ctx, interaction) => `/signin/${interaction.uid}`,
    },
    features: features(pages, names.session, claimsWith(released)),
    renderError: async (ctx, out, error) => await pages.error(ctx, out, error),
    fetch: askOutside(house),
    fetchResponseBodyLimits: { jwks_uri: 256 * 1024, sector_identifier_uri: 64 * 1024 },
  };
}

/** A page of a public app may call the token endpoint, and a page of any app userinfo, from where it is registered. */
function clientBasedCORS(ctx: KoaContextWithOIDC, origin: string, client: Client) {
  if (origin === "null") return false;
  const mayCall = ctx.oidc.route === "userinfo" || ctx.oidc.client?.clientAuthMethod === "none";
  return mayCall && (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === origin);
}
