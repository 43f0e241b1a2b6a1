import type { Context, Middleware } from "koa";
import { Failure, failure } from "../../contract/failure.ts";
import type { House } from "../../house.ts";
import { failureText } from "../failure-words.ts";
import type { Locale } from "../../kernel/words/locale.ts";
import { factsOf } from "./request.ts";
import { pickLocale, showPage } from "./show-page.ts";

/** Ways in which PostgreSQL or the way to it is gone for now, rather than wrong (PostgreSQL appendix A). */
const isAway = /^(?:ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTFOUND|EPIPE|57P0[123]|08\w{3}|53300)$/;

/**
 * Answers every refusal once, as a page or as a JSON problem (RFC 9457), by what the client accepts. What is not a
 * refusal is a fault: the log gets all of it, the client a request id.
 */
export function answerFailures(house: House): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      if (ctx.status === 404 && (ctx.body === undefined || ctx.body === null)) throw failure("request.unknownPath");
    } catch (error) {
      await answer(house, ctx, error);
    }
  };
}

async function answer(house: House, ctx: Context, error: unknown): Promise<void> {
  const { log } = factsOf(ctx);
  if (ctx.res.headersSent || !ctx.writable) {
    log.warn({ err: error }, "a request failed after its answer had begun");
    ctx.respond = false;
    ctx.res.destroy();
    return;
  }
  const refusal = toRefusal(error);
  if (refusal === undefined) log.error({ err: error }, "a request failed");
  else if (refusal.cause !== undefined) log.info({ err: refusal.cause, code: refusal.code }, "a request was refused");
  if (refusal?.retryAfterSeconds !== undefined) ctx.set("Retry-After", String(refusal.retryAfterSeconds));
  ctx.remove("Content-Encoding");
  ctx.remove("ETag");
  if (wantsPage(ctx)) await answerPage(house, ctx, refusal);
  else answerProblem(ctx, refusal);
}

function toRefusal(error: unknown): Failure | undefined {
  if (error instanceof Failure) return error;
  if (!(error instanceof Error)) return undefined;
  const { code, status, expose } = error as Error & { code?: unknown; status?: unknown; expose?: unknown };
  if (typeof code === "string" && isAway.test(code)) {
    return failure("server.busy", { retryAfterSeconds: 5, cause: error });
  }
  // What Koa itself throws at a request that is not well formed.
  if (expose === true && typeof status === "number" && status < 500)
    return failure("request.invalid", { cause: error });
  return undefined;
}

/** Programs get JSON; so does everything below /api, and whoever does not ask for a page. */
function wantsPage(ctx: Context): boolean {
  return !ctx.path.startsWith("/api/") && ctx.accepts("json", "html") === "html" && ctx.get("accept") !== "";
}

async function answerPage(house: House, ctx: Context, refusal: Failure | undefined): Promise<void> {
  const { requestId } = factsOf(ctx);
  if (refusal === undefined) return await showPage(house, ctx, "error", { requestId, backHref: "/" }, { status: 500 });
  const { status } = refusal;
  if (status === 404) return await showPage(house, ctx, "not-found", { homeHref: "/" }, { status });
  if (refusal.code === "request.tooMany" || refusal.code === "signin.throttled") {
    return await showPage(house, ctx, "too-many", { waitSeconds: refusal.retryAfterSeconds ?? 60 }, { status });
  }
  const text = failureText(refusal, pickLocale(ctx, "en"));
  return await showPage(house, ctx, "error", { text, requestId, backHref: "/" }, { status });
}

function answerProblem(ctx: Context, refusal: Failure | undefined): void {
  const body = problemOf(refusal, factsOf(ctx).requestId, pickLocale(ctx, "en"));
  ctx.status = body.status;
  ctx.set("Cache-Control", "no-store");
  ctx.body = body;
  ctx.type = "application/problem+json";
}

/** A refusal, or a fault, in the words of the wire (RFC 9457; see `problem` in contract/shapes.ts). */
export function problemOf(refusal: Failure | undefined, requestId: string, locale: Locale) {
  if (refusal === undefined) {
    return {
      type: "about:blank",
      title: "Something went wrong on the server. Its log has the details under the request id.",
      status: 500,
      code: "server.failed",
      requestId,
    };
  }
  const { code, status, field, fields } = refusal;
  const title = failureText(refusal, locale);
  return {
    type: "about:blank",
    title,
    status,
    code,
    ...(field !== undefined && { field }),
    ...(fields !== undefined && { fields }),
    requestId,
  };
}
