import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import type { Context, Middleware } from "koa";
import { failure } from "../../contract/failure.ts";
import type { House } from "../../house.ts";
import type { OidcEvent } from "../../oidc/report.ts";
import { isPrivate } from "./address.ts";
import { factsOf } from "./request.ts";

/** What this process counts, for Prometheus. */
export interface Metrics {
  registry: Registry;
  /** Durations of requests in seconds, by mount; a path of its own would be a series for every id. */
  requests: Histogram<"method" | "mount" | "status">;
  /** Sign-ins at the door: `success`, or the code of the failure. */
  signIns: Counter<"outcome">;
  /** Counts what the OpenID provider did. */
  countOidc(event: OidcEvent): void;
}

/** Makes the metrics of one server. Jobs and mails are asked of the database when somebody looks. */
export function makeMetrics(house: House): Metrics {
  const registry = new Registry();
  // Several processes answer on one port: each names itself, so that a scrape of one does not look like a fall of all.
  registry.setDefaultLabels({ process: String(process.pid) });
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: "gatehouse_http_request_seconds",
    help: "Time from a request to its answer.",
    labelNames: ["method", "mount", "status"] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  });
  const signIns = new Counter({
    name: "gatehouse_sign_ins_total",
    help: "Tries to sign in, by how they went.",
    labelNames: ["outcome"] as const,
    registers,
  });
  const tokens = new Counter({
    name: "gatehouse_token_requests_total",
    help: "Requests to the token endpoint, by grant and how they went.",
    labelNames: ["grant", "outcome"] as const,
    registers,
  });
  const authorizations = new Counter({
    name: "gatehouse_authorizations_total",
    help: "Answers of the authorization endpoint to apps.",
    labelNames: ["outcome"] as const,
    registers,
  });
  const interactions = new Counter({
    name: "gatehouse_interactions_total",
    help: "How often a person was asked to sign in or to consent.",
    labelNames: ["prompt"] as const,
    registers,
  });
  registerGauges(house, registers);
  return {
    registry,
    requests,
    signIns,
    countOidc(event) {
      if (event.kind === "grant") tokens.inc({ grant: event.grant, outcome: event.outcome });
      else if (event.kind === "authorization") authorizations.inc({ outcome: event.outcome });
      else interactions.inc({ prompt: event.prompt });
    },
  };
}

function registerGauges(house: House, registers: Registry[]): void {
  new Gauge({
    name: "gatehouse_jobs",
    help: "Jobs that wait, or have failed for good.",
    labelNames: ["state"] as const,
    registers,
    async collect() {
      const row = await house.db.row<{ waiting: number; failed: number }>(
        `select count(*) filter (where attempts < max_attempts)::int as waiting,
           count(*) filter (where attempts >= max_attempts)::int as failed from graphile_worker.jobs`,
      );
      this.set({ state: "waiting" }, row?.waiting ?? 0);
      this.set({ state: "failed" }, row?.failed ?? 0);
    },
  });
  new Gauge({
    name: "gatehouse_mails",
    help: "Mails that wait, or that the mail server refused for good.",
    labelNames: ["state"] as const,
    registers,
    async collect() {
      const rows = await house.db.rows<{ state: string; count: number }>(
        "select state, count(*)::int as count from mails where state in ('waiting', 'failed') group by state",
      );
      this.reset();
      for (const { state, count } of rows) this.set({ state }, count);
    },
  });
}

/**
 * Serves `/metrics` to the machine itself and to private networks, when no proxy brought the request: a proxy that is
 * not listed in TRUST_PROXY would make the whole world look private. To everybody else there is nothing here.
 */
export function mountMetrics(metrics: Metrics): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== "/metrics") return await next();
    if (ctx.method !== "GET" || isForwarded(ctx) || !isPrivate(factsOf(ctx).address))
      throw failure("request.unknownPath");
    ctx.type = metrics.registry.contentType;
    ctx.set("Cache-Control", "no-store");
    ctx.body = await metrics.registry.metrics();
  };
}

function isForwarded(ctx: Context): boolean {
  return ["x-forwarded-for", "forwarded", "x-real-ip"].some((name) => ctx.get(name) !== "");
}
