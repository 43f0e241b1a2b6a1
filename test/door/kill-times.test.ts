import { afterAll, beforeAll, expect, test } from "vitest";
import { createDirectory } from "#server/directories/create-directory.ts";
import type { DirectoryId, UserId } from "#server/kernel/ids.ts";
import { createApiToken } from "#server/permissions/api-tokens.ts";
import { adminRole } from "#server/permissions/read-role.ts";
import { openBrowser } from "#test/oidc/support/browser.ts";
import type { Browser } from "#test/oidc/support/browser.ts";
import { askToken, getTokens, post } from "#test/oidc/support/relying-party.ts";
import { password, serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse, TestApp } from "#test/oidc/support/served-house.ts";
import { runBeside } from "#test/support/command-line.ts";

let house: ServedHouse;
let app: TestApp;
let directory: { id: DirectoryId; token: string };
let desk: Browser;
/** Another server on the same database: the one that hears of nothing but through it. */
let elsewhere: string;

beforeAll(async () => {
  house = await serveHouse();
  elsewhere = (await house.serveAgain()).origin;
  app = await house.makeApp({ scimMe: true });
  directory = await house.work(async (work) => {
    const made = await createDirectory(work, { name: "Directory", rateLimit: null });
    return { id: made.directory.id, token: made.token };
  });
  const { username } = await house.makeUser({ roleId: adminRole });
  desk = await openConsole(username);
});
afterAll(async () => await house.close());

async function openConsole(username: string): Promise<Browser> {
  const browser = openBrowser(house.issuer);
  const named = await browser.submit(await browser.visit("/admin/"), { username });
  await browser.submit(named, { username, password });
  return browser;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const cookies = (browser: Browser) => ({
  cookie: [...browser.cookies].map(([name, { value }]) => `${name}=${value}`).join("; "),
});

async function isOk(url: string, headers: Record<string, string>): Promise<boolean> {
  const reply = await fetch(url, { headers, redirect: "manual" });
  await reply.body?.cancel();
  return reply.status === 200;
}

/** Somebody of the directory who holds one of each kind; each is asked for at the other server. */
async function makeHolder() {
  const { id, username } = await house.makeUser({ directoryId: directory.id });
  await house.db.run("update users set role_id = $2 where id = $1", [id, adminRole]);
  const { tokens, browser } = await getTokens(house, app, username, { scope: "openid offline_access" });
  const { tokens: me } = await getTokens(house, app, username, { scope: "openid scim.me" });
  const console = await openConsole(username);
  const { token } = await house.as(
    { kind: "user", id, name: username, can: () => true },
    async (work) => await createApiToken(work, { name: username, permissions: ["accounts"] }),
  );
  const refresh = tokens.refresh_token ?? "";
  const kinds: Record<string, () => Promise<boolean>> = {
    "session at the own pages": async () => await isOk(`${elsewhere}/account`, cookies(browser)),
    "session of the console": async () => await isOk(`${elsewhere}/api/v1/me`, cookies(console)),
    "API token": async () => await isOk(`${elsewhere}/api/v1/me`, bearer(token)),
    "access token at userinfo": async () => await isOk(`${elsewhere}/oauth/userinfo`, bearer(tokens.access_token)),
    "access token at SCIM /Me": async () => await isOk(`${elsewhere}/scim/v2/Me`, bearer(me.access_token)),
    "access token, introspected": async () =>
      (await post(`${elsewhere}/oauth/introspect`, app, { token: tokens.access_token })).body["active"] === true,
    "refresh token, introspected": async () =>
      (await post(`${elsewhere}/oauth/introspect`, app, { token: refresh })).body["active"] === true,
  };
  return { id, username, kinds, refresh };
}

const ways: Record<string, (user: { id: UserId; username: string }) => Promise<unknown>> = {
  "SCIM: active false": async ({ id }) =>
    await send(`/scim/v2/Users/${id}`, "PATCH", bearer(directory.token), {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
      Operations: [{ op: "replace", path: "active", value: false }],
    }),
  "SCIM: DELETE": async ({ id }) => await send(`/scim/v2/Users/${id}`, "DELETE", bearer(directory.token)),
  console: async ({ id }) => await send(`/api/v1/users/${id}/actions`, "POST", cookies(desk), { action: "disable" }),
  "command line": async ({ username }) => {
    const ended = await runBeside(house, ["user", "disable", username]);
    expect(ended.code, ended.stderr).toBe(0);
  },
};

async function send(path: string, method: string, headers: Record<string, string>, body?: object): Promise<void> {
  const reply = await fetch(house.issuer + path, {
    method,
    headers: {
      ...headers,
      "sec-fetch-site": "same-origin",
      "content-type": path.startsWith("/scim") ? "application/scim+json" : "application/json",
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  expect(reply.status, await reply.text()).toBeLessThan(300);
}

test(
  "[S7] whoever is disabled has nothing left within a second, however it was done",
  { timeout: 120_000 },
  async () => {
    const lines: string[] = [];
    for (const [way, disable] of Object.entries(ways)) {
      const { kinds, refresh, ...user } = await makeHolder();
      for (const [kind, isAlive] of Object.entries(kinds)) expect(await isAlive(), kind).toBe(true);
      const isDone = new AbortController();
      const watched = Object.entries(kinds).map(async ([kind, isAlive]) => ({
        kind,
        ...(await watch(isAlive, isDone.signal)),
      }));
      const committed = watch(async () => !(await isDisabled(user.id)), isDone.signal);
      await disable(user);
      const answeredAt = performance.now();
      // What still lives when the answer is there gets no more than one more look.
      isDone.abort();
      const { deadAt: committedAt } = await committed;
      for (const { kind, deadAt, asked } of await Promise.all(watched)) {
        expect(deadAt, `${kind} after ${way}`).toBeDefined();
        const took = Math.max(0, (deadAt ?? answeredAt) - (committedAt ?? answeredAt));
        lines.push(`${way.padEnd(20)}${kind.padEnd(30)}${took.toFixed(1).padStart(7)} ms, ${asked} times asked`);
      }
      expect(await askToken(house, app, { grant_type: "refresh_token", refresh_token: refresh })).toMatchObject({
        status: 400,
        body: { error: "invalid_grant" },
      });
    }
    console.log(["from when the change is seen in the database to the first refusal elsewhere:", ...lines].join("\n"));
  },
);

async function isDisabled(id: UserId): Promise<boolean> {
  const row = await house.db.row(
    "select 1 from users where id = $1 and (disabled_at is not null or deleted_at is not null)",
    [id],
  );
  return row !== undefined;
}

/** Asks again and again until the answer is no; when it is over, once more. */
async function watch(
  isAlive: () => Promise<boolean>,
  over: AbortSignal,
): Promise<{ deadAt: number | undefined; asked: number }> {
  let asked = 0;
  for (;;) {
    const isLast = over.aborted;
    asked += 1;
    if (!(await isAlive())) return { deadAt: performance.now(), asked };
    if (isLast) return { deadAt: undefined, asked };
  }
}
