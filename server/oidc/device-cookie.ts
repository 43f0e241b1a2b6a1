import type { Context, Middleware } from "koa";
import { newSecret } from "../kernel/secrets.ts";

// Browsers keep a cookie for 400 days at most (RFC 6265bis §5.5).
const daysMs = 400 * 86_400_000;

/**
 * Gives the browser the long-lived cookie that devices are recognised by, before a sign-in begins, so that two tabs and
 * a form that is sent twice are one device. Who signs in decides whose device it is: the database has a digest for each
 * account (see devices/admit-device.ts).
 *
 * @param name the cookie's name
 */
export function nameDevice(name: string): Middleware {
  return async (ctx, next) => {
    if (names.test(ctx.path)) {
      const known = ctx.cookies.get(name, { signed: false });
      const isKnown = known !== undefined && /^[\w-]{43}$/.test(known);
      ctx.state["device"] = isKnown ? known : newSecret();
      if (!isKnown && (ctx.method === "POST" || starts.test(ctx.path))) keepDevice(ctx, name);
    }
    await next();
  };
}

/** Sign-ins, and links from mails, after which a browser is known (see devices/known-origins.ts). */
const names = /^\/(?:oauth\/(?:authorize|device\/code)$|account|(?:signin|activate|reset)\/)/;

/** Where sign-ins begin. */
const starts = /^\/oauth\/(?:authorize|device\/code)$/;

/** The secret by which this request's browser is recognised. */
export function deviceSecretOf(ctx: Pick<Context, "state">): string {
  const secret: unknown = ctx.state["device"];
  if (typeof secret !== "string") throw new Error("nameDevice must come before the sign-in");
  return secret;
}

/** Lets the cookie of a browser live as long again, after a sign-in from it. */
export function keepDevice(ctx: Context, name: string): void {
  ctx.cookies.set(name, deviceSecretOf(ctx), {
    httpOnly: true,
    sameSite: "lax",
    path: "/",
    signed: false,
    maxAge: daysMs,
  });
}
