import { errors } from "oidc-provider";
import type { Configuration, KoaContextWithOIDC } from "oidc-provider";
import { describeApi } from "./apis.ts";
import { claimsCheck } from "./check-claims.ts";
import { deviceFlow } from "./device-flow.ts";
import type { OidcPages } from "./oidc-pages.ts";
import { isOwnHint, signOutNow } from "./sign-out-now.ts";

/** What of the provider is switched on, and the rules of each part. */
export function features(
  pages: OidcPages,
  sessionCookie: string,
  claims: Record<string, readonly string[]>,
): NonNullable<Configuration["features"]> {
  return {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    userinfo: { enabled: true },
    claimsParameter: { enabled: true, assertClaimsParameter: claimsCheck(claims) },
    pushedAuthorizationRequests: { enabled: true },
    dPoP: { enabled: true },
    requestObjects: { enabled: true },
    deviceFlow: deviceFlow(pages),
    backchannelLogout: { enabled: true },
    // An app learns about its own tokens only: a token says who its bearer is, and that is no other app's business
    // (RFC 7662 §4). Public apps cannot prove who they are and learn nothing.
    introspection: {
      enabled: true,
      allowedPolicy: (_ctx, client, token) => client.clientAuthMethod !== "none" && token.clientId === client.clientId,
    },
    revocation: {
      enabled: true,
      allowedPolicy: (_ctx, client, token) => {
        if (token.clientId === client.clientId) return true;
        // RFC 7009 §2.1: a foreign token is refused; a public app is not told that there is one.
        if (client.clientAuthMethod === "none") return false;
        throw new errors.InvalidRequest("client is not authorized to revoke the presented token");
      },
    },
    rpInitiatedLogout: {
      enabled: true,
      async logoutSource(ctx) {
        if (ctx.oidc.session?.accountId !== undefined) await pages.noteUpstream(ctx, ctx.oidc.session.uid);
        if (isOwnHint(ctx)) return await signOutNow(ctx, sessionCookie);
        await pages.confirmSignOut(ctx, {
          action: ctx.oidc.urlFor("end_session_confirm"),
          xsrf: secretOf(ctx),
          appName: ctx.oidc.client?.clientName,
          leadsTo: text(ctx.oidc.params?.["post_logout_redirect_uri"]),
        });
      },
      async postLogoutSuccessSource(ctx) {
        await pages.signedOut(ctx, { appName: ctx.oidc.client?.clientName });
      },
    },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: describeApi,
    },
  };
}

/** What the form of the sign-out page proves itself with; the provider keeps it in the session. */
function secretOf(ctx: KoaContextWithOIDC): string {
  const secret = ctx.oidc.session?.state?.["secret"];
  if (typeof secret !== "string") throw new Error("the sign-out page has no secret");
  return secret;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
