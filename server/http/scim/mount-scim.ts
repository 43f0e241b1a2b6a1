import { Readable } from "node:stream";
import type { Context, Middleware } from "koa";
import { ScimError } from "#scim/messages/scim-error.ts";
import { visibleToUser } from "../../attributes/attribute-set.ts";
import { AttributeMemory } from "../../attributes/read-attributes.ts";
import type { IdentifiedDirectory } from "../../directories/identify-directory.ts";
import { scimBaseUrl, tokenUrl } from "../../directories/list-directories.ts";
import { readSwitches } from "../../directories/read-switches.ts";
import type { House } from "../../house.ts";
import { readSetting, SettingsMemory } from "../../settings/read-settings.ts";
import { isBelow } from "../shell/mount.ts";
import { factsOf, networkOf } from "../shell/request.ts";
import { authenticate, requireRunning, requireValid } from "./authenticate.ts";
import type { Known } from "./authenticate.ts";
import type { Call, Reply, ScimTypes } from "./call.ts";
import { CountMemory } from "./count-memory.ts";
import { meOf } from "./me.ts";
import { PlaceMemory } from "./place-memory.ts";
import { readBody } from "./read-body.ts";
import { NotAuthenticated, WrongMethod } from "./refusals.ts";
import { RateLimit } from "./rate-limit.ts";
import { RequestLog } from "./request-log.ts";
import type { Happened } from "./request-log.ts";
import { findRoute, handle } from "./routes.ts";
import { scimTypes } from "./scim-types.ts";
import { refusalBody, toRefusal } from "./to-scim-error.ts";
import type { Refusal } from "./to-scim-error.ts";
import { Turns } from "./turns.ts";

const root = "/scim/v2";

/** What the door holds as long as it is open. */
interface Door {
  house: House;
  types: AttributeMemory<{ forDirectories: ScimTypes; forPeople: ScimTypes }>;
  settings: SettingsMemory;
  rateLimit: RateLimit;
  turns: Turns;
  counts: CountMemory;
  /** Keeps what was asked and answered. */
  keep(happened: Happened): void;
  places: PlaceMemory;
}

/**
 * The door of the directories: SCIM 2.0 (RFC 7643, RFC 7644, RFC 9865) below `/scim/v2`. Every answer, refusals too, is
 * SCIM's JSON.
 *
 * @param keep takes what was asked and answered; without it, the request log of the directory does
 * @returns the middleware; `close` writes what is left of the request log, before the database is closed
 */
export function mountScim(house: House, keep?: (happened: Happened) => void): Middleware & { close(): Promise<void> } {
  const requestLog = new RequestLog(house);
  const door: Door = {
    house,
    types: new AttributeMemory(house.db, (attributes) => ({
      forDirectories: scimTypes(attributes),
      forPeople: scimTypes(visibleToUser(attributes)),
    })),
    settings: new SettingsMemory(house.db),
    rateLimit: new RateLimit(house.db),
    turns: new Turns(),
    counts: new CountMemory(),
    keep: keep ?? ((happened) => requestLog.add(happened)),
    places: new PlaceMemory(),
  };
  const middleware: Middleware = async (ctx, next) => {
    if (!isBelow("/scim", ctx.path)) return await next();
    ctx.set("Cache-Control", "no-store");
    send(ctx, await new Exchange(door, ctx).answer());
  };
  return Object.assign(middleware, { close: async () => await requestLog.flush() });
}

/** One request with its answer. */
class Exchange {
  readonly #door: Door;
  readonly #ctx: Context;
  readonly #notes = new Set<string>();
  #directory: IdentifiedDirectory | undefined;
  /** The body, once it was read. */
  #sent: unknown;

  constructor(door: Door, ctx: Context) {
    this.#door = door;
    this.#ctx = ctx;
  }

  async answer(): Promise<Reply> {
    const startedAt = performance.now();
    let refusal: Refusal | undefined;
    let reply: Reply;
    try {
      reply = await this.#route();
    } catch (error) {
      refusal = toRefusal(error, factsOf(this.#ctx).requestId);
      reply = this.#refuse(refusal, error);
    }
    this.#log(reply, refusal, performance.now() - startedAt);
    return reply;
  }

  async #route(): Promise<Reply> {
    const { path, method } = this.#ctx;
    if (!isBelow(root, path)) throw elsewhere(path);
    const query = new URLSearchParams(this.#ctx.querystring);
    const found = findRoute(path.slice(root.length) || "/");
    const authorization = this.#ctx.get("authorization");
    const { issuer } = this.#door.house.config;
    const baseUrl = scimBaseUrl(issuer);
    if (found?.route.kind === "public") {
      // Whoever shows a token is told whether it works.
      const isOpen = authorization === "" && (await readSetting(this.#door.house.db, "scim.publicDiscovery"));
      const known = isOpen ? undefined : await this.#enter(authorization);
      if (method !== "GET" && method !== "HEAD") throw new WrongMethod(["GET"]);
      const setsPasswords = known?.kind === "directory" && known.directory.own_passwords;
      const types = known === undefined ? (await this.#door.types.recent()).forDirectories : await this.#typesOf(known);
      const asked = { baseUrl, tokenEndpoint: tokenUrl(issuer), types, query, setsPasswords };
      return found.route.get(asked, found.id);
    }
    const known = await this.#enter(authorization);
    const types = await this.#typesOf(known);
    if (known.kind === "person") {
      if (found?.route.kind !== "me") throw new NotAuthenticated("This access token opens /Me alone.", "invalid_token");
      const { house, turns } = this.#door;
      const asked = { house, types, baseUrl, query, person: known.person, ifNoneMatch: this.#header("if-none-match") };
      return await turns.take(known.person.id, async () => await meOf(method, asked));
    }
    if (found === undefined) throw new ScimError(404, "There is nothing at this address.");
    const { route, id } = found;
    if (route.kind === "me")
      throw new ScimError(501, "A directory is no person, so there is nobody that /Me could mean.");
    const call = this.#callOf(known.directory, types, query, baseUrl);
    return await this.#door.turns.take(known.directory.id, async () => await handle(route, method, call, id));
  }

  /** Who asks, as far as they may. @throws ScimError 401 403 429 */
  async #enter(authorization: string): Promise<Known> {
    const known = await authenticate(this.#door.house, authorization);
    if (known.kind === "directory") {
      this.#directory = known.directory;
      requireValid(known.directory);
      requireRunning(known.directory);
      await this.#door.rateLimit.admit(known.directory);
    }
    return known;
  }

  #header(name: string): string | undefined {
    return this.#ctx.get(name) || undefined;
  }

  /** What there is for whoever asks, as of the version that was found with their token. */
  async #typesOf(known: Known): Promise<ScimTypes> {
    if (known.kind === "directory")
      return (await this.#door.types.at(known.directory.attribute_version)).forDirectories;
    return (await this.#door.types.at(known.person.attribute_version)).forPeople;
  }

  #callOf(directory: IdentifiedDirectory, types: ScimTypes, query: URLSearchParams, baseUrl: string): Call {
    const ctx = this.#ctx;
    return {
      house: this.#door.house,
      directory,
      actor: { kind: "directory", id: directory.id, name: directory.name, can: () => false, ...networkOf(ctx) },
      requestId: factsOf(ctx).requestId,
      baseUrl,
      types,
      settings: async () => await this.#door.settings.at(directory.settings_version),
      switches: readSwitches(directory.switches),
      query,
      ifMatch: this.#header("if-match"),
      ifNoneMatch: this.#header("if-none-match"),
      counts: this.#door.counts,
      places: this.#door.places,
      body: async () => (this.#sent = await readBody(ctx.req)),
      note: (lines) => {
        for (const line of lines) this.#notes.add(line);
      },
    };
  }

  #refuse(refusal: Refusal, error: unknown): Reply {
    if (!refusal.isExpected) factsOf(this.#ctx).log.error({ err: error }, "a SCIM request failed");
    const { status, headers, retryAfterSeconds } = refusal;
    const retryAfter = retryAfterSeconds === undefined ? {} : { "Retry-After": String(retryAfterSeconds) };
    return { status, headers: { ...headers, ...retryAfter }, body: refusalBody(refusal) };
  }

  #log({ status }: Reply, refusal: Refusal | undefined, durationMs: number): void {
    if (this.#directory === undefined) return;
    const { requestId, receivedAt } = factsOf(this.#ctx);
    this.#door.keep({
      directory: this.#directory,
      method: this.#ctx.method,
      address: this.#ctx.originalUrl,
      status,
      scimType: refusal?.scimType,
      detail: refusal?.detail,
      coercions: [...this.#notes],
      startedAt: receivedAt,
      durationMs,
      userAgent: this.#ctx.get("user-agent"),
      sent: this.#sent,
      requestId,
    });
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
  ctx.body = isPieces(body) ? inPieces(ctx, body) : JSON.stringify(body);
  ctx.set("Content-Type", mediaType(ctx));
}

/** What fails in the middle of an answer breaks it off: half a list must not look like a whole one. */
function inPieces(ctx: Context, pieces: AsyncIterable<string>): Readable {
  const stream = Readable.from(pieces);
  stream.on("error", (error) => {
    factsOf(ctx).log.error({ err: error }, "a SCIM answer broke off");
    ctx.res.destroy();
  });
  return stream;
}

function isPieces(body: object): body is AsyncIterable<string> {
  return Symbol.asyncIterator in body;
}

/** OneLogin's client wants `application/json` and says so; everybody else gets what RFC 7644 §8.1 names. */
function mediaType(ctx: Context): string {
  const asksForPlain = /application\/json/i.test(ctx.get("accept"));
  const best = asksForPlain && ctx.accepts("application/scim+json", "application/json");
  return `${best === "application/json" ? best : "application/scim+json"}; charset=utf-8`;
}
