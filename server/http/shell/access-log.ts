import type { Middleware } from "koa";
import type { Metrics } from "./metrics.ts";
import { factsOf } from "./request.ts";

// Asked every few seconds by machines.
const quiet = /^\/(?:healthz|readyz|metrics|assets\/)/;

const mounts = [
  "oauth",
  ".well-known",
  "scim",
  "api",
  "admin",
  "signin",
  "activate",
  "reset",
  "account",
  "setup",
  "assets",
];
const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/**
 * One line of the log for each request, when its answer is gone or the client is. No query and no body: both carry
 * codes, tokens and names; the log hides what looks like a token in the path (see kernel/hide-secrets.ts).
 */
export function logRequests(metrics: Metrics): Middleware {
  return async (ctx, next) => {
    const startedAt = performance.now();
    const { log, address } = factsOf(ctx);
    const { path, method } = ctx;
    ctx.res.once("close", () => {
      const ms = performance.now() - startedAt;
      const status = ctx.res.writableFinished ? ctx.res.statusCode : 499;
      metrics.requests.observe({ method: methodOf(method), mount: mountOf(path), status }, ms / 1000);
      const fields = { method, path, status, ms: Math.round(ms * 10) / 10, address };
      if (quiet.test(path)) log.debug(fields, "request");
      else log.info(fields, "request");
    });
    await next();
  };
}

/** What comes from outside is never the name of a series. */
function methodOf(method: string): string {
  return methods.has(method) ? method : "other";
}

function mountOf(path: string): string {
  const first = path.split("/", 2)[1] ?? "";
  return mounts.includes(first) ? first : "other";
}
