import { Readable } from "node:stream";
import type { Context, Middleware } from "koa";
import { ScimError } from "#scim/messages/scim-error.ts";
import { groupType, userType } from "#scim/schema/resource-type.ts";
import { scimBaseUrl } from "../../directories/list-directories.ts";
import type { IdentifiedDirectory } from "../../directories/identify-directory.ts";
import type { House } from "../../house.ts";
import { isBelow } from "../shell/mount.ts";
import { factsOf, networkOf } from "../shell/request.ts";
import { authenticate, requireRunning } from "./authenticate.ts";
import type { Call, Reply, ScimTypes } from "./call.ts";
import { readBody } from "./read-body.ts";
import { readSwitches } from "./read-switches.ts";
import { findRoute, handle, wrongMethod } from "./routes.ts";
import { refusalBody, toRefusal } from "./to-scim-error.ts";

const root = "/scim/v2";

/**
 * The door of the directories: SCIM 2.0 (RFC 7643, RFC 7644, RFC 9865) below `/scim/v2`. Every answer, refusals too, is
 * SCIM's JSON.
 */
export function mountScim(house: House): Middleware {
  const types: ScimTypes = { user: userType(), group: groupType() };
  return async (ctx, next) => {
    if (!isBelow("/scim", ctx.path)) return await next();
    ctx.set("Cache-Control", "no-store");
    const exchange = new Exchange(house, types, ctx);
    send(ctx, await exchange.answer());
  };
}

/** One request with its answer. */
class Exchange {
  readonly #house: House;
  readonly #types: ScimTypes;
  readonly #ctx: Context;
  readonly #notes = new Set<string>();

  constructor(house: House, types: ScimTypes, ctx: Context) {
    this.#house = house;
    this.#types = types;
    this.#ctx = ctx;
  }

  async answer(): Promise<Reply> {
    try {
      return await this.#route();
    } catch (error) {
      return this.#refuse(error);
    }
  }

  async #route(): Promise<Reply> {
    const { path, method } = this.#ctx;
    if (!isBelow(root, path)) throw elsewhere(path);
    const query = new URLSearchParams(this.#ctx.querystring);
    const found = findRoute(path.slice(root.length) || "/");
    const authorization = this.#ctx.get("authorization");
    const baseUrl = scimBaseUrl(this.#house.config.issuer);
    if (found?.route.kind === "public") {
      // Whoever shows a token is told whether it works.
      const known = authorization === "" ? undefined : await this.#enter(authorization);
      if (method !== "GET" && method !== "HEAD") throw wrongMethod(["GET"]);
      const setsPasswords = known?.own_passwords ?? false;
      return found.route.get({ baseUrl, types: this.#types, query, setsPasswords }, found.id);
    }
    const directory = await this.#enter(authorization);
    if (found === undefined) throw new ScimError(404, "There is nothing at this address.");
    return await handle(found.route, method, this.#callOf(directory, query, baseUrl), found.id);
  }

  async #enter(authorization: string): Promise<IdentifiedDirectory> {
    const directory = await authenticate(this.#house, authorization);
    requireRunning(directory);
    return directory;
  }

  #callOf(directory: IdentifiedDirectory, query: URLSearchParams, baseUrl: string): Call {
    const ctx = this.#ctx;
    const header = (name: string) => ctx.get(name) || undefined;
    return {
      house: this.#house,
      directory,
      actor: { kind: "directory", id: directory.id, name: directory.name, can: () => false, ...networkOf(ctx) },
      requestId: factsOf(ctx).requestId,
      baseUrl,
      types: this.#types,
      switches: readSwitches(directory.switches),
      query,
      ifMatch: header("if-match"),
      ifNoneMatch: header("if-none-match"),
      body: async () => await readBody(ctx.req),
      note: (lines) => {
        for (const line of lines) this.#notes.add(line);
      },
    };
  }

  #refuse(error: unknown): Reply {
    const { requestId, log } = factsOf(this.#ctx);
    const refusal = toRefusal(error, requestId);
    if (!refusal.isExpected) log.error({ err: error }, "a SCIM request failed");
    return {
      status: refusal.status,
      headers: {
        ...refusal.headers,
        ...(refusal.retryAfterSeconds === undefined ? {} : { "Retry-After": String(refusal.retryAfterSeconds) }),
      },
      body: refusalBody(refusal),
    };
  }
}

function elsewhere(path: string): ScimError {
  if (/^\/scim\/v\d/i.test(path)) {
    return new ScimError(400, "Only version 2 of SCIM is spoken here, at /scim/v2.", "invalidVers");
  }
  return new ScimError(404, "There is nothing at this address; SCIM is spoken at /scim/v2.");
}

function send(ctx: Context, { status, headers = {}, body }: Reply): void {
  ctx.status = status;
  for (const [name, value] of Object.entries(headers)) ctx.set(name, value);
  if (body === undefined) {
    ctx.body = null;
    // Koa makes 204 of an empty body.
    ctx.status = status;
    return;
  }
  ctx.body = isPieces(body) ? Readable.from(body) : JSON.stringify(body);
  ctx.set("Content-Type", mediaType(ctx));
}

function isPieces(body: object): body is AsyncIterable<string> {
  return Symbol.asyncIterator in body;
}

/** OneLogin's client wants `application/json` and says so; everybody else gets what RFC 7644 §8.1 names. */
function mediaType(ctx: Context): string {
  const best = ctx.accepts("application/scim+json", "application/json");
  return `${best === "application/json" ? best : "application/scim+json"}; charset=utf-8`;
}
