import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { Middleware } from "koa";

const types = {
  "tokens.css": "text/css; charset=utf-8",
  "base.css": "text/css; charset=utf-8",
  "door.css": "text/css; charset=utf-8",
  "door.js": "text/javascript; charset=utf-8",
  "api-try.js": "text/javascript; charset=utf-8",
  "api-try.css": "text/css; charset=utf-8",
  "passkey.js": "text/javascript; charset=utf-8",
  "icons.svg": "image/svg+xml",
  "favicon.svg": "image/svg+xml",
} as const;

interface Asset {
  type: string;
  hash: string;
  bodies: Record<"identity" | "gzip" | "br", Buffer>;
}

const folder = join(import.meta.dirname, "assets");
const root = "/assets/";

// Read once: a few small files, and what is not in this map cannot be asked for.
const assets = new Map<string, Asset>(Object.entries(types).map(([name, type]) => [name, load(name, type)]));

function load(name: string, type: string): Asset {
  const body = readFileSync(join(folder, name));
  const hash = createHash("sha256").update(body).digest("base64url").slice(0, 16);
  return { type, hash, bodies: { identity: body, gzip: gzipSync(body), br: brotliCompressSync(body) } };
}

/**
 * The address of a file of the door, with the hash of what is in it: `/assets/base.css?v=…`.
 *
 * @throws Error there is no such file
 */
export function assetHref(name: string): string {
  const asset = assets.get(name);
  if (!asset) throw new Error(`no asset ${name}`);
  return `${root}${name}?v=${asset.hash}`;
}

/**
 * Serves the files of the door under `/assets/`; everything else goes on to the next middleware.
 * An address with the right hash never changes what it means and is kept for a year; any other is asked for again
 * with its ETag, so that a page of an older release still gets its files.
 */
export function serveAssets(): Middleware {
  return async (ctx, next) => {
    if (!ctx.path.startsWith(root)) return await next();
    const asset = assets.get(ctx.path.slice(root.length));
    if (!asset) return await next();
    if (ctx.method !== "GET" && ctx.method !== "HEAD") {
      ctx.status = 405;
      ctx.set("Allow", "GET, HEAD");
      return;
    }
    // Browsers name gzip first; what is smaller goes first here.
    const encoding = (["br", "gzip"] as const).find((name) => ctx.acceptsEncodings(name)) ?? "identity";
    ctx.status = 200;
    ctx.set({
      "Content-Type": asset.type,
      "X-Content-Type-Options": "nosniff",
      "Cache-Control": ctx.query["v"] === asset.hash ? "public, max-age=31536000, immutable" : "public, no-cache",
      // Each encoding is a representation of its own (RFC 9110 §8.8.3).
      ETag: `"${asset.hash}-${encoding}"`,
      Vary: "Accept-Encoding",
    });
    if (ctx.fresh) {
      ctx.status = 304;
      return;
    }
    if (encoding !== "identity") ctx.set("Content-Encoding", encoding);
    ctx.body = asset.bodies[encoding];
    ctx.set("Content-Type", asset.type);
  };
}
