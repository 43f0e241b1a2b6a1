import { createLocalJWKSet, jwtVerify } from "jose";
import type { JSONWebKeySet } from "jose";
import { selectConnection, selectUpstreamSessions, takeLogoutToken } from "../db/sql/connections.ts";
import type { ConnectionRow } from "../db/sql/connections.ts";
import { inWork, trusted } from "../db/work.ts";
import type { House } from "../house.ts";
import { isId } from "../kernel/ids.ts";
import { endSession } from "../sessions/end-sessions.ts";
import { askOutside } from "../settings/ask-outside.ts";
import { configOf } from "./upstream.ts";

/** What an upstream provider says is over: all sessions of somebody there, or one. */
export interface UpstreamLogout {
  connection: ConnectionRow;
  subject: string | undefined;
  sid: string | undefined;
  jti: string;
  expiresAt: Date;
}

const event = "http://schemas.openid.net/event/backchannel-logout";
// Asymmetric ones alone; there is no key that both sides could have agreed on for others.
const algorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];
/** A token is good for this long after it was made, whatever it says. */
const oldestSeconds = 300;

/**
 * Checks a logout token (OpenID Connect Back-Channel Logout 1.0 §2.6): signature, issuer, audience, age, event, no
 * nonce, and that it names somebody or a session.
 *
 * @returns undefined when it does not count
 */
export async function readUpstreamLogout(
  house: House,
  connectionId: string,
  token: string,
): Promise<UpstreamLogout | undefined> {
  const connection = isId(connectionId) ? await selectConnection(house.db, connectionId) : undefined;
  if (connection === undefined || token === "") return undefined;
  try {
    const { issuer, jwks_uri } = (await configOf(house, connection)).serverMetadata();
    if (jwks_uri === undefined) return undefined;
    const keys = (await (await askOutside(house)(jwks_uri)).json()) as JSONWebKeySet;
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(keys), {
      issuer,
      audience: connection.client_id,
      algorithms,
      maxTokenAge: oldestSeconds,
      clockTolerance: 30,
      requiredClaims: ["iat", "jti"],
      currentDate: house.now(),
    });
    const { sub, sid, jti, events, nonce } = payload;
    const isTyped =
      protectedHeader.typ === undefined || /^(?:application\/)?(?:logout\+)?jwt$/i.test(protectedHeader.typ);
    const isLogout = typeof events === "object" && events !== null && event in events;
    const session = typeof sid === "string" ? sid : undefined;
    if (!isTyped || !isLogout || nonce !== undefined || (sub === undefined && session === undefined)) return undefined;
    const expiresAt = new Date(house.now().getTime() + 2 * oldestSeconds * 1000);
    return jti === undefined ? undefined : { connection, subject: sub, sid: session, jti, expiresAt };
  } catch (error) {
    house.log.info({ err: error, connection: connection.name }, "a logout token from upstream does not count");
    return undefined;
  }
}

/** Ends the sessions here that a logout token names; a token counts once. */
export async function endUpstream(
  house: House,
  told: UpstreamLogout,
  from: { requestId: string; address?: string; userAgent?: string },
): Promise<void> {
  const { requestId, ...network } = from;
  const { connection, subject, sid, jti, expiresAt } = told;
  const actor = { ...trusted("system", connection.name), ...network };
  await inWork(house, { actor, requestId }, async (work) => {
    if (!(await takeLogoutToken(work.tx, { connectionId: connection.id, jti, expiresAt }))) return;
    for (const session of await selectUpstreamSessions(work.tx, { connectionId: connection.id, subject, sid })) {
      await endSession(work, session.user_id, session.id, "upstreamLogout");
    }
  });
}
