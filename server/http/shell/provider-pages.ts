import type { Context } from "koa";
import type { KoaContextWithOIDC } from "oidc-provider";
import { selectConnection, selectUpstreamOf } from "../../db/sql/connections.ts";
import { upstreamSignOut } from "../../signin/sign-in-upstream.ts";
import type { House } from "../../house.ts";
import { placeName } from "../../kernel/places.ts";
import type { EnteredCode, OidcPages } from "../../oidc/oidc-pages.ts";
import { browserName } from "../../sessions/browser-name.ts";
import { readSettings } from "../../settings/read-settings.ts";
import type { FieldError } from "../pages/page-views.ts";
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
    async enterCode(ctx, { action, xsrf, userCode, problem }) {
      const koa = asKoa(ctx);
      await showPage(
        house,
        koa,
        "device-code",
        {
          form: { action, hidden: [{ name: "xsrf", value: xsrf }], errors: errorsOfCode(koa, problem) },
          userCode,
        },
        { status: problem === undefined ? 200 : 422, here: action },
      );
    },
    async confirmDevice(ctx, { action, xsrf, userCode, appName, address, userAgent, askedAt }) {
      const koa = asKoa(ctx);
      const locale = pickLocale(koa, "en");
      const place = house.places.placeOf(address);
      const settings = await readSettings(house.db);
      await showPage(
        house,
        koa,
        "device-confirm",
        {
          form: {
            action,
            hidden: [
              { name: "xsrf", value: xsrf },
              { name: "user_code", value: userCode },
            ],
          },
          app: { name: appName },
          userCode,
          at: askedAt,
          browser: browserName(userAgent) ?? undefined,
          address,
          place: place === undefined ? undefined : placeName(place, locale),
          clock: { timeZone: settings["organization.timeZone"], now: house.now() },
        },
        { here: `${action}?user_code=${encodeURIComponent(userCode)}` },
      );
    },
    async deviceDone(ctx, { appName }) {
      await showPage(
        house,
        asKoa(ctx),
        "device-done",
        { ...(appName !== undefined && { app: { name: appName } }) },
        { here: "/oauth/device/code" },
      );
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

/** What a person reads when a code does not lead on. */
function errorsOfCode(ctx: Context, problem: EnteredCode["problem"]): FieldError[] {
  if (problem === undefined) return [];
  const text = wordsFor(pickLocale(ctx, "en")).deviceCode.problems[problem];
  return problem === "missing" || problem === "wrong" ? [{ field: "user_code", text }] : [{ text }];
}

/** The provider's context is Koa's, with more in it. */
function asKoa(ctx: KoaContextWithOIDC): Context {
  return ctx;
}
