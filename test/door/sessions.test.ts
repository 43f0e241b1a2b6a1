import * as client from "openid-client";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { UserId } from "#server/kernel/ids.ts";
import { createApiToken } from "#server/permissions/api-tokens.ts";
import { adminRole } from "#server/permissions/read-role.ts";
import { setSetting } from "#server/settings/set-setting.ts";
import { shortenAll } from "#server/tasks/shorten-sessions.ts";
import { changeStatus } from "#server/users/change-status.ts";
import { openBrowser } from "#test/oidc/support/browser.ts";
import type { Browser, Page } from "#test/oidc/support/browser.ts";
import { askToken, post, relyingParty, startAttempt } from "#test/oidc/support/relying-party.ts";
import { password, serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse, TestApp } from "#test/oidc/support/served-house.ts";

let house: ServedHouse;
let app: TestApp;
let operator: string;

beforeAll(async () => {
  house = await serveHouse();
  app = await house.makeApp({ name: "Field Notes", grantTypes: ["authorization_code", "refresh_token"] });
  const permissions = [
    "accounts",
    "settings",
    "groups",
    "apps",
    "directories",
    "logs",
    "fullAddresses",
    "export",
  ] as const;
  const made = await house.work(
    async (work) => await createApiToken(work, { name: "operator", permissions: [...permissions] }),
  );
  operator = made.token;
});
afterAll(async () => await house.close());
afterEach(async () => {
  await set("sessions.idleMinutes", 1440);
  await set("sessions.absoluteHours", 336);
});

const set = async (key: string, value: unknown) => await house.work(async (work) => await setSetting(work, key, value));

async function api(method: string, path: string, body?: unknown, token = operator) {
  const reply = await fetch(`${house.issuer}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await reply.text();
  return { status: reply.status, body: (text === "" ? {} : JSON.parse(text)) as Record<string, unknown> };
}

/** Somebody who is in everywhere by one session: own pages, console, an app with tokens. */
interface Everywhere {
  id: UserId;
  username: string;
  browser: Browser;
  access: string;
  refresh: string;
}

async function tokensIn(browser: Browser, scope: string) {
  const config = await relyingParty(house, app);
  const { url, checks } = await startAttempt(config, app, { scope });
  const page = await browser.visit(url.href);
  return await client.authorizationCodeGrant(config, page.url, checks);
}

async function signedIn(): Promise<Everywhere> {
  const user = await house.makeUser({ roleId: adminRole });
  const browser = openBrowser(house.issuer);
  const named = await browser.submit(await browser.visit("/admin/"), { username: user.username });
  await browser.submit(named, { username: user.username, password });
  const access = (await tokensIn(browser, "openid")).access_token;
  const refresh = (await tokensIn(browser, "openid offline_access")).refresh_token ?? "";
  return { ...user, browser, access, refresh };
}

const cookieHeader = (browser: Browser) =>
  [...browser.cookies].map(([name, { value }]) => `${name}=${value}`).join("; ");

/** Every door that a session opens; each says whether it is still open. */
const doors: Record<string, (one: Everywhere) => Promise<boolean>> = {
  "own pages": async ({ browser }) => (await browser.visit("/account/")).url.pathname === "/account/",
  authorization: async ({ browser }) => {
    const { url } = await startAttempt(await relyingParty(house, app), app, { prompt: "none" });
    return (await browser.visit(url.href)).url.searchParams.has("code");
  },
  "console and API": async ({ browser }) =>
    (await fetch(`${house.issuer}/api/v1/me`, { headers: { cookie: cookieHeader(browser) } })).status === 200,
  userinfo: async ({ access }) =>
    (await fetch(`${house.issuer}/oauth/userinfo`, { headers: { authorization: `Bearer ${access}` } })).status === 200,
  introspection: async ({ access }) =>
    (await post(`${house.issuer}/oauth/introspect`, app, { token: access })).body["active"] === true,
  "refresh token": async ({ refresh }) =>
    (await post(`${house.issuer}/oauth/introspect`, app, { token: refresh })).body["active"] === true,
};

async function open(one: Everywhere): Promise<string[]> {
  const asked = await Promise.all(
    Object.entries(doors).map(async ([name, ask]) => ((await ask(one)) ? name : undefined)),
  );
  return asked.filter((name) => name !== undefined);
}

const sessionsOf = async (id: UserId) =>
  (await api("GET", `/users/${id}/sessions`)).body["items"] as { id: string; deviceId: string; expiresAt: string }[];

describe("[U14] [S7] a session that ends is over at every door at that moment", () => {
  const figures: string[] = [];
  afterAll(() => console.log(`milliseconds until every door was seen shut:\n${figures.join("\n")}`));

  const ways: [string, (one: Everywhere) => Promise<unknown>][] = [
    [
      "one session, by the API",
      async ({ id }) => await api("DELETE", `/users/${id}/sessions/${(await sessionsOf(id))[0]?.id}`),
    ],
    [
      "all sessions, by the API",
      async ({ id }) => await api("POST", `/users/${id}/actions`, { action: "endSessions" }),
    ],
    [
      "its device, by the API",
      async ({ id }) => await api("DELETE", `/users/${id}/devices/${(await sessionsOf(id))[0]?.deviceId}`),
    ],
    ["on the own pages of another browser", async (one) => await endAtHome(one, "sessions/end-others")],
    [
      "the account is disabled",
      async ({ id }) => await house.work(async (work) => await changeStatus(work, id, "disable")),
    ],
  ];
  test.each(ways)("%s", async (way, end) => {
    const one = await signedIn();
    expect(await open(one)).toEqual(Object.keys(doors));
    const startedAt = performance.now();
    await end(one);
    const endedAt = performance.now();
    expect(await open(one)).toEqual([]);
    const shutAt = performance.now();
    const refreshed = await askToken(house, app, { grant_type: "refresh_token", refresh_token: one.refresh });
    expect(refreshed).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    figures.push(
      `${(shutAt - startedAt).toFixed(0).padStart(6)}  ${way} (the request itself ${(endedAt - startedAt).toFixed(0)})`,
    );
  });

  async function endAtHome({ username }: Everywhere, what: string): Promise<Page> {
    const here = openBrowser(house.issuer);
    const named = await here.submit(await here.visit("/account/"), { username });
    const home = await here.submit(named, { username, password });
    const csrf = /name="csrf" value="([^"]*)"/.exec(home.html)?.[1] ?? "";
    const form = `<form action="/account/${what}"><input type="hidden" name="csrf" value="${csrf}"></form>`;
    const done = await here.submit({ ...home, html: form });
    expect(done.url.search).toBe("?done=sessionsEnded");
    return done;
  }
});

describe("[S4] how long a session lives", () => {
  const move = async (id: UserId, column: string, back: string) =>
    await house.db.run(`update sessions set ${column} = ${column} - $2::interval where user_id = $1`, [id, back]);
  const shortenings = async () =>
    await house.db.rows("select 1 from graphile_worker.jobs where task_identifier = 'sessions.shorten'");
  const end = async (id: UserId) => new Date((await sessionsOf(id))[0]?.expiresAt ?? 0).getTime();

  test("[ASVS 7.3.1] without use it is over, at every door; what came with offline_access goes on", async () => {
    const one = await signedIn();
    await move(one.id, "last_active_at", "31 minutes");
    expect(await open(one)).toHaveLength(6);
    await move(one.id, "last_active_at", "31 minutes");
    await set("sessions.idleMinutes", 30);
    expect(await shortenings()).toHaveLength(1);
    await shortenAll(house);
    expect(await open(one)).toEqual(["refresh token"]);
    expect(await sessionsOf(one.id)).toEqual([]);
    // A longer life does not bring it back.
    await set("sessions.idleMinutes", 1440);
    await shortenAll(house);
    expect(await open(one)).toEqual(["refresh token"]);
  });

  test("[ASVS 7.3.2] however much it is used, it is over in the end", async () => {
    const one = await signedIn();
    await set("sessions.absoluteHours", 2);
    await shortenAll(house);
    expect(await open(one)).toHaveLength(6);
    for (const column of ["authenticated_at", "started_at"]) await move(one.id, column, "121 minutes");
    await shortenAll(house);
    expect(await open(one)).toEqual(["refresh token"]);
  });

  const uses: [string, (one: Everywhere) => Promise<unknown>][] = [
    ["the own pages", async ({ browser }) => await browser.visit("/account/")],
    ["the console", async (one) => await doors["console and API"]?.(one)],
    ["an app", async (one) => await doors["authorization"]?.(one)],
  ];
  test.each(uses)("using %s moves its end, up to the absolute one", async (_name, use) => {
    const one = await signedIn();
    await move(one.id, "last_active_at", "5 minutes");
    await move(one.id, "expires_at", "5 minutes");
    const before = await end(one.id);
    await use(one);
    const after = await end(one.id);
    expect(after - before).toBeGreaterThan(200_000);
    await set("sessions.absoluteHours", 1);
    await move(one.id, "last_active_at", "5 minutes");
    await use(one);
    expect(await end(one.id)).toBeLessThanOrEqual(Date.now() + 3_600_000);
  });

  test("proving who one is once more counts the absolute lifetime anew", async () => {
    const one = await signedIn();
    await set("sessions.absoluteHours", 2);
    for (const column of ["authenticated_at", "started_at"]) await move(one.id, column, "110 minutes");
    await shortenAll(house);
    const { url } = await startAttempt(await relyingParty(house, app), app, { prompt: "login" });
    const again = await one.browser.visit(url.href);
    expect((await one.browser.submit(again, { username: one.username, password })).url.searchParams.has("code")).toBe(
      true,
    );
    expect(await end(one.id)).toBeGreaterThan(Date.now() + 3_600_000);
  });
});

describe("[U14] what is seen of sessions", () => {
  test("administrators see browser, device, address by their permission, apps and times", async () => {
    const one = await signedIn();
    const narrow = await house.work(
      async (work) => await createApiToken(work, { name: "narrow", permissions: ["accounts"] }),
    );
    const masked = await api("GET", `/users/${one.id}/sessions`, undefined, narrow.token);
    expect(masked.body["items"]).toMatchObject([{ address: "127.0.0.x", place: null, isPhone: false }]);
    const { body } = await api("GET", `/users/${one.id}/sessions`);
    const [row] = body["items"] as { apps: { name: string }[]; deviceId: string }[];
    expect(row).toMatchObject({ address: "127.0.0.1" });
    expect(row?.apps.map((used) => used.name)).toEqual(["Field Notes", "Gatehouse console"]);
    const devices = (await api("GET", `/users/${one.id}/devices`)).body["items"] as { id: string }[];
    expect(devices.map((device) => device.id)).toEqual([row?.deviceId]);
  });

  test("people see their own with the apps, and sign out everywhere else", async () => {
    const one = await signedIn();
    const home = await one.browser.visit("/account/");
    expect(home.html).toContain("Field Notes");
    expect(home.html).not.toContain("Sign out everywhere else");
    const other = openBrowser(house.issuer);
    await other.submit(await other.submit(await other.visit("/account/"), { username: one.username }), {
      username: one.username,
      password,
    });
    expect((await one.browser.visit("/account/")).html).toContain("Sign out everywhere else");
  });

  test("nobody ends or sees sessions of somebody with more permissions, or of others (IDOR)", async () => {
    const one = await signedIn();
    const [session] = await sessionsOf(one.id);
    const narrow = await house.work(
      async (work) => await createApiToken(work, { name: "small", permissions: ["accounts"] }),
    );
    const logs = await house.work(async (work) => await createApiToken(work, { name: "logs", permissions: ["logs"] }));
    const path = `/users/${one.id}/sessions`;
    expect((await api("DELETE", `${path}/${session?.id}`, undefined, narrow.token)).status).toBe(403);
    expect((await api("GET", path, undefined, logs.token)).status).toBe(403);
    const stranger = await house.makeUser();
    expect((await api("DELETE", `/users/${stranger.id}/sessions/${session?.id}`)).status).toBe(404);
    expect(await open(one)).toHaveLength(6);
  });
});
