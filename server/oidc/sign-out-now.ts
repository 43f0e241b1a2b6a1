import type { KoaContextWithOIDC } from "oidc-provider";

/**
 * Whether a request to sign out proves with an ID token that it comes from an app of this very session. Then the
 * person is not asked; anybody else could only make a nuisance of themselves (RP-Initiated Logout §2, ASVS 10.6.2).
 */
export function isOwnHint(ctx: KoaContextWithOIDC): boolean {
  const { session, client, entities } = ctx.oidc;
  // The provider has checked its signature, issuer and audience before.
  const payload: unknown = (entities["IdTokenHint"] as { payload?: unknown } | undefined)?.payload;
  if (typeof payload !== "object" || payload === null || session?.accountId === undefined) return false;
  const { sub, sid } = payload as { sub?: unknown; sid?: unknown };
  return sub === session.accountId && (sid === undefined || sid === session.sidFor(client?.clientId ?? ""));
}

/**
 * Signs out without a question, as the provider does after a yes: ends what lives only as long as the session, ends the
 * session, of which jobs tell the apps, and goes where the app wanted.
 */
export async function signOutNow(ctx: KoaContextWithOIDC, cookie: string): Promise<void> {
  const { session, provider, params } = ctx.oidc;
  if (session === undefined) return;
  for (const { grantId, persistsLogout } of Object.values(session.authorizations ?? {})) {
    if (grantId === undefined || persistsLogout === true) continue;
    await Promise.all([
      provider.AccessToken.revokeByGrantId(grantId),
      provider.AuthorizationCode.revokeByGrantId(grantId),
      provider.RefreshToken.revokeByGrantId(grantId),
      provider.Grant.adapter.destroy(grantId),
    ]);
  }
  await session.destroy();
  ctx.cookies.set(cookie, null, { path: "/", httpOnly: true, sameSite: "lax", signed: true });
  provider.emit("end_session.success", ctx);
  ctx.status = 303;
  ctx.redirect(destination(ctx, text(params?.["post_logout_redirect_uri"]), text(params?.["state"])));
}

function destination(ctx: KoaContextWithOIDC, uri: string | undefined, state: string | undefined): string {
  if (uri === undefined) return ctx.oidc.urlFor("end_session_success");
  const url = new URL(uri);
  if (state !== undefined) url.searchParams.set("state", state);
  return url.href;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
