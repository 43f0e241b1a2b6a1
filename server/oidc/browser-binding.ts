import { createHash } from "node:crypto";
import type { Context, Middleware } from "koa";
import { newSecret } from "../kernel/secrets.ts";

/**
 * Gives the browser a random name before the provider begins a sign-in in it. Interactions carry its digest, and go on
 * in that browser alone: a link to somebody else's half-done sign-in leads nowhere (session fixation, CVE-2026-7507).
 * The cookie is `__Host-` on https, so no sibling domain can plant it; the provider's own cookies are bound to a path
 * and could be planted.
 *
 * @param name the cookie's name
 */
export function nameBrowser(name: string): Middleware {
  return async (ctx, next) => {
    let value = ctx.cookies.get(name, { signed: false });
    if (value === undefined || !/^[\w-]{43}$/.test(value)) {
      value = newSecret();
      if (ctx.method === "GET" && hasForm.test(ctx.path)) {
        ctx.cookies.set(name, value, { httpOnly: true, sameSite: "lax", path: "/", signed: false });
      }
    }
    ctx.state["browser"] = createHash("sha256").update(value).digest("base64url");
    await next();
  };
}

/** Where sign-ins begin, and pages whose forms carry a token of the browser (see http/shell/same-origin.ts). */
const hasForm = /^\/(?:oauth\/(?:authorize|device\/code)$|(?:activate|reset|setup|account|signin\/confirm)(?:\/|$))/;

/** The digest of the name that this request's browser has. */
export function browserOf(ctx: Pick<Context, "state">): string {
  const browser: unknown = ctx.state["browser"];
  if (typeof browser !== "string") throw new Error("nameBrowser must come before the provider");
  return browser;
}
