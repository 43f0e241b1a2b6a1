import type { Context } from "koa";
import type { KoaContextWithOIDC } from "oidc-provider";
import { selectConnection, selectUpstreamOf } from "../../db/sql/connections.ts";
import { upstreamSignOut } from "../../signin/sign-in-upstream.ts";
import type { House } from "../../house.ts";
import type { OidcPages } from "../../oidc/oidc-pages.ts";
import { wordsFor } from "../../kernel/words/words.ts";
import { factsOf } from "./request.ts";
import { allowFormTarget } from "./security-headers.ts";
import { pickLocale, showPage } from "./show-page.ts";

const upstreamCookie = "gatehouse_upstream";
const upstreamCookieOptions = { httpOnly: true, sameSite: "lax", path: "/oauth/logout", signed: true } as const;
/** Long enough to read the question whether to sign out. */
const upstreamCookieMs = 10 * 60_000;

/** The pages that the OpenID provider shows itself, in the look of the house. */
export function providerPages(house: House): OidcPages {
  return {
    allowFormTarget,
    async error(ctx, out) {
      const koa = asKoa(ctx);
      const status = koa.status >= 400 ? koa.status : 400;
      const { requestId } = factsOf(koa);
      // The sign-in was begun too long ago, elsewhere, or is done: there is nothing to mend but to begin again.
      if (isOver(koa, out.error)) return await showPage(house, koa, "signin-ended", { reason: "expired" }, { status });
      if (status >= 500) return await showPage(house, koa, "error", { requestId }, { status });
      // The words are for the developer of the app; the person can only tell them where it broke.
      const { error } = wordsFor(pickLocale(koa, "en"));
      const text = `${error.lead} (${[out.error, out.error_description].filter(Boolean).join(": ")})`;
      await showPage(house, koa, "error", { text, requestId }, { status });
    },
    async confirmSignOut(ctx, { action, xsrf, appName, leadsTo }) {
      await showPage(
        house,
        asKoa(ctx),
        "signout-confirm",
        {
          form: { action: new URL(action).pathname, hidden: [{ name: "xsrf", value: xsrf }] },
          ...(appName !== undefined && { app: { name: appName } }),
        },
        { leadsTo },
      );
    },
    async noteUpstream(ctx, sessionUid) {
      const id = await selectUpstreamOf(house.db, sessionUid);
      if (id === undefined) return;
      asKoa(ctx).cookies.set(upstreamCookie, id, { ...upstreamCookieOptions, maxAge: upstreamCookieMs });
    },
    async signedOut(ctx, { appName }) {
      const upstream = await signOutUpstream(house, asKoa(ctx));
      await showPage(house, asKoa(ctx), "signed-out", {
        ...(appName !== undefined && { app: { name: appName } }),
        ...(upstream !== undefined && { upstream }),
        signinHref: "/account/",
      });
    },
  };
}

/** Whoever signed in through another provider is still signed in there: where to end that too. */
async function signOutUpstream(house: House, ctx: Context): Promise<{ name: string; href: string } | undefined> {
  const id = ctx.cookies.get(upstreamCookie, { signed: true });
  if (id === undefined) return undefined;
  ctx.cookies.set(upstreamCookie, null, upstreamCookieOptions);
  const connection = await selectConnection(house.db, id);
  const url = connection === undefined ? undefined : await upstreamSignOut(house, connection);
  return connection === undefined || url === undefined ? undefined : { name: connection.name, href: url.href };
}

function isOver(ctx: Context, error: string): boolean {
  return error === "invalid_request" && /^\/oauth\/authorize\/./.test(ctx.path);
}

/** The provider's context is Koa's, with more in it. */
function asKoa(ctx: KoaContextWithOIDC): Context {
  return ctx;
}
