import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "koa";
import { setPolicy } from "../shell/security-headers.ts";
import { readBuild } from "./build.ts";
import type { Build, BuiltFile } from "./build.ts";

/** The folder into which the console is built. */
export const buildFolder = join(import.meta.dirname, "../../../admin/build");

/** Serves the built console; notices when it is built anew. */
export interface BuildServer {
  /** Answers with a file of the build, if there is one of this name. */
  serveFile(ctx: Context, name: string): Promise<boolean>;
  /** Answers with the page of the console, if it is built. */
  servePage(ctx: Context): Promise<boolean>;
}

export function buildServer(folder: string = buildFolder): BuildServer {
  let build: Promise<Build> | undefined;
  let builtAt: number | undefined;
  const current = async (): Promise<Build> => {
    const { mtimeMs } = await stat(join(folder, "index.html")).catch(() => ({ mtimeMs: undefined }));
    if (build === undefined || mtimeMs !== builtAt) {
      builtAt = mtimeMs;
      build = readBuild(folder);
    }
    return await build;
  };
  return {
    async serveFile(ctx, name) {
      // What is immutable is looked up in the listing that there is: no file is asked for its age.
      const { files } = build === undefined ? await current() : await build;
      const file = files.get(name) ?? (await current()).files.get(name);
      if (file === undefined || name === "index.html") return false;
      await send(ctx, file);
      return true;
    },
    async servePage(ctx) {
      const { index, scriptSources } = await current();
      if (index === undefined) return false;
      setPolicy(ctx, consolePolicy(scriptSources));
      await send(ctx, index);
      return true;
    },
  };
}

/** What the console may do: run its own files, and talk to us. */
function consolePolicy(scriptSources: readonly string[]) {
  return {
    "default-src": ["'none'"],
    "script-src": ["'self'", ...scriptSources],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:", "blob:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "frame-src": ["'self'"],
    "manifest-src": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'none'"],
  };
}

async function send(ctx: Context, file: BuiltFile): Promise<void> {
  const offered = ctx.acceptsEncodings([...file.encodings.keys(), "identity"]);
  const encoding = offered === "br" || offered === "gzip" ? offered : undefined;
  ctx.status = 200;
  ctx.set({
    "Content-Type": file.type,
    "Cache-Control": file.isImmutable ? "public, max-age=31536000, immutable" : "no-cache",
    // Each encoding is a representation of its own (RFC 9110 §8.8.3).
    ETag: `"${file.etag}-${encoding ?? "identity"}"`,
    Vary: "Accept-Encoding",
  });
  if (ctx.fresh) {
    ctx.status = 304;
    return;
  }
  if (encoding !== undefined) ctx.set("Content-Encoding", encoding);
  const path = (encoding && file.encodings.get(encoding)) ?? file.path;
  ctx.body = file.type.startsWith("text/html") ? await readFile(path) : createReadStream(path);
  ctx.set("Content-Type", file.type);
}
