import { createServer } from "node:http";
import type { Server } from "node:http";
import Koa from "koa";
import type { Middleware } from "koa";
import { failure } from "../contract/failure.ts";
import { knownMigrations } from "../db/migrate.ts";
import type { House } from "../house.ts";
import { nameBrowser } from "../oidc/browser-binding.ts";
import { nameDevice } from "../oidc/device-cookie.ts";
import { cookieKeys } from "../oidc/cookies.ts";
import { openOidc } from "../oidc/open-oidc.ts";
import { pinOrigin } from "../oidc/pin-origin.ts";
import { shareCores } from "../passwords/hash.ts";
import { mountApi } from "./api/mount-api.ts";
import { identifyConsole } from "./console/identify-console.ts";
import { mountConsole } from "./console/mount-console.ts";
import { signOutConsole } from "./console/sign-out.ts";
import { mountDoor } from "./door/mount-door.ts";
import { mountScim } from "./scim/mount-scim.ts";
import { serveAssets } from "./serve-assets.ts";
import { logRequests } from "./shell/access-log.ts";
import { answerFailures } from "./shell/answer-failure.ts";
import { mountHealth } from "./shell/health.ts";
import type { Readiness } from "./shell/health.ts";
import { makeMetrics, mountMetrics } from "./shell/metrics.ts";
import type { Mount, Shared } from "./shell/mount.ts";
import { providerPages } from "./shell/provider-pages.ts";
import { meetRequest } from "./shell/request.ts";
import { securityHeaders } from "./shell/security-headers.ts";

/** The parts of the server that browsers use, in the order in which they are asked. Each answers its own addresses. */
const mounts: Mount[] = [mountApi, mountDoor, mountConsole];

export interface Serving {
  port: number;
  /** Takes no more requests, waits for those that run, and ends those that take too long. */
  close(): Promise<void>;
}

/** How long requests that run may take when the server closes. */
const closingMs = 10_000;

/**
 * Serves everything over HTTP. The public origin is always the configured issuer, whatever a request says.
 *
 * @param more parts besides the usual ones, asked before them; tests bring a door of theirs
 * @throws Error with code EADDRINUSE when something listens there already
 */
export async function serve(house: House, more: readonly Mount[] = []): Promise<Serving> {
  shareCores(house.config.processes);
  const metrics = makeMetrics(house);
  const oidc = await openOidc(house, {
    pages: providerPages(house),
    count: (event) => metrics.countOidc(event),
  });
  const shared: Shared = {
    oidc,
    metrics,
    identifyConsole: async (ctx) => await identifyConsole(oidc, ctx),
    endConsoleSession: async (ctx) => await signOutConsole(oidc, ctx),
  };
  const readiness: Readiness = { isClosing: false };

  const app = new Koa();
  // Under this app the provider's cookies are signed by it: both must have the same keys.
  app.keys = cookieKeys(house);
  app.silent = true;
  app.on("error", (error: unknown) => house.log.warn({ err: error }, "an answer broke off"));
  pinOrigin(app, house.config.issuer);

  app.use(meetRequest(house));
  app.use(logRequests(metrics));
  app.use(securityHeaders(house));
  app.use(answerFailures(house));
  app.use(refuseOddTargets);
  app.use(mountHealth(house, readiness, await knownMigrations()));
  app.use(mountMetrics(metrics));
  // Directories are no browsers, and many a request is theirs.
  const scim = mountScim(house);
  app.use(scim);
  app.use(serveAssets());
  app.use(nameBrowser(oidc.cookies.browser));
  app.use(nameDevice(oidc.cookies.device));
  app.use(leadOn);
  const mounted = [...more, ...mounts].map((mount) => mount(house, shared));
  for (const middleware of mounted) app.use(middleware);
  app.use(oidc.middleware);

  // It never rejects: what fails is answered by answerFailures, or told to "error".
  const handle = app.callback();
  const server = createServer((req, res) => void handle(req, res));
  // Longer than the idle time of common load balancers, so that it is never us who close first.
  server.keepAliveTimeout = 75_000;
  const port = await listen(server, house.config);
  return {
    port,
    async close() {
      readiness.isClosing = true;
      await stop(server);
      await Promise.all([scim, ...mounted].map(async (middleware) => await middleware.close?.()));
      metrics.registry.clear();
    },
  };
}

/** A target in absolute form, or without a path, is no request to us (RFC 9112 §3.2). */
const refuseOddTargets: Middleware = async (ctx, next) => {
  if (!ctx.originalUrl.startsWith("/")) throw failure("request.invalid");
  await next();
};

const elsewhere = new Map([
  ["/", "/account/"],
  ["/favicon.ico", "/assets/favicon.svg"],
]);

/** The root is nobody's page: people go to their account, and browsers look there for an icon. */
const leadOn: Middleware = async (ctx, next) => {
  const location = ctx.method === "GET" || ctx.method === "HEAD" ? elsewhere.get(ctx.path) : undefined;
  if (location === undefined) return await next();
  ctx.redirect(location);
};

async function listen(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // Connections on which nothing happens end at once, the others with the answer that is under way.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  server.closeIdleConnections();
  const limit = setTimeout(() => server.closeAllConnections(), closingMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(limit);
}
