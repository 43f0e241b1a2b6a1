import type { Grant, KoaContextWithOIDC } from "oidc-provider";
import type { HouseAccount } from "./accounts.ts";
import { accountClientId } from "./app-clients.ts";
import { isThirdParty } from "./policy.ts";

/**
 * What a user has granted an app in this session. An app of the organization's own gets what it asks for, without a
 * question; a third-party app gets what the user agreed to, in this session.
 */
export async function loadGrant(ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { client, session, provider, account } = ctx.oidc;
  if (client === undefined || session === undefined || account === undefined) return undefined;
  const consented = ctx.oidc.result?.consent?.grantId;
  const grantId = consented ?? session.grantIdFor(client.clientId);
  const existing = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  const own = existing?.accountId === account.accountId && existing.clientId === client.clientId ? existing : undefined;
  // A blocked account looks after itself on its own pages, and gets nothing else.
  const { isBlocked, mayUseApp } = account as HouseAccount;
  const isBarred = (isBlocked && client.clientId !== accountClientId) || !mayUseApp;
  if (isThirdParty(ctx) || isBarred) return own;

  const grant = own ?? new provider.Grant({ accountId: account.accountId, clientId: client.clientId });
  const before = JSON.stringify([grant.openid, grant.resources]);
  grant.addOIDCScope([...ctx.oidc.requestParamOIDCScopes].join(" ") || "openid");
  grant.addOIDCClaims([...ctx.oidc.requestParamClaims]);
  for (const [identifier, api] of Object.entries(ctx.oidc.resourceServers ?? {})) {
    const asked = [...ctx.oidc.requestParamScopes].filter((scope) => api.scopes.has(scope));
    if (asked.length > 0) grant.addResourceScope(identifier, asked.join(" "));
  }
  if (own === undefined || JSON.stringify([grant.openid, grant.resources]) !== before) await grant.save();
  return grant;
}
