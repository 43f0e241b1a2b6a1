import type { Context, Middleware } from "koa";
import helmet from "koa-helmet";
import type { House } from "../../house.ts";

/** Seconds for which a browser insists on https once it has seen it: one year (RFC 6797). */
const hstsSeconds = 31_536_000;

/** What a page may do: nothing but load our own files and post to us. */
const pagePolicy = written({
  "default-src": ["'none'"],
  "style-src": ["'self'"],
  "script-src": ["'self'"],
  "img-src": ["'self'", "data:"],
  "font-src": ["'self'"],
  "form-action": ["'self'"],
  "frame-ancestors": ["'none'"],
  "base-uri": ["'none'"],
});

export type Policy = Record<string, readonly string[]>;

/** Sets the headers that keep browsers careful. A mount may set another content security policy. */
export function securityHeaders(house: House): Middleware {
  const others = helmet({
    contentSecurityPolicy: false,
    strictTransportSecurity: house.config.issuer.startsWith("https:")
      ? { maxAge: hstsSeconds, includeSubDomains: false }
      : false,
    referrerPolicy: { policy: "no-referrer" },
    xFrameOptions: { action: "deny" },
    // The token endpoint is called from pages of other origins, which CORS decides about.
    crossOriginResourcePolicy: false,
  });
  return async (ctx, next) => {
    ctx.set("Content-Security-Policy", pagePolicy);
    ctx.set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
    await others(ctx, next);
  };
}

/** Sets the content security policy of an answer. */
export function setPolicy(ctx: Context, policy: Policy): void {
  ctx.set("Content-Security-Policy", written(policy));
}

function written(policy: Policy): string {
  return Object.entries(policy)
    .map(([name, values]) => [name, ...values].join(" "))
    .join("; ");
}

/**
 * Lets the forms of a page lead to an app: Chromium applies `form-action` to the redirects after a post too, so a
 * sign-in page must name the origin where the sign-in ends.
 *
 * @param uri a registered redirect URI: https, http of a loopback address, or an app's own scheme
 */
export function allowFormTarget(ctx: Context, uri: string | undefined): void {
  const source = sourceOf(uri);
  if (source === undefined) return;
  const policy = ctx.response.get("Content-Security-Policy");
  ctx.set(
    "Content-Security-Policy",
    policy.replace(/form-action [^;]*/, (directive) => `${directive} ${source}`),
  );
}

/** Lets the script of a page ask this server something. */
export function allowOwnRequests(ctx: Context): void {
  ctx.set("Content-Security-Policy", `${ctx.response.get("Content-Security-Policy")}; connect-src 'self'`);
}

function sourceOf(uri: string | undefined): string | undefined {
  const url = uri === undefined ? null : URL.parse(uri);
  if (url === null) return undefined;
  const isWeb = url.protocol === "https:" || url.protocol === "http:";
  // CSP has no way to write an IPv6 address (CSP3 §2.3.1).
  if (isWeb && !url.hostname.startsWith("[")) return url.origin;
  return url.protocol;
}
