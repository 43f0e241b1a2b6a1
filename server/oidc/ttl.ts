import type { Client, Configuration, KoaContextWithOIDC } from "oidc-provider";
import { mostSessionDays } from "../settings/definitions.ts";
import { lifetimesOf } from "./app-clients.ts";

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** The longest that a signed-in browser may be; how long one is, the settings say (see sessions/lifetimes.ts). */
const longestSessionSeconds = mostSessionDays * day;

/** A family of refresh tokens: over after two weeks without use, and after 90 days in any case (ASVS 10.4.8). */
export const refresh = { idleSeconds: 14 * day, absoluteSeconds: 90 * day };

/** How long a used code or refresh token is remembered, to tell a replay. */
export const replayWindowSeconds = 7 * day;

/** The longest that anything signed by a key of ours is accepted: what an app or an API may be given at most. */
export const longestSignedSeconds = day;

/** An access token where neither the API nor the app has a lifetime of its own. */
const accessTokenSeconds = 15 * minute;

/** How long each artefact lives, in seconds. */
export const ttl = {
  AccessToken: (_ctx, token, client) => token.resourceServer?.accessTokenTTL ?? accessTokenOf(client),
  // ASVS 10.4.3 asks for a minute at most at level 3; the app redeems it at once.
  AuthorizationCode: minute,
  ClientCredentials: (_ctx, token, client) => token.resourceServer?.accessTokenTTL ?? accessTokenOf(client),
  DeviceCode: 10 * minute,
  IdToken: (_ctx, _token, client) => lifetimesOf(client).idToken ?? hour,
  Interaction: hour,
  // A session may hand out refresh tokens on one grant until its own end.
  Grant: (ctx: KoaContextWithOIDC | undefined) => longestRefreshOf(ctx?.oidc.client) + longestSessionSeconds,
  RefreshToken: (_ctx, token, client) => {
    const { idleSeconds, absoluteSeconds } = refreshOf(client);
    return atLeastOne(Math.min(idleSeconds, absoluteSeconds - token.totalLifetime()));
  },
  // Without anybody signed in it only carries the state of a page.
  Session: (_ctx, { loginTs }) => (loginTs === undefined ? hour : longestSessionSeconds),
} satisfies Configuration["ttl"];

function accessTokenOf(client: Client | undefined): number {
  return lifetimesOf(client).accessToken ?? accessTokenSeconds;
}

/** How long the refresh tokens of an app live; one that sets a single lifetime keeps the two in order. */
function refreshOf(client: Client | undefined): { idleSeconds: number; absoluteSeconds: number } {
  const own = lifetimesOf(client);
  const absoluteSeconds = own.refreshAbsolute ?? Math.max(refresh.absoluteSeconds, own.refreshIdle ?? 0);
  return { idleSeconds: Math.min(own.refreshIdle ?? refresh.idleSeconds, absoluteSeconds), absoluteSeconds };
}

/** A consent is given on a page of ours, where the provider does not say for which app: then any app's longest. */
function longestRefreshOf(client: Client | undefined): number {
  return client === undefined ? 365 * day : refreshOf(client).absoluteSeconds;
}

/** The provider refuses lifetimes below one second; what is at its end dies a second later. */
function atLeastOne(seconds: number): number {
  return Math.max(1, Math.floor(seconds));
}
