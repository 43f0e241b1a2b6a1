import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { getTokens, relyingParty, startAttempt } from "./support/relying-party.ts";
import { openBrowser } from "./support/browser.ts";
import { serveHouse } from "./support/served-house.ts";
import type { ServedHouse } from "./support/served-house.ts";

let house: ServedHouse;
beforeAll(async () => {
  house = await serveHouse();
});
afterAll(async () => await house.close());

/** A request written by hand: `fetch` does not send what follows. */
async function raw(lines: string[]): Promise<string> {
  const { hostname, port } = new URL(house.issuer);
  const socket = connect(Number(port), hostname);
  socket.write([...lines, "Connection: close", "", ""].join("\r\n"));
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  return text;
}

const lies = {
  "x-forwarded-host": "evil.example",
  "x-forwarded-proto": "https",
  "x-forwarded-for": "203.0.113.9",
  forwarded: "for=203.0.113.9;host=evil.example;proto=https",
  "x-original-url": "/admin/",
  "x-request-id": "chosen-by-a-stranger",
};

describe("the issuer is the only origin", () => {
  test("[S1] neither Host nor X-Forwarded-* is in any address that discovery gives out (CVE-2024-47070)", async () => {
    const reply = await raw([
      "GET /.well-known/openid-configuration HTTP/1.1",
      "Host: evil.example",
      ...Object.entries(lies).map(([name, value]) => `${name}: ${value}`),
    ]);
    expect(reply).toMatch(/^HTTP\/1.1 200/);
    expect(reply).not.toContain("evil.example");
    expect(reply).toContain(`"token_endpoint":"${house.issuer}/oauth/token"`);
  });

  test("[S1] nor in redirects and cookies", async () => {
    const app = await house.makeApp();
    const { url } = await startAttempt(await relyingParty(house, app), app);
    const reply = await raw([
      `GET ${url.pathname}${url.search} HTTP/1.1`,
      "Host: evil.example",
      "X-Forwarded-Proto: https",
      "X-Forwarded-Host: evil.example",
    ]);
    expect(reply).toMatch(/^HTTP\/1.1 303/);
    expect(reply).toMatch(/\r\nLocation: \/signin\//i);
    expect(reply).not.toContain("evil.example");
    expect(reply).not.toMatch(/; secure/i);
  });

  test("[S1] a request in absolute form is refused", async () => {
    const reply = await raw([
      "GET http://evil.example/.well-known/openid-configuration HTTP/1.1",
      "Host: evil.example",
    ]);
    expect(reply).toMatch(/^HTTP\/1.1 400/);
    expect(reply).not.toContain("evil.example");
  });

  test("[S1] a whole sign-in goes well however much a stranger's headers lie", async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const { tokens } = await getTokens(house, app, user.username);
    const reply = await fetch(`${house.issuer}/oauth/userinfo`, {
      headers: { ...lies, authorization: `Bearer ${tokens.access_token}` },
    });
    expect(reply.status).toBe(200);
    expect(reply.headers.get("x-request-id")).not.toBe(lies["x-request-id"]);
  });
});

describe("behind a proxy that is trusted", () => {
  let behind: ServedHouse;
  beforeAll(async () => {
    behind = await serveHouse({ issuer: "https://id.example.com", trustProxy: ["127.0.0.1", "10.0.0.0/8"] });
  });
  afterAll(async () => await behind.close());

  async function ask(headers: Record<string, string>) {
    const port = behind.config.port;
    const app = await behind.makeApp();
    const query = new URLSearchParams({
      client_id: app.clientId,
      response_type: "code",
      redirect_uri: app.redirectUri,
      scope: "openid",
      code_challenge: "x".repeat(43),
      code_challenge_method: "S256",
    });
    return await fetch(`http://127.0.0.1:${port}/oauth/authorize?${query.toString()}`, { headers, redirect: "manual" });
  }

  test("[S1] cookies are of the issuer: Secure, HttpOnly, SameSite=Lax, and `__Host-` where the browser is named", async () => {
    const reply = await ask({});
    const cookies = reply.headers.getSetCookie();
    expect(cookies.length).toBeGreaterThan(2);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/^__(Host|Secure)-gatehouse_/);
      expect(cookie).toMatch(/; secure/i);
      expect(cookie).toMatch(/; httponly/i);
      expect(cookie).toMatch(/; samesite=lax/i);
      expect(cookie).not.toMatch(/; domain/i);
      if (cookie.startsWith("__Host-")) expect(cookie).toMatch(/; path=\/;/);
    }
    expect(cookies.some((cookie) => cookie.startsWith("__Host-gatehouse_browser="))).toBe(true);
    expect(reply.headers.get("strict-transport-security")).toBe("max-age=31536000");
  });

  test("[S1] the id of the request is the proxy's, if it is one that a log can bear", async () => {
    expect((await ask({ "x-request-id": "abc-12345678" })).headers.get("x-request-id")).toBe("abc-12345678");
    expect((await ask({ "x-request-id": "a b\tc {}" })).headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("[S1] the whole sign-in goes over https and back", async () => {
    const [app, user] = [
      await behind.makeApp({ redirectUris: ["https://app.example.com/cb"] }),
      await behind.makeUser(),
    ];
    const browser = openBrowser("https://id.example.com");
    expect(browser.cookies.size).toBe(0);
    const metadata = await fetch(`http://127.0.0.1:${behind.config.port}/.well-known/openid-configuration`);
    expect(await metadata.json()).toMatchObject({ issuer: "https://id.example.com" });
    expect([app.clientId, user.id].every((id) => id !== "")).toBe(true);
  });
});

describe("headers of every answer", () => {
  test.each(["/oauth/jwks", "/signin/nothing", "/nothing", "/healthz", "/assets/base.css", "/api/v1/users"])(
    "[S1] %s is careful",
    async (path) => {
      const { headers } = await fetch(house.issuer + path, { headers: { accept: "text/html" } });
      expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("x-frame-options")).toMatch(/deny/i);
      expect(headers.get("x-request-id")).toMatch(/^[\w-]{8,}$/);
      expect(headers.get("strict-transport-security")).toBeNull();
      expect(headers.get("x-powered-by")).toBeNull();
    },
  );

  test("[C5] nothing here is a page for people and a problem for programs", async () => {
    const page = await fetch(`${house.issuer}/nothing`, { headers: { accept: "text/html" } });
    expect([page.status, page.headers.get("content-type")]).toEqual([404, "text/html; charset=utf-8"]);
    const problem = await fetch(`${house.issuer}/nothing`);
    expect(problem.status).toBe(404);
    expect(problem.headers.get("content-type")).toContain("application/problem+json");
    expect(await problem.json()).toMatchObject({
      code: "request.unknownPath",
      status: 404,
      requestId: expect.any(String),
    });
  });

  test("[C5] the root leads to the own account", async () => {
    const reply = await fetch(`${house.issuer}/`, { redirect: "manual" });
    expect([reply.status, reply.headers.get("location")]).toEqual([302, "/account/"]);
  });

  test("[C5] health, readiness and metrics answer", async () => {
    expect(await (await fetch(`${house.issuer}/healthz`)).json()).toEqual({ status: "ok" });
    expect(await (await fetch(`${house.issuer}/readyz`)).json()).toEqual({ status: "ok" });
    const metrics = await fetch(`${house.issuer}/metrics`);
    expect(metrics.status).toBe(200);
    expect(await metrics.text()).toMatch(
      /gatehouse_http_request_seconds_count\{process="\d+",method="GET",mount="oauth",status="200"\}/,
    );
  });

  test("[C5] metrics are nobody's from outside: what a proxy brings is refused", async () => {
    const reply = await fetch(`${house.issuer}/metrics`, { headers: { "x-forwarded-for": "203.0.113.9" } });
    expect(reply.status).toBe(404);
  });
});
