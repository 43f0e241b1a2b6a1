import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, brotliCompressSync } from "node:zlib";
import Koa from "koa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildServer } from "#server/http/console/serve-build.ts";
import { adminRole } from "#server/permissions/read-role.ts";
import { changeStatus } from "#server/users/change-status.ts";
import { openBrowser } from "./support/browser.ts";
import type { Browser, Page } from "./support/browser.ts";
import { askToken, getTokens } from "./support/relying-party.ts";
import { password, serveHouse } from "./support/served-house.ts";
import type { ServedHouse } from "./support/served-house.ts";

const cookie = "gatehouse_console";

let house: ServedHouse;
beforeAll(async () => {
  house = await serveHouse();
});
afterAll(async () => await house.close());

async function signIn(username: string, path = "/admin/"): Promise<{ browser: Browser; page: Page }> {
  const browser = openBrowser(house.issuer);
  const named = await browser.submit(await browser.visit(path), { username });
  return { browser, page: await browser.submit(named, { username, password }) };
}

async function makeAdministrator() {
  return await house.makeUser({ roleId: adminRole });
}

async function api(browser: Browser, path: string, init: RequestInit = {}): Promise<number> {
  const header = [...browser.cookies].map(([name, { value }]) => `${name}=${value}`).join("; ");
  const reply = await fetch(house.issuer + path, {
    ...init,
    headers: { cookie: header, ...(init.headers as Record<string, string>) },
  });
  await reply.body?.cancel();
  return reply.status;
}

describe("signing in to the console", () => {
  test("[C1] leads over the own authorization endpoint to the page that was asked for", async () => {
    const admin = await makeAdministrator();
    const { browser, page } = await signIn(admin.username, "/admin/users?status=disabled&sort=name");
    expect(page.url.pathname + page.url.search).toBe("/admin/users?status=disabled&sort=name");
    expect(browser.cookies.get(cookie)?.attributes).toMatch(/httponly/i);
    expect(browser.cookies.get(cookie)?.attributes).toMatch(/samesite=lax/i);
    expect(await api(browser, "/api/v1/me")).toBe(200);
  });

  test("[C1] keeps no token of it but a digest", async () => {
    const { browser } = await signIn((await makeAdministrator()).username);
    const token = browser.cookies.get(cookie)?.value ?? "";
    const rows = await house.db.rows<{ text: string }>(
      "select c::text || encode(hash, 'escape') as text from console_sessions c",
    );
    expect(token.length).toBeGreaterThan(40);
    expect(rows.some((row) => row.text.includes(token))).toBe(false);
  });

  test("[C1] is for people who may do something there; others are told so", async () => {
    const user = await house.makeUser();
    const { browser, page } = await signIn(user.username);
    expect(page.status).toBe(403);
    expect(page.html).toContain(user.username);
    expect(browser.cookies.has(cookie)).toBe(false);
    expect(await api(browser, "/api/v1/me")).toBe(401);
  });

  test("[C1] gives a new token each time, and the former one is dead", async () => {
    const { browser } = await signIn((await makeAdministrator()).username);
    const former = browser.cookies.get(cookie);
    const saved = openBrowser(house.issuer);
    if (former !== undefined) saved.cookies.set(cookie, former);
    // As if the console had sent the browser to sign in again.
    const start = await fetch(`${house.issuer}/admin/`, { headers: { accept: "text/html" }, redirect: "manual" });
    const journey = start.headers.getSetCookie().map((line) => line.split(";")[0]?.split("=") ?? []);
    for (const [name = "", value = ""] of journey) browser.cookies.set(name, { value, path: "/", attributes: "" });
    await browser.visit(start.headers.get("location") ?? "");
    expect(browser.cookies.get(cookie)?.value).not.toBe(former?.value);
    expect(await api(browser, "/api/v1/me")).toBe(200);
    expect(await api(saved, "/api/v1/me")).toBe(401);
  });

  test.each([
    ["no cookie of the journey", (browser: Browser) => browser.cookies.delete("gatehouse_console_signin")],
    [
      "a forged cookie of the journey",
      (browser: Browser) => {
        const journey = { state: "s", nonce: "n", verifier: "v".repeat(43), returnTo: "https://evil.example/" };
        const value = Buffer.from(JSON.stringify(journey)).toString("base64url");
        browser.cookies.set("gatehouse_console_signin", { value, path: "/", attributes: "" });
      },
    ],
  ])("[C1] does not go on with %s", async (_what, change) => {
    const admin = await makeAdministrator();
    const browser = openBrowser(house.issuer);
    const named = await browser.submit(await browser.visit("/admin/"), { username: admin.username });
    change(browser);
    const page = await browser.submit(named, { username: admin.username, password });
    expect(page.url.pathname).toBe("/admin/callback");
    expect(page.status).toBe(400);
    expect(browser.cookies.has(cookie)).toBe(false);
  });

  test.each([
    ["a code of another's journey", { state: "x" }],
    ["an answer of another issuer", { iss: "https://evil.example" }],
    ["no code", { code: "" }],
    ["a code that nobody gave out", { code: "x".repeat(43) }],
  ])("[C1] refuses %s", async (_what, changed) => {
    const { browser } = await signIn((await makeAdministrator()).username);
    browser.cookies.delete(cookie);
    const start = await fetch(`${house.issuer}/admin/`, { headers: { accept: "text/html" }, redirect: "manual" });
    for (const line of start.headers.getSetCookie()) {
      const [name = "", value = ""] = line.split(";")[0]?.split("=") ?? [];
      browser.cookies.set(name, { value, path: "/", attributes: "" });
    }
    const state = new URL(start.headers.get("location") ?? "").searchParams.get("state") ?? "";
    const query = new URLSearchParams({ code: "x".repeat(43), state, iss: house.issuer, ...(changed as object) });
    const page = await browser.visit(`/admin/callback?${query.toString()}`);
    expect(page.status).toBe(400);
    expect(browser.cookies.has(cookie)).toBe(false);
  });

  test("[C1] its codes are nobody's at the token endpoint without the verifier", async () => {
    const reply = await askToken(
      house,
      { clientId: "gatehouse-console", clientSecret: null },
      {
        grant_type: "authorization_code",
        code: "x".repeat(43),
        redirect_uri: `${house.issuer}/admin/callback`,
        code_verifier: "v".repeat(43),
      },
    );
    expect(reply).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });
});

describe("a session of the console", () => {
  test("[C1] ends with the sign-in behind it, the account and the role, at once", async () => {
    const ends: [string, (id: string) => Promise<unknown>][] = [
      ["sign-in", async (id) => await house.db.run("update sessions set ended_at = now() where user_id = $1", [id])],
      ["account", async (id) => await house.work(async (work) => await changeStatus(work, id as never, "disable"))],
      ["block", async (id) => await house.db.run("update users set blocked_at = now() where id = $1", [id])],
    ];
    await makeAdministrator();
    for (const [what, end] of ends) {
      const admin = await makeAdministrator();
      const { browser } = await signIn(admin.username);
      expect(await api(browser, "/api/v1/me"), what).toBe(200);
      await end(admin.id);
      expect(await api(browser, "/api/v1/me"), what).toBe(401);
    }
  });

  test("[C1] has the permissions of the role as it is now", async () => {
    const admin = await makeAdministrator();
    const { browser } = await signIn(admin.username);
    expect(await api(browser, "/api/v1/users")).toBe(200);
    await house.db.run("update users set role_id = '00000000-0000-7000-8000-000000000002' where id = $1", [admin.id]);
    expect(await api(browser, "/api/v1/users")).not.toBe(200);
  });

  test("[C1] ends after an hour without use, and after twelve in any case", async () => {
    const { browser } = await signIn((await makeAdministrator()).username);
    const start = house.clock.now.getTime();
    const minute = 60_000;
    try {
      for (let past = 50 * minute; past < 12 * 60 * minute; past += 50 * minute) {
        house.clock.now = new Date(start + past);
        expect(await api(browser, "/api/v1/me"), `${past / minute} minutes`).toBe(200);
      }
      house.clock.now = new Date(start + 12 * 60 * minute + 1000);
      expect(await api(browser, "/api/v1/me")).toBe(401);
      house.clock.now = new Date(start);
      const { browser: idle } = await signIn((await makeAdministrator()).username);
      house.clock.now = new Date(start + 61 * minute);
      expect(await api(idle, "/api/v1/me")).toBe(401);
    } finally {
      house.clock.now = new Date(start);
    }
  });

  test("[C1] signing out ends it and the sign-in behind it, for our own pages alone", async () => {
    const { browser } = await signIn((await makeAdministrator()).username);
    const post = { method: "POST", headers: { "content-type": "application/json", "sec-fetch-site": "cross-site" } };
    expect(await api(browser, "/api/v1/me/sign-out", post)).toBe(403);
    expect(await api(browser, "/api/v1/me")).toBe(200);
    const own = { method: "POST", headers: { "sec-fetch-site": "same-origin" } };
    expect(await api(browser, "/api/v1/me/sign-out", own)).toBe(204);
    expect(await api(browser, "/api/v1/me")).toBe(401);
    expect((await browser.visit("/admin/")).url.pathname).toMatch(/^\/signin\//);
  });

  test("[C1] an access token of an app opens nothing there", async () => {
    const [app, admin] = [await house.makeApp(), await makeAdministrator()];
    const { tokens, browser } = await getTokens(house, app, admin.username);
    const reply = await fetch(`${house.issuer}/api/v1/me`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(reply.status).toBe(401);
    // Signed in at the issuer is not yet signed in to the console …
    expect(await api(browser, "/api/v1/me")).toBe(401);
    // … but no password is needed on the way.
    expect((await browser.visit("/admin/")).url.pathname).toBe("/admin/");
  });
});

describe("the address to come back to", () => {
  test.each(["//evil.example/", "/\\evil.example/", "/admin//..//evil", "/admin/\\evil.example"])(
    "[C1] %s stays on the own host (CVE-2026-29067)",
    async (path) => {
      const admin = await makeAdministrator();
      const browser = openBrowser(house.issuer);
      const first = await fetch(house.issuer + path, { headers: { accept: "text/html" }, redirect: "manual" });
      const location = first.headers.get("location");
      expect(location === null || new URL(location, house.issuer).origin === house.issuer).toBe(true);
      const { page } = await signIn(admin.username, `/admin/?next=${encodeURIComponent(path)}`);
      expect(page.url.origin).toBe(house.issuer);
      expect(browser.cookies.size).toBe(0);
    },
  );
});

describe("the built console", () => {
  const html = `<!doctype html><script>boot("a")</script><script type="module" src="/admin/_app/immutable/x.js"></script>`;
  let folder: string;
  let origin: string;
  let close: () => void;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "console-"));
    await mkdir(join(folder, "_app/immutable"), { recursive: true });
    await writeFile(join(folder, "index.html"), html);
    await writeFile(join(folder, "_app/immutable/x.js"), "x");
    await writeFile(join(folder, "_app/immutable/x.js.br"), brotliCompressSync("x"));
    await writeFile(join(folder, "favicon.svg"), "<svg/>");
    await writeFile(join(folder, "secret.key"), "no");
    const build = buildServer(folder);
    const app = new Koa();
    app.use(async (ctx) => {
      if (!(await build.serveFile(ctx, ctx.path.slice(1)))) await build.servePage(ctx);
    });
    const server = app.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
    close = () => server.close();
  });
  afterAll(async () => {
    close();
    await rm(folder, { recursive: true });
  });

  test("[C1] its page runs its own script and no other", async () => {
    const reply = await fetch(`${origin}/users/17`);
    expect(await reply.text()).toBe(html);
    expect(reply.headers.get("cache-control")).toBe("no-cache");
    const policy = reply.headers.get("content-security-policy");
    // printf 'boot("a")' | openssl dgst -sha256 -binary | base64
    expect(policy).toMatch(/script-src 'self' 'sha256-[\w+/]{43}=';/);
    expect(policy).not.toContain("unsafe");
  });

  test("[C1] files with a digest in their name are kept for a year, compressed; others are asked for again", async () => {
    const script = await fetch(`${origin}/_app/immutable/x.js`, { headers: { "accept-encoding": "br" } });
    expect(script.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(script.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(script.headers.get("content-encoding")).toBe("br");
    expect(await script.text()).toBe("x");
    expect(brotliDecompressSync(brotliCompressSync("x")).toString()).toBe("x");
    const icon = await fetch(`${origin}/favicon.svg`);
    expect(icon.headers.get("cache-control")).toBe("no-cache");
    const again = await fetch(`${origin}/favicon.svg`, {
      // Node adds `no-cache` by itself, which asks for the whole file.
      headers: { "if-none-match": icon.headers.get("etag") ?? "", "cache-control": "max-age=0" },
    });
    expect(again.status).toBe(304);
  });

  test.each(["/../../package.json", "/%2e%2e/%2e%2e/package.json", "/secret.key", "/_app/../../x"])(
    "[C1] %s is no file of it",
    async (path) => {
      expect(await (await fetch(origin + path)).text()).toBe(html);
    },
  );

  test("[C1] a new build is noticed without a restart", async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    await writeFile(join(folder, "index.html"), `${html}<script>more()</script>`);
    const reply = await fetch(`${origin}/`);
    expect(reply.headers.get("content-security-policy")?.match(/'sha256-/g)).toHaveLength(2);
  });
});
