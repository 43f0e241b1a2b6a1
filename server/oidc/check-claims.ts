import { errors } from "oidc-provider";
import type { ClaimsParameter, Client, KoaContextWithOIDC } from "oidc-provider";

/**
 * Keeps the parameter `claims` (OpenID Connect Core §5.5) to what the scopes of an app would bring: otherwise an app that
 * may not ask for `groups` as a scope would ask for the claim.
 *
 * @param byScope the claims of each scope
 * @returns the check that the provider makes of the parameter
 */
export function claimsCheck(byScope: Record<string, readonly string[]>) {
  return async (_ctx: KoaContextWithOIDC, asked: ClaimsParameter, client: Client): Promise<void> => {
    const allowed = new Set(client.scope?.split(" "));
    for (const claim of Object.keys({ ...asked.id_token, ...asked.userinfo })) {
      const scopes = Object.keys(byScope).filter((scope) => byScope[scope]?.includes(claim) === true);
      if (scopes.length > 0 && !scopes.some((scope) => allowed.has(scope))) {
        throw new errors.InvalidScope(`the claim ${claim} is not allowed`, scopes.join(" "));
      }
    }
  };
}
