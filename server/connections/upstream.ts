import * as client from "openid-client";
import { failure } from "../contract/failure.ts";
import type { ConnectionRow } from "../db/sql/connections.ts";
import type { House } from "../house.ts";
import { askOutside } from "../settings/ask-outside.ts";
import { secretOf } from "./change-connection.ts";
import { checkIssuer } from "./check-connection.ts";
import { callbackPath } from "./list-connections.ts";

/** What must come back as it was sent, and what the answer is checked against. */
export interface UpstreamChecks {
  state: string;
  nonce: string;
  codeVerifier: string;
}

/** Who somebody is upstream. Texts are as the provider sent them. */
export interface UpstreamPerson {
  subject: string;
  /** The session's name there, when it has one. */
  sid: string | null;
  email: string | null;
  /** Whether the provider says that the email is the person's own. */
  isEmailVerified: boolean;
  username: string | null;
  name: string | null;
  givenName: string | null;
  familyName: string | null;
}

const timeoutSeconds = 5;
/** Configuration and keys are asked for again after this time. */
const knownForMs = 10 * 60_000;
const mostKnown = 100;

const known = new Map<string, { at: number; config: Promise<client.Configuration> }>();

/**
 * Finds out whether an issuer answers with its configuration (OpenID Connect Discovery §4).
 *
 * @returns the issuer as it calls itself
 * @throws connection.issuerInvalid connection.issuerUnreachable
 */
export async function probeIssuer(house: House, typed: string): Promise<string> {
  const issuer = checkIssuer(typed, house.config.issuer.startsWith("http:"));
  try {
    const config = await client.discovery(new URL(issuer), "probe", undefined, client.None(), optionsFor(house));
    const { issuer: name, authorization_endpoint, token_endpoint, jwks_uri } = config.serverMetadata();
    if (authorization_endpoint === undefined || token_endpoint === undefined || jwks_uri === undefined) {
      throw new Error("the configuration lacks an endpoint");
    }
    return name;
  } catch (error) {
    throw failure("connection.issuerUnreachable", { field: "issuer", cause: error });
  }
}

/**
 * Where to send somebody to sign in upstream: code flow with PKCE, state and nonce (RFC 9700 §2.1).
 *
 * @param given.isFresh whether a session that is there upstream is not enough
 * @throws signin.upstreamFailed the provider does not answer
 */
export async function upstreamAddress(
  house: House,
  connection: ConnectionRow,
  given: { loginHint?: string | undefined; isFresh: boolean; uiLocales: readonly string[] },
): Promise<{ url: URL; checks: UpstreamChecks }> {
  const checks = {
    state: client.randomState(),
    nonce: client.randomNonce(),
    codeVerifier: client.randomPKCECodeVerifier(),
  };
  const url = client.buildAuthorizationUrl(await configOf(house, connection), {
    redirect_uri: house.config.issuer + callbackPath,
    response_type: "code",
    scope: connection.scopes,
    state: checks.state,
    nonce: checks.nonce,
    code_challenge: await client.calculatePKCECodeChallenge(checks.codeVerifier),
    code_challenge_method: "S256",
    ...(given.loginHint === undefined ? {} : { login_hint: given.loginHint }),
    ...(given.isFresh ? { prompt: "login" } : {}),
    ...(given.uiLocales.length === 0 ? {} : { ui_locales: given.uiLocales.join(" ") }),
  });
  return { url, checks };
}

/**
 * Redeems the code that an upstream provider sent somebody back with. The library checks state, `iss` of the answer
 * (RFC 9207), signature, issuer, audience, times and nonce of the ID token (OpenID Connect Core §3.1.3.7).
 *
 * @param query of the address that the browser came back to
 * @throws signin.upstreamFailed with the library's error as its cause
 */
export async function redeemUpstream(
  house: House,
  connection: ConnectionRow,
  query: string,
  checks: UpstreamChecks,
): Promise<UpstreamPerson> {
  try {
    const config = await configOf(house, connection);
    // The public address, and never what a header says of it.
    const tokens = await client.authorizationCodeGrant(
      config,
      new URL(`${house.config.issuer}${callbackPath}?${query}`),
      {
        expectedState: checks.state,
        expectedNonce: checks.nonce,
        pkceCodeVerifier: checks.codeVerifier,
        idTokenExpected: true,
      },
    );
    const claims = tokens.claims();
    if (claims === undefined) throw new Error("there is no ID token");
    const isLean = claims["email"] === undefined && claims["preferred_username"] === undefined;
    const asksMore = isLean && config.serverMetadata().userinfo_endpoint !== undefined;
    const more = asksMore ? await client.fetchUserInfo(config, tokens.access_token, claims.sub) : {};
    return personOf({ ...more, ...claims });
  } catch (error) {
    throw failure("signin.upstreamFailed", { cause: error });
  }
}

/** The configuration of a connection's issuer, as it was a few minutes ago at most. @throws signin.upstreamFailed */
export async function configOf(house: House, connection: ConnectionRow): Promise<client.Configuration> {
  const key = `${connection.id} ${connection.updated_at.getTime()}`;
  const found = known.get(key);
  if (found !== undefined && Date.now() - found.at < knownForMs) return await found.config;
  if (known.size >= mostKnown) known.clear();
  const config = discover(house, connection);
  known.set(key, { at: Date.now(), config });
  // What failed is asked for again at the next try.
  config.catch(() => known.delete(key));
  return await config;
}

async function discover(house: House, connection: ConnectionRow): Promise<client.Configuration> {
  const secret = secretOf(house.keyring, connection);
  const issuer = new URL(connection.issuer);
  try {
    const config = await client.discovery(issuer, connection.client_id, secret, client.None(), optionsFor(house));
    const methods = config.serverMetadata().token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
    const isPost = !methods.includes("client_secret_basic") && methods.includes("client_secret_post");
    const authentication =
      secret === undefined
        ? client.None()
        : isPost
          ? client.ClientSecretPost(secret)
          : client.ClientSecretBasic(secret);
    const own = new client.Configuration(config.serverMetadata(), connection.client_id, secret, authentication);
    own.timeout = timeoutSeconds;
    own[client.customFetch] = askOutside(house);
    if (house.config.issuer.startsWith("http:")) client.allowInsecureRequests(own);
    return own;
  } catch (error) {
    throw failure("signin.upstreamFailed", { cause: error });
  }
}

function optionsFor(house: House): client.DiscoveryRequestOptions {
  return {
    timeout: timeoutSeconds,
    [client.customFetch]: askOutside(house),
    // Where the own issuer is on localhost, the other may be too.
    execute: house.config.issuer.startsWith("http:") ? [client.allowInsecureRequests] : [],
  };
}

function personOf(claims: Record<string, unknown>): UpstreamPerson {
  const text = (name: string, most: number) => {
    const value = claims[name];
    return typeof value === "string" && value !== "" && value.length <= most && !value.includes("\0") ? value : null;
  };
  const subject = text("sub", 255);
  if (subject === null) throw new Error("the ID token has no usable subject");
  return {
    subject,
    sid: text("sid", 255),
    email: text("email", 320),
    isEmailVerified: claims["email_verified"] === true,
    username: text("preferred_username", 200),
    name: text("name", 256),
    givenName: text("given_name", 256),
    familyName: text("family_name", 256),
  };
}
