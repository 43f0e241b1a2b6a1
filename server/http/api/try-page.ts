import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Context } from "koa";
import { failure } from "../../contract/failure.ts";
import { assetHref } from "../serve-assets.ts";
import { setPolicy } from "../shell/security-headers.ts";

/** What of Swagger UI is sent, by the name it is asked for. */
const files = {
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
  "swagger-ui.css": "text/css; charset=utf-8",
} as const;

interface Loaded {
  tag: string;
  plain: Buffer;
  zipped: Buffer;
}

const find = createRequire(import.meta.url);
const loaded = new Map<string, Promise<Loaded>>();

/**
 * A page to try the admin API in (C2): Swagger UI, served from here, under a policy that lets it talk to nobody else.
 * Its requests are real ones, by the token that is typed there or else by the console's own session.
 */
export function answerTryPage(ctx: Context): void {
  ctx.type = "html";
  setPolicy(ctx, {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "connect-src": ["'self'"],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'none'"],
  });
  ctx.body = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Try the admin API · Gatehouse</title>
<link rel="icon" href="${assetHref("favicon.svg")}" type="image/svg+xml">
<link rel="stylesheet" href="/api/docs/swagger-ui.css"><link rel="stylesheet" href="${assetHref("api-try.css")}"></head>
<body><header class="try-head"><h1>Try the admin API</h1>
<p>Requests are real. They act by the token that you give under <b>Authorize</b>; without one, as you are signed in to the
console in this browser. <a href="/api/docs">Read the API as one page</a></p></header>
<div id="try"></div>
<script src="/api/docs/swagger-ui-bundle.js" defer></script><script src="${assetHref("api-try.js")}" defer></script>
</body></html>`;
}

/** A file of Swagger UI. @throws request.unknownPath */
export async function answerTryFile(ctx: Context, name: string): Promise<void> {
  if (!Object.hasOwn(files, name)) throw failure("request.unknownPath");
  const reading = loaded.get(name) ?? load(name);
  loaded.set(name, reading);
  const { tag, plain, zipped } = await reading;
  const isZipped = ctx.acceptsEncodings("gzip", "identity") === "gzip";
  ctx.status = 200;
  ctx.set({
    "Cache-Control": "public, max-age=3600",
    ETag: `"${tag}${isZipped ? "-gzip" : ""}"`,
    Vary: "Accept-Encoding",
  });
  ctx.type = files[name as keyof typeof files];
  if (ctx.fresh) {
    ctx.status = 304;
    return;
  }
  if (isZipped) ctx.set("Content-Encoding", "gzip");
  ctx.body = isZipped ? zipped : plain;
}

/** Read and compressed when somebody first looks: few ever do. */
async function load(name: string): Promise<Loaded> {
  const plain = await readFile(find.resolve(`swagger-ui-dist/${name}`));
  const tag = createHash("sha256").update(plain).digest("base64url").slice(0, 16);
  return { tag, plain, zipped: await promisify(gzip)(plain) };
}
