import { once } from "node:events";
import { request } from "node:http";
import type { IncomingHttpHeaders, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { brotliDecompressSync } from "node:zlib";
import Koa from "koa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { assetHref, serveAssets } from "./serve-assets.ts";

let server: Server;

beforeAll(async () => {
  server = new Koa().use(serveAssets()).listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterAll(() => server.close());

interface Reply {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** Asks with node:http, which sends a path as it is; fetch would tidy it up. */
async function ask(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Reply> {
  const { port } = server.address() as AddressInfo;
  const sent = request({ host: "127.0.0.1", port, path, method, headers }).end();
  const [reply] = await once(sent, "response");
  const chunks: Buffer[] = [];
  for await (const chunk of reply) chunks.push(chunk);
  return { status: reply.statusCode, headers: reply.headers, body: Buffer.concat(chunks) };
}

test("[C1] an address with the right hash is kept for a year", async () => {
  const reply = await ask(assetHref("base.css"));
  expect(reply.status).toBe(200);
  expect(reply.headers).toMatchObject({
    "content-type": "text/css; charset=utf-8",
    "cache-control": "public, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
    vary: "Accept-Encoding",
  });
  expect(reply.body.toString()).toContain(".door__panel");
});

test("[C6] a page of another release still gets its files, asked for again each time", async () => {
  const reply = await ask("/assets/base.css?v=older");
  expect(reply.status).toBe(200);
  expect(reply.headers["cache-control"]).toBe("public, no-cache");
});

test("an unchanged file is not sent twice", async () => {
  const { headers } = await ask("/assets/icons.svg");
  const again = await ask("/assets/icons.svg", { "If-None-Match": String(headers.etag) });
  expect(again.status).toBe(304);
  expect(again.body).toHaveLength(0);
  expect(again.headers.etag).toBe(headers.etag);
});

test("a browser that takes brotli gets brotli, under another ETag", async () => {
  const plain = await ask("/assets/base.css");
  const small = await ask("/assets/base.css", { "Accept-Encoding": "gzip, br" });
  expect(small.headers["content-encoding"]).toBe("br");
  expect(small.headers.etag).not.toBe(plain.headers.etag);
  expect(brotliDecompressSync(small.body)).toEqual(plain.body);
});

test("each file has its type", async () => {
  expect((await ask("/assets/door.js")).headers["content-type"]).toBe("text/javascript; charset=utf-8");
  expect((await ask("/assets/favicon.svg")).headers["content-type"]).toBe("image/svg+xml");
  expect((await ask("/assets/tokens.css")).headers["content-type"]).toBe("text/css; charset=utf-8");
});

test("HEAD has no body; other methods are refused", async () => {
  const head = await ask("/assets/door.js", {}, "HEAD");
  expect(head.status).toBe(200);
  expect(head.body).toHaveLength(0);
  expect(Number(head.headers["content-length"])).toBeGreaterThan(0);
  const post = await ask("/assets/door.js", {}, "POST");
  expect(post.status).toBe(405);
  expect(post.headers.allow).toBe("GET, HEAD");
});

test("nothing outside the list can be asked for", async () => {
  for (const path of [
    "/assets/../serve-assets.ts",
    "/assets/..%2fserve-assets.ts",
    "/assets/%2e%2e/serve-assets.ts",
    "/assets//etc/passwd",
    "/assets/",
    "/assets/__proto__",
    "/assets/constructor",
    "/assets/base.css%00.txt",
    "/assets/base.css/",
    "/other",
  ]) {
    expect((await ask(path)).status, path).toBe(404);
  }
});

test("a name that is not in the list is a bug, found at once", () => {
  expect(() => assetHref("nothing.css")).toThrow("nothing.css");
});
