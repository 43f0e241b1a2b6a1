import { errors } from "oidc-provider";
import type { AccessToken, Client, ClientCredentials, KoaContextWithOIDC, ResourceServer } from "oidc-provider";
import type { Db } from "../db/connect.ts";
import { apisOf } from "./app-clients.ts";
import { writeTokens } from "./token-writes.ts";

/**
 * What tokens for an API are like (RFC 8707). The apps that may ask for it know it (see db/sql/oidc-apps.ts); for others
 * it is not there.
 *
 * @throws errors.InvalidTarget
 */
export async function describeApi(
  _ctx: KoaContextWithOIDC,
  identifier: string,
  client: Client,
): Promise<ResourceServer> {
  const api = apisOf(client).find((one) => one.identifier === identifier);
  if (api === undefined) throw new errors.InvalidTarget();
  return {
    scope: api.scopes.map((scope) => scope.name).join(" "),
    audience: identifier,
    accessTokenFormat: api.token_format,
    ...(api.token_seconds !== null && { accessTokenTTL: api.token_seconds }),
    ...(api.token_format === "jwt" && { jwt: { sign: { alg: api.signing_alg } } }),
  };
}

/**
 * What a JWT access token says of the sign-in that it came from, so that an API can ask for more (RFC 9068 §2.2.1,
 * RFC 9470). Opaque tokens say nothing by themselves.
 */
export function signInOf(db: Db) {
  return async (
    ctx: KoaContextWithOIDC,
    token: AccessToken | ClientCredentials,
  ): Promise<Record<string, string | number | string[]> | undefined> => {
    if (token.kind !== "AccessToken" || token.resourceServer?.accessTokenFormat !== "jwt") return undefined;
    await writeTokens(db, ctx);
    const { AuthorizationCode, RefreshToken, DeviceCode } = ctx.oidc.entities;
    const source = AuthorizationCode ?? RefreshToken ?? DeviceCode;
    return {
      ...(source?.authTime !== undefined && { auth_time: source.authTime }),
      ...(source?.acr !== undefined && { acr: source.acr }),
      ...(source?.amr !== undefined && { amr: source.amr }),
    };
  };
}
