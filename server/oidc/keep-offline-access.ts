import { decodeJwt } from "jose";
import { errors } from "oidc-provider";
import type { KoaContextWithOIDC } from "oidc-provider";

/**
 * Keeps `offline_access` among the scopes of a request without `prompt=consent`, which the provider drops otherwise.
 * OpenID Connect Core §11 lets other conditions stand for that prompt: here an app of the organization's own needs no
 * consent, and a third-party app is asked for it by the scope itself.
 *
 * Hangs on the parameter `scope` as a validator, which runs after the provider has taken the scope out.
 */
export async function keepOfflineAccess(ctx: KoaContextWithOIDC): Promise<void> {
  const { params, client } = ctx.oidc;
  if (params === undefined || client?.grantTypeAllowed("refresh_token") !== true) return;
  const left = typeof params["scope"] === "string" ? params["scope"].split(" ") : [];
  if (left.includes("offline_access") || !left.includes("openid")) return;
  if (!asked(ctx).includes("offline_access")) return;
  if (client.scope?.split(" ").includes("offline_access") !== true) {
    throw new errors.InvalidScope("requested scope is not allowed", "offline_access");
  }
  params["scope"] = [...left, "offline_access"].join(" ");
}

function asked(ctx: KoaContextWithOIDC): string[] {
  // What was pushed is kept as a request object; one that the app signed has been checked by now.
  const signed: unknown =
    ctx.oidc.route === "pushed_authorization_request" ? ctx.oidc.body?.["request"] : ctx.query["request"];
  const pushed =
    ctx.oidc.entities.PushedAuthorizationRequest?.request ?? (typeof signed === "string" ? signed : undefined);
  const scope =
    pushed !== undefined
      ? decodeJwt(pushed)["scope"]
      : ctx.oidc.route === "pushed_authorization_request"
        ? ctx.oidc.body?.["scope"]
        : ctx.query["scope"];
  return typeof scope === "string" ? scope.split(" ") : [];
}
