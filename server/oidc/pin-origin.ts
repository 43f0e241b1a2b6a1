import type Koa from "koa";

/**
 * Makes the configured issuer the only origin that requests seem to come to: neither Host nor X-Forwarded-* nor an
 * absolute request target has a say in links, cookies or the addresses that the provider gives out.
 */
export function pinOrigin(app: Koa, issuer: string): void {
  const { protocol, host, origin } = new URL(issuer);
  Object.defineProperties(app.request, {
    protocol: { get: () => protocol.slice(0, -1) },
    host: { get: () => host },
    origin: { get: () => origin },
    href: {
      get(this: Koa.Request) {
        return origin + this.originalUrl;
      },
    },
  });
}
