import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Context, Middleware } from "koa";
import type { Logger } from "pino";
import type { Actor } from "../../db/work.ts";
import type { House } from "../../house.ts";
import { addressReader } from "./address.ts";

/** What the shell finds out about a request before anybody else sees it. */
export interface RequestFacts {
  /** Ties the answer, the log and the events together; the answer carries it as `X-Request-Id`. */
  requestId: string;
  receivedAt: Date;
  /** Network address of the client, behind the proxies that are trusted. */
  address: string;
  log: Logger;
}

/** Finds out the facts of a request and puts them into `ctx.state`. Comes first. */
export function meetRequest(house: House): Middleware {
  const read = addressReader(house.config.trustProxy);
  return async (ctx, next) => {
    const { address, isProxied } = read(ctx.req);
    const requestId = (isProxied ? inboundId(ctx.req) : undefined) ?? randomUUID();
    const facts: RequestFacts = {
      requestId,
      receivedAt: new Date(),
      address,
      log: house.log.child({ requestId }),
    };
    Object.assign(ctx.state, facts);
    ctx.request.ip = address;
    ctx.set("X-Request-Id", requestId);
    await next();
  };
}

/** The facts of a request. */
export function factsOf(ctx: Pick<Context, "state">): RequestFacts {
  return ctx.state;
}

/** Who acts before anybody has signed in. */
export function strangerOf(ctx: Context): Actor {
  return { kind: "stranger", id: null, name: "", can: () => false, ...networkOf(ctx) };
}

/** Where a request came from, for the log of events. */
export function networkOf(ctx: Context): { address: string; userAgent?: string } {
  const userAgent = ctx.get("user-agent").slice(0, 500);
  return { address: factsOf(ctx).address, ...(userAgent !== "" && { userAgent }) };
}

/** The id that a trusted proxy gave the request, if it is one that a log can bear. */
function inboundId(req: IncomingMessage): string | undefined {
  const given = req.headers["x-request-id"];
  return typeof given === "string" && /^[\w.-]{8,128}$/.test(given) ? given : undefined;
}
