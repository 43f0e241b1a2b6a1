import { METHODS } from "node:http";
import { Readable } from "node:stream";
import Router from "@koa/router";
import type { Context, Middleware } from "koa";
import type { z } from "zod";
import { mayCall } from "../../contract/endpoint.ts";
import type { Endpoint } from "../../contract/endpoint.ts";
import { endpoints } from "../../contract/endpoints.ts";
import { failure } from "../../contract/failure.ts";
import type { Actor, By } from "../../db/work.ts";
import type { House } from "../../house.ts";
import { identifyApiToken } from "../../permissions/api-tokens.ts";
import type { Mount, Shared } from "../shell/mount.ts";
import { etagOf, requireMatch } from "../shell/etag.ts";
import { readJson, readParts } from "../shell/read-body.ts";
import { factsOf, networkOf } from "../shell/request.ts";
import { sourceOf } from "../shell/same-origin.ts";
import { setPolicy } from "../shell/security-headers.ts";
import { pickLocale } from "../shell/show-page.ts";
import { invalidFields } from "./invalid-fields.ts";
import { apiPage } from "./api-page.ts";
import { appAccessHandlers } from "./app-access.ts";
import { appHandlers } from "./apps.ts";
import { attributeHandlers } from "./attributes.ts";
import { bulkHandlers } from "./bulk.ts";
import { commentHandlers } from "./comments.ts";
import { connectionHandlers } from "./connections.ts";
import { directoryHandlers } from "./directories.ts";
import { exportHandlers } from "./exports.ts";
import { groupHandlers } from "./groups.ts";
import { mailTemplateHandlers } from "./mail-templates.ts";
import { GivenFile, KeptFile } from "./handler.ts";
import type { Handler, Handlers } from "./handler.ts";
import { importHandlers } from "./imports.ts";
import { once } from "./once.ts";
import { openApi } from "./openapi.ts";
import { onboardingHandlers } from "./onboarding.ts";
import { organizationHandlers } from "./organization.ts";
import { recordHandlers } from "./records.ts";
import { resourceHandlers } from "./resources.ts";
import { sendKeptFile } from "./send-kept-file.ts";
import { roleHandlers } from "./roles.ts";
import { answerTryFile, answerTryPage } from "./try-page.ts";
import { tokenHandlers } from "./tokens.ts";
import { userViewHandlers } from "./user-views.ts";
import { userHandlers } from "./users.ts";

const handlers: Handlers<typeof endpoints> = {
  ...organizationHandlers,
  ...roleHandlers,
  ...userHandlers,
  ...bulkHandlers,
  ...commentHandlers,
  ...userViewHandlers,
  ...groupHandlers,
  ...appHandlers,
  ...appAccessHandlers,
  ...resourceHandlers,
  ...directoryHandlers,
  ...attributeHandlers,
  ...connectionHandlers,
  ...importHandlers,
  ...exportHandlers,
  ...recordHandlers,
  ...onboardingHandlers,
  ...mailTemplateHandlers,
  ...tokenHandlers,
};

/**
 * The admin API (C2): every endpoint of the contract under /api/v1, its document at /api/openapi.json and a page to
 * read it at /api/docs. Who asks is known by an API token, or by the console's cookie on requests from our own pages.
 */
export const mountApi: Mount = (house, shared) => {
  const router = new Router({ prefix: "/api" });
  router.get("/openapi.json", (ctx) => {
    ctx.body = openApi(house.config.issuer);
  });
  router.get("/docs", (ctx) => {
    ctx.type = "html";
    setPolicy(ctx, {
      "default-src": ["'none'"],
      "style-src": ["'self'"],
      "img-src": ["'self'"],
      "frame-ancestors": ["'none'"],
      "base-uri": ["'none'"],
    });
    ctx.body = apiPage();
  });
  router.get("/docs/try", answerTryPage);
  router.get("/docs/:file", async (ctx) => await answerTryFile(ctx, ctx.params["file"] ?? ""));
  for (const [name, endpoint] of Object.entries(endpoints) as [keyof typeof endpoints, Endpoint][]) {
    const handler = handlers[name] as Handler<Endpoint>;
    router.register(`/v1${endpoint.path}`, [endpoint.method], async (ctx: Context) => {
      await answer(house, shared, ctx, endpoint, handler);
    });
  }
  const routes = router.routes() as Middleware;
  return async (ctx, next) => {
    if (!ctx.path.startsWith("/api/")) return await next();
    return await routes(ctx, async () => {
      throw refuseUnknown(router, ctx);
    });
  };
};

async function answer(
  house: House,
  shared: Shared,
  ctx: Context,
  endpoint: Endpoint,
  handle: Handler<Endpoint>,
): Promise<void> {
  ctx.set("Cache-Control", "no-store");
  const actor = await identify(house, shared, ctx, endpoint.method);
  if (!mayCall(endpoint, (permission) => actor.can(permission))) throw failure("access.denied");
  const { takesFile } = endpoint;
  const takesBody = endpoint.method !== "GET" && endpoint.method !== "DELETE" && takesFile === undefined;
  const by: By = { actor, requestId: factsOf(ctx).requestId };
  const ifMatch = ctx.get("if-match") || undefined;
  const call = {
    house,
    by,
    params: checked(endpoint.params, ctx["params"] as unknown),
    query: checked(endpoint.query, { ...ctx.query }),
    body: checked(endpoint.body, takesBody ? await readBody(ctx) : {}),
    file: readParts(ctx, takesFile?.mostBytes ?? 0),
    locale: pickLocale(ctx, "en"),
    requireVersion: (present: { version: string }) => requireMatch(ifMatch, present),
    endConsoleSession: async () => await shared.endConsoleSession(ctx),
  };
  // Only what the contract names leaves the house; a reply that lacks something is our bug and becomes a 500.
  const act = async (whoever: By) => {
    const reply = await handle({ ...call, by: whoever });
    if (reply instanceof GivenFile || reply instanceof KeptFile) return reply;
    return endpoint.status === 204 ? undefined : endpoint.reply.parse(reply);
  };
  const reply = await answerOnce(house, ctx, endpoint, { by, body: call.body, act });
  ctx.status = endpoint.status;
  if (reply instanceof GivenFile) return sendFile(ctx, reply);
  if (reply instanceof KeptFile) return sendKeptFile(ctx, reply.file);
  if (endpoint.isVersioned === true) ctx.set("ETag", etagOf((reply as { version: string }).version));
  ctx.body = endpoint.status === 204 ? null : reply;
}

/** A creation with a key happens once; everything else, also a file of any size, each time it is asked for. */
async function answerOnce(
  house: House,
  ctx: Context,
  endpoint: Endpoint,
  { by, body, act }: { by: By; body: unknown; act: (whoever: By) => Promise<unknown> },
): Promise<unknown> {
  const key = ctx.get("idempotency-key");
  if (endpoint.status !== 201 || endpoint.takesFile !== undefined || key === "") return await act(by);
  const asked = { key, actor: by.actor, method: endpoint.method, path: ctx.path, body };
  const { reply, isAgain } = await once(house, asked, async (beforeCommit) => await act({ ...by, beforeCommit }));
  if (isAgain) ctx.set("Idempotency-Replayed", "true");
  return reply;
}

/** Sends a file as it is made, to be saved and not shown. */
function sendFile(ctx: Context, { name, type, parts }: GivenFile): void {
  ctx.type = type;
  // Names in other letters than Latin ones come in RFC 8187's form.
  const plain = name.replaceAll(/[^\w.-]+/g, "_");
  ctx.set("Content-Disposition", `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name)}`);
  ctx.body = Readable.from(parts);
}

/** @throws access.signInNeeded access.foreignOrigin */
async function identify(house: House, shared: Shared, ctx: Context, method: string): Promise<Actor> {
  const [scheme = "", token] = ctx.get("authorization").split(" ");
  if (scheme.toLowerCase() === "bearer" && token !== undefined) {
    const actor = await identifyApiToken(house.db, token, house.now());
    if (actor === undefined) throw needSignIn(ctx);
    return { ...actor, ...networkOf(ctx) };
  }
  const actor = await shared.identifyConsole(ctx);
  if (actor === undefined) throw needSignIn(ctx);
  // A cookie goes along with requests that other sites start; a change must come from a page of ours.
  if (method !== "GET" && sourceOf(ctx, house.config.issuer) !== "own") throw failure("access.foreignOrigin");
  return actor;
}

function needSignIn(ctx: Context) {
  ctx.set("WWW-Authenticate", 'Bearer realm="gatehouse"');
  return failure("access.signInNeeded");
}

/** An endpoint without fields is also called without a body. */
async function readBody(ctx: Context): Promise<unknown> {
  const isEmpty = ctx.get("transfer-encoding") === "" && (ctx.request.length ?? 0) === 0;
  return isEmpty ? {} : await readJson(ctx);
}

function checked(schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value);
  if (!result.success) throw invalidFields(result.error);
  const field = brokenText(result.data);
  if (field !== undefined) {
    throw failure("request.invalid", { field, says: `${field}: holds U+0000 or half of a surrogate pair.` });
  }
  return result.data;
}

/** The first field with a text that PostgreSQL cannot keep: one with U+0000, or one that is no Unicode. */
function brokenText(value: unknown, place = ""): string | undefined {
  if (typeof value === "string") return value.includes("\0") || !value.isWellFormed() ? place : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [name, item] of Object.entries(value)) {
    const found = brokenText(item, place === "" ? name : `${place}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function refuseUnknown(router: Router, ctx: Context) {
  const methods = METHODS.filter((method) => method !== "HEAD" && router.match(ctx.path, method).route);
  if (methods.length === 0) return failure("request.unknownPath");
  ctx.set("Allow", methods.join(", "));
  return failure("request.wrongMethod");
}
