import type { Context } from "koa";
import type { KoaContextWithOIDC } from "oidc-provider";
import type { House } from "../../house.ts";
import type { OidcPages } from "../../oidc/oidc-pages.ts";
import { wordsFor } from "../../kernel/words/words.ts";
import { factsOf } from "./request.ts";
import { allowFormTarget } from "./security-headers.ts";
import { pickLocale, showPage } from "./show-page.ts";

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
    async signedOut(ctx, { appName }) {
      await showPage(house, asKoa(ctx), "signed-out", {
        ...(appName !== undefined && { app: { name: appName } }),
        signinHref: "/account/",
      });
    },
  };
}

function isOver(ctx: Context, error: string): boolean {
  return error === "invalid_request" && /^\/oauth\/authorize\/./.test(ctx.path);
}

/** The provider's context is Koa's, with more in it. */
function asKoa(ctx: KoaContextWithOIDC): Context {
  return ctx;
}
