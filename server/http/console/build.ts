import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";

/** One file of the built console; encodings are the compressed forms that the build made beside it. */
export interface BuiltFile {
  path: string;
  type: string;
  etag: string;
  isImmutable: boolean;
  encodings: ReadonlyMap<"br" | "gzip", string>;
}

/** The built console, as it lies on disk. */
export interface Build {
  files: ReadonlyMap<string, BuiltFile>;
  /** The page of every address of the console; undefined before it is built. */
  index: BuiltFile | undefined;
  /** Sources for `script-src`: the digests of the scripts that stand in the page itself (CSP3 §8.4). */
  scriptSources: readonly string[];
}

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".webp": "image/webp",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};

/** Reads what there is in the folder of the build. A file that is not listed here cannot be asked for. */
export async function readBuild(folder: string): Promise<Build> {
  const names = await list(folder);
  const all = new Set(names);
  const files = new Map<string, BuiltFile>();
  for (const name of names) {
    const type = types[extname(name)];
    if (type === undefined) continue;
    const path = join(folder, name);
    const { size, mtimeMs } = await stat(path);
    files.set(name, {
      path,
      type,
      etag: createHash("sha256").update(`${name} ${size} ${mtimeMs}`).digest("base64url").slice(0, 16),
      // SvelteKit puts the digest of the content into the names of these, and of no others.
      isImmutable: name.startsWith("_app/immutable/"),
      encodings: new Map([
        ...(all.has(`${name}.br`) ? [["br", `${path}.br`] as const] : []),
        ...(all.has(`${name}.gz`) ? [["gzip", `${path}.gz`] as const] : []),
      ]),
    });
  }
  const index = files.get("index.html");
  const html = index === undefined ? "" : await readFile(index.path, "utf8");
  return { files, index, scriptSources: inlineScripts(html).map(digest) };
}

/** The texts of the scripts that stand in a page. */
function inlineScripts(html: string): string[] {
  return [...html.matchAll(/<script(?![^>]*\ssrc\s*=)[^>]*>([\s\S]*?)<\/script>/gi)].map(([, text = ""]) => text);
}

function digest(script: string): string {
  return `'sha256-${createHash("sha256").update(script).digest("base64")}'`;
}

async function list(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(folder.length + 1)
          .replaceAll("\\", "/"),
      );
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
