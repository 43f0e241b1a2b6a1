import type { Middleware } from "koa";
import type { House } from "../../house.ts";
import { factsOf } from "./request.ts";

/** What may be wrong with a server that runs. */
export interface Readiness {
  /** True once the server takes no more requests. */
  isClosing: boolean;
}

/**
 * `/healthz`: the process lives. `/readyz`: it can do its work, that is, the database answers and has the schema of this
 * release. A load balancer sends requests to those that are ready.
 *
 * @param names the migrations that this release knows
 */
export function mountHealth(house: House, readiness: Readiness, names: readonly string[]): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== "/healthz" && ctx.path !== "/readyz") return await next();
    ctx.set("Cache-Control", "no-store");
    if (ctx.path === "/healthz") {
      ctx.body = { status: "ok" };
      return;
    }
    const problem = await findProblem();
    ctx.status = problem === undefined ? 200 : 503;
    ctx.body = problem === undefined ? { status: "ok" } : { status: "unready", problem };

    async function findProblem(): Promise<string | undefined> {
      if (readiness.isClosing) return "closing";
      try {
        const rows = await house.db.rows<{ name: string }>("select name from migrations");
        const applied = new Set(rows.map((row) => row.name));
        return names.every((name) => applied.has(name)) ? undefined : "migrations are missing";
      } catch (error) {
        factsOf(ctx).log.warn({ err: error }, "not ready");
        return "the database does not answer";
      }
    }
  };
}
