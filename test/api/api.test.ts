import { afterAll, beforeAll, expect, test } from "vitest";
import { endpoints } from "#contract/endpoints.ts";
import { allPermissions } from "#contract/permissions.ts";
import type { Permission } from "#contract/permissions.ts";
import { problem } from "#contract/shapes.ts";
import { newId } from "#server/kernel/ids.ts";
import { adminRole } from "#server/permissions/read-role.ts";
import { createApiToken } from "#server/permissions/api-tokens.ts";
import { changeStatus } from "#server/users/change-status.ts";
import type { Actor } from "#server/db/work.ts";
import { openBrowser } from "#test/oidc/support/browser.ts";
import { password, serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse } from "#test/oidc/support/served-house.ts";

let house: ServedHouse;
let all: string;

beforeAll(async () => {
  house = await serveHouse();
  all = await token(allPermissions);
});
afterAll(async () => await house.close());

async function token(permissions: readonly Permission[], actor?: Actor): Promise<string> {
  const name = `token ${permissions.join(" ")}`;
  const make = async (work: Parameters<typeof createApiToken>[0]) => await createApiToken(work, { name, permissions });
  return (await (actor === undefined ? house.work(make) : house.as(actor, make))).token;
}

interface Reply {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

async function call(
  method: string,
  path: string,
  options: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Reply> {
  const reply = await fetch(`${house.issuer}/api/v1${path}`, {
    method,
    headers: {
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...(options.body === undefined ? {} : { "content-type": "application/json" }),
      ...options.headers,
    },
    ...(options.body === undefined
      ? {}
      : { body: typeof options.body === "string" ? options.body : JSON.stringify(options.body) }),
  });
  const text = await reply.text();
  return {
    status: reply.status,
    headers: reply.headers,
    // Some answer with a file.
    body: !(reply.headers.get("content-type") ?? "").includes("json")
      ? {}
      : (JSON.parse(text) as Record<string, unknown>),
  };
}

test("[C2] a token can do no more than its maker may, and dies with the maker's account", async () => {
  const maker = await house.makeUser({ roleId: adminRole });
  await house.makeUser({ roleId: adminRole });
  const actor: Actor = { kind: "user", id: maker.id, name: "maker", can: (permission) => permission === "logs" };
  await expect(token(["accounts"], actor)).rejects.toThrow("only grant permissions");
  const own = await token(["logs"], actor);
  expect((await call("GET", "/events", { token: own })).status).toBe(200);
  await house.work(async (work) => await changeStatus(work, maker.id, "disable"));
  expect((await call("GET", "/events", { token: own })).status).toBe(401);
});

test("[C2] bad input is refused by field, and never a fault", async () => {
  const bad: [string, string, unknown, number][] = [
    ["POST", "/users", "{", 400],
    ["POST", "/users", '{"username":"a","username":"b","displayName":"c","email":"d@example.com"}', 400],
    ["POST", "/users", '{"__proto__":{"x":1}}', 400],
    ["POST", "/users", [], 400],
    ["POST", "/users", { username: "ok", displayName: "Ok", email: "not an email" }, 400],
    ["POST", "/users", { username: "ok\u0000", displayName: "Ok", email: "a@example.com" }, 400],
    ["POST", "/users", { username: "ok2", displayName: "O\u0000k", email: "a@example.com" }, 400],
    ["POST", "/users", { username: "ok", displayName: "Ok" }, 400],
    ["POST", "/users", { username: "ok", displayName: "Ok", email: "a@example.com", surprise: 1 }, 400],
    ["POST", "/users", { username: "ok", displayName: "Ok", email: "a@example.com", roleId: newId(new Date()) }, 404],
    ["POST", "/apps", { name: "x", kind: "web", redirectUris: ["https://*.example.com/cb"] }, 400],
    ["POST", "/apps", { name: "x", kind: "web", redirectUris: ["http://example.com/cb"] }, 400],
    ["POST", "/apps", { name: "x", kind: "web", redirectUris: ["javascript:alert(1)"] }, 400],
    ["POST", "/apps", { name: "x", kind: "web", redirectUris: ["https://a@example.com/cb"] }, 400],
    ["POST", "/apps", { name: "x", kind: "web", redirectUris: ["https://example.com/a/../cb"] }, 400],
    ["PUT", "/settings/passwords.minLength", { value: 3 }, 400],
    ["PUT", "/settings/nothing", { value: 3 }, 404],
  ];
  for (const [method, path, body, status] of bad) {
    const reply = await call(method, path, { token: all, body });
    expect(reply.status, `${method} ${path} ${JSON.stringify(body)} ${JSON.stringify(reply.body)}`).toBe(status);
    expect(problem.safeParse(reply.body).error).toBeUndefined();
  }
  for (const path of [
    "/users?limit=0",
    "/users?limit=x",
    "/users?sort=password",
    "/users?cursor=%00",
    "/users?q=%00",
    "/users?status=deleted",
    "/users/not-an-id",
    "/users?directory=x",
    "/events?q=%00",
    "/groups?q=%00",
    "/events?type=%00",
    "/events?cursor=WyJldmVudHMiLCJ4IiwieCIsZmFsc2Vd",
  ]) {
    const reply = await call("GET", path, { token: all });
    expect(reply.status, `${path} ${JSON.stringify(reply.body)}`).toBe(400);
  }
});

test("[C2] a token that is revoked opens nothing any more, and lists show no secret", async () => {
  const secret = await token(["logs"]);
  expect((await call("GET", "/events", { token: secret })).status).toBe(200);
  const list = await call("GET", "/tokens", { token: all });
  expect(JSON.stringify(list.body)).not.toContain(secret);
  const items = list.body["items"] as { id: string; lastUsedAt: string | null }[];
  expect(items[0]?.lastUsedAt).not.toBeNull();
  expect((await call("DELETE", `/tokens/${items[0]?.id ?? ""}`, { token: all })).status).toBe(204);
  expect((await call("GET", "/events", { token: secret })).status).toBe(401);
});

test("[C2] a text that is no Unicode, and a body made to be slow, are refused at once", async () => {
  const half = await call("POST", "/users", {
    token: all,
    body: '{"username":"half","displayName":"\\ud800","email":"a@example.com"}',
  });
  expect(half.status).toBe(400);
  const colon = await call("POST", "/apps", {
    token: all,
    body: { name: 'Colon ":b', kind: "web", redirectUris: ["https://colon.example.com/cb"] },
  });
  expect(colon.status).toBe(201);
  const slow = await call("POST", "/users", { token: all, body: JSON.stringify({ username: '\\"'.repeat(200_000) }) });
  expect(slow.status).toBe(400);
});

test("[U4] a user is made with what was given, and comes back the same", async () => {
  const made = await call("POST", "/users", {
    token: all,
    body: {
      username: "haruka",
      displayName: "田辺 遥",
      givenName: "遥",
      familyName: "田辺",
      email: "haruka@example.com",
      phone: "+81 90-0000-0000",
      locale: "ja",
      timeZone: "Asia/Tokyo",
      marketingConsent: true,
      sendActivation: true,
    },
  });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({
    username: "haruka",
    status: "pending",
    isOnboarded: false,
    emails: [{ value: "haruka@example.com", primary: true }],
    phoneNumbers: [{ value: "+81 90-0000-0000" }],
    locale: "ja",
    timeZone: "Asia/Tokyo",
    marketingConsent: true,
  });
  const read = await call("GET", `/users/${String(made.body["id"])}`, { token: all });
  expect(read.body).toEqual(made.body);
  const changed = await call("PATCH", `/users/${String(made.body["id"])}`, {
    token: all,
    body: { email: "h.tanabe@example.com", phone: null },
  });
  expect(changed.body).toMatchObject({ email: "h.tanabe@example.com", phoneNumbers: [], version: "2" });
  const log = await call("GET", `/events?subject=${String(made.body["id"])}`, { token: all });
  expect((log.body["items"] as { type: string }[]).map((event) => event.type)).toEqual([
    "user.updated",
    "user.activationSent",
    "user.created",
  ]);
});

test("[U1] the last address is masked for those who may not see it whole", async () => {
  const user = await house.makeUser();
  await house.db.run("update users set last_address = '203.0.113.77' where id = $1", [user.id]);
  const masked = await call("GET", `/users/${user.id}`, { token: await token(["accounts"]) });
  expect(masked.body["lastAddress"]).toBe("203.0.113.x");
  const whole = await call("GET", `/users/${user.id}`, { token: all });
  expect(whole.body["lastAddress"]).toBe("203.0.113.77");
});

test("[P4] [S1] secrets are in the answer that makes them and in no other", async () => {
  const directory = await call("POST", "/directories", { token: all, body: { name: "Okta" } });
  const app = await call("POST", "/apps", {
    token: all,
    body: { name: "Notes", kind: "web", redirectUris: ["https://notes.example.com/cb"] },
  });
  expect(directory.body["token"]).toMatch(/^ghd_/);
  expect(app.body["clientSecret"]).toMatch(/^ghs_/);
  const replies = [];
  for (const path of [
    "/directories",
    "/apps",
    "/events",
    "/users",
    `/directories/${String(directory.body["id"])}`,
    `/apps/${String(app.body["id"])}`,
  ]) {
    replies.push(JSON.stringify((await call("GET", path, { token: all })).body));
  }
  for (const secret of [directory.body["token"], app.body["clientSecret"]]) {
    expect(replies.join()).not.toContain(String(secret));
    const dump = await house.db.rows<{ text: string }>(
      "select to_jsonb(x)::text as text from (select * from directory_tokens) x union all select to_jsonb(a)::text from apps a union all select to_jsonb(e)::text from events e",
    );
    expect(dump.map((row) => row.text).join()).not.toContain(String(secret));
  }
});

test("[C1] the console's cookie counts only on requests from our own pages", async () => {
  const user = await house.makeUser({ roleId: adminRole });
  const browser = openBrowser(house.issuer);
  const named = await browser.submit(await browser.visit("/admin/"), { username: user.username });
  await browser.submit(named, { username: user.username, password });
  const cookie = [...browser.cookies].map(([key, one]) => `${key.split(" ")[0] ?? ""}=${one.value}`).join("; ");
  const act = async (headers: Record<string, string>) =>
    await call("POST", `/users/${user.id}/actions`, { body: { action: "unblock" }, headers: { cookie, ...headers } });
  expect((await act({ "sec-fetch-site": "same-origin" })).status).toBe(200);
  expect((await act({ "sec-fetch-site": "cross-site" })).status).toBe(403);
  expect((await act({ origin: "https://evil.example" })).status).toBe(403);
  expect((await act({})).status).toBe(403);
  expect((await call("GET", "/me", { headers: { cookie } })).body).toMatchObject({ userId: user.id });
  const out = await call("POST", "/me/sign-out", { headers: { cookie, "sec-fetch-site": "same-origin" } });
  expect(out.status).toBe(204);
  expect((await call("GET", "/me", { headers: { cookie } })).status).toBe(401);
  expect((await browser.visit("/account/")).url.pathname).toMatch(/^\/signin\//);
});

test("[C2] the OpenAPI document names every endpoint, and the page can be read", async () => {
  const document = (await (await fetch(`${house.issuer}/api/openapi.json`)).json()) as {
    openapi: string;
    paths: Record<string, object>;
  };
  expect(document.openapi).toBe("3.1.0");
  for (const endpoint of Object.values(endpoints)) {
    const path = `/api/v1${endpoint.path.replace(/:(\w+)/g, "{$1}")}`;
    expect(Object.keys(document.paths[path] ?? {})).toContain(endpoint.method.toLowerCase());
  }
  const page = await (await fetch(`${house.issuer}/api/docs`)).text();
  expect(page).toContain("/api/v1/users/:id");
});

test("[C2] an unknown address is 404 and a wrong method 405 with what is allowed", async () => {
  expect((await call("GET", "/nothing", { token: all })).status).toBe(404);
  const reply = await call("DELETE", "/users", { token: all });
  expect(reply.status).toBe(405);
  expect(reply.headers.get("allow")).toContain("POST");
});
