import type { Configuration } from "oidc-provider";

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** A signed-in browser: over after a day without use, and after two weeks in any case (ASVS 7.3.1, 7.3.2). */
export const session = { idleSeconds: day, absoluteSeconds: 14 * day };

/** A family of refresh tokens: over after two weeks without use, and after 90 days in any case (ASVS 10.4.8). */
export const refresh = { idleSeconds: 14 * day, absoluteSeconds: 90 * day };

/** How long a used code or refresh token is remembered, to tell a replay. */
export const replayWindowSeconds = 7 * day;

/** The longest that anything signed by a key of ours is accepted. */
export const longestSignedSeconds = hour;

/** How long each artefact lives, in seconds. */
export const ttl = {
  AccessToken: 15 * minute,
  // ASVS 10.4.3 asks for a minute at most at level 3; the app redeems it at once.
  AuthorizationCode: minute,
  ClientCredentials: 15 * minute,
  DeviceCode: 10 * minute,
  IdToken: hour,
  Interaction: hour,
  // A session may hand out refresh tokens on one grant until its own end.
  Grant: refresh.absoluteSeconds + session.absoluteSeconds,
  RefreshToken: (_ctx, token) =>
    atLeastOne(Math.min(refresh.idleSeconds, refresh.absoluteSeconds - token.totalLifetime())),
  Session: (_ctx, { loginTs }) => {
    const age = loginTs === undefined ? 0 : Math.floor(Date.now() / 1000) - loginTs;
    // Without anybody signed in it only carries the state of a page.
    if (loginTs === undefined) return hour;
    return atLeastOne(Math.min(session.idleSeconds, session.absoluteSeconds - age));
  },
} satisfies Configuration["ttl"];

/** The provider refuses lifetimes below one second; what is at its end dies a second later. */
function atLeastOne(seconds: number): number {
  return Math.max(1, Math.floor(seconds));
}
