import { afterAll, beforeAll, expect, test } from "vitest";
import { createResource } from "#server/apps/resources.ts";
import type { UserId } from "#server/kernel/ids.ts";
import { createApiToken } from "#server/permissions/api-tokens.ts";
import { adminRole } from "#server/permissions/read-role.ts";
import { changeStatus } from "#server/users/change-status.ts";
import { createUser } from "#server/users/create-user.ts";
import { deleteUser } from "#server/users/delete-user.ts";
import { openBrowser } from "#test/oidc/support/browser.ts";
import type { Browser } from "#test/oidc/support/browser.ts";
import {
  askToken,
  getCode,
  getTokens,
  post,
  relyingParty,
  signInAt,
  startAttempt,
} from "#test/oidc/support/relying-party.ts";
import { password, serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse, TestApp } from "#test/oidc/support/served-house.ts";

const api = "https://api.example.com/";
const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

let house: ServedHouse;
let app: TestApp;
let tv: TestApp;
let makers = 0;

beforeAll(async () => {
  house = await serveHouse();
  // One administrator is left whatever happens to the others.
  await house.makeUser({ roleId: adminRole });
  app = await house.makeApp({ scimMe: true });
  tv = await house.makeApp({
    kind: "public",
    redirectUris: [],
    postLogoutRedirectUris: [],
    grantTypes: [deviceGrant],
  });
  await house.work(
    async (work) =>
      await createResource(work, {
        identifier: api,
        name: "API",
        scopes: [{ name: "read", description: "" }],
        access: "ownApps",
        tokenFormat: "jwt",
        signingAlg: "RS256",
      }),
  );
});
afterAll(async () => await house.close());

/** Somebody who has one of everything that opens a door. */
interface Holder {
  id: UserId;
  username: string;
  browser: Browser;
  console: Browser;
  access: string;
  refresh: string;
  apiRefresh: string;
  code: Record<string, string>;
  me: string;
  device: string;
  apiToken: string;
}

async function makeHolder(): Promise<Holder> {
  const { id, username } = await house.makeUser({ roleId: adminRole });
  const { browser, tokens } = await getTokens(house, app, username, { scope: "openid offline_access" });
  const scope = "openid offline_access read";
  const forApi = await getTokens(house, app, username, { scope, resource: api });
  const unused = await getCode(house, app, username);
  const { tokens: me } = await getTokens(house, app, username, { scope: "openid scim.me" });
  const console = openBrowser(house.issuer);
  const named = await console.submit(await console.visit("/admin/"), { username });
  await console.submit(named, { username, password });
  const started = await post(`${house.issuer}/oauth/device`, tv, { scope: "openid" });
  const entry = await browser.visit("/oauth/device/code");
  const confirm = await browser.submit(entry, { user_code: String(started.body["user_code"]) });
  await browser.submit(confirm, { confirm: "yes" });
  makers += 1;
  const { token: apiToken } = await house.as(
    { kind: "user", id, name: username, can: () => true },
    async (work) => await createApiToken(work, { name: `Token ${makers}`, permissions: ["accounts"] }),
  );
  return {
    id,
    username,
    browser,
    console,
    access: tokens.access_token,
    refresh: tokens.refresh_token ?? "",
    apiRefresh: forApi.tokens.refresh_token ?? "",
    code: {
      grant_type: "authorization_code",
      code: unused.code,
      code_verifier: unused.verifier,
      redirect_uri: app.redirectUri,
    },
    me: me.access_token,
    device: String(started.body["device_code"]),
    apiToken,
  };
}

async function isOk(path: string, headers: Record<string, string>): Promise<boolean> {
  const reply = await fetch(house.issuer + path, { headers });
  await reply.body?.cancel();
  return reply.status === 200;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const cookies = (browser: Browser) => ({
  cookie: [...browser.cookies].map(([name, { value }]) => `${name}=${value}`).join("; "),
});
const gives = async (from: TestApp, parameters: Record<string, string>) =>
  (await askToken(house, from, parameters)).status === 200;
const start = async () => (await startAttempt(await relyingParty(house, app), app)).url;

/** Whether each door opens. Those that use something up come last. */
const doors: Record<string, (holder: Holder) => Promise<boolean>> = {
  "sign-in to an app": async ({ username }) =>
    (await signInAt(openBrowser(house.issuer), await start(), username)).url.searchParams.has("code"),
  "sign-in to the own pages": async ({ username }) =>
    (await signInAt(openBrowser(house.issuer), new URL("/account/", house.issuer), username)).status === 200,
  "an app, with a session": async ({ browser }) =>
    (await browser.visit((await start()).href)).url.searchParams.has("code"),
  "own pages, with a session": async ({ browser }) => (await browser.visit("/account/")).url.pathname === "/account/",
  "console, with a session": async (holder) => await isOk("/api/v1/me", cookies(holder.console)),
  "API token of the person": async ({ apiToken }) => await isOk("/api/v1/me", bearer(apiToken)),
  userinfo: async ({ access }) => await isOk("/oauth/userinfo", bearer(access)),
  "introspection of an access token": async ({ access }) =>
    (await post(`${house.issuer}/oauth/introspect`, app, { token: access })).body["active"] === true,
  "introspection of a refresh token": async ({ refresh }) =>
    (await post(`${house.issuer}/oauth/introspect`, app, { token: refresh })).body["active"] === true,
  "SCIM /Me": async ({ me }) => await isOk("/scim/v2/Me", bearer(me)),
  "code that waits": async ({ code }) => await gives(app, code),
  "device that waits": async ({ device }) => await gives(tv, { grant_type: deviceGrant, device_code: device }),
  "refresh token": async ({ refresh }) => await gives(app, { grant_type: "refresh_token", refresh_token: refresh }),
  "refresh token, for a JWT": async ({ apiRefresh }) =>
    await gives(app, { grant_type: "refresh_token", refresh_token: apiRefresh, resource: api, scope: "read" }),
};

const mark = (column: string) => async (id: UserId) =>
  void (await house.db.run(`update users set ${column} = now() where id = $1`, [id]));

/** Each status, by its command, and by the column alone: what refuses is the question at every use, not only the broom. */
const statuses: Record<string, ((id: UserId) => Promise<unknown>) | undefined> = {
  pending: undefined,
  active: async () => await Promise.resolve(),
  blocked: async (id) => await house.work(async (work) => await changeStatus(work, id, "block")),
  "blocked (column)": mark("blocked_at"),
  disabled: async (id) => await house.work(async (work) => await changeStatus(work, id, "disable")),
  "disabled (column)": mark("disabled_at"),
  deleted: async (id) => await house.work(async (work) => await deleteUser(work, id)),
  "deleted (column)": mark("deleted_at"),
};

/** A blocked account looks after itself on its own pages, and can do nothing else. */
const ofBlocked = ["sign-in to the own pages", "own pages, with a session"];

function expected(status: string, door: string): "in" | "out" | "-" {
  if (status === "active") return "in";
  // Nobody has proven to be this person yet, so there is nothing that could be shown at the other doors.
  if (status === "pending") return door.startsWith("sign-in") ? "out" : "-";
  // The command ends the sessions, as for every account that loses its apps.
  if (status === "blocked") return door === "sign-in to the own pages" ? "in" : "out";
  return status === "blocked (column)" && ofBlocked.includes(door) ? "in" : "out";
}

test("[S7] each status at each door", { timeout: 120_000 }, async () => {
  const found: Record<string, Record<string, string>> = {};
  const wanted: typeof found = {};
  for (const [status, change] of Object.entries(statuses)) {
    const column: Record<string, string> = {};
    const holder = change === undefined ? await makePending() : await makeHolder();
    await change?.(holder.id);
    for (const [door, opens] of Object.entries(doors)) {
      const hasKey = change !== undefined || door.startsWith("sign-in");
      column[door] = hasKey ? ((await opens(holder as Holder)) ? "in" : "out") : "-";
    }
    found[status] = column;
    wanted[status] = Object.fromEntries(Object.keys(doors).map((door) => [door, expected(status, door)]));
  }
  console.log(table(found));
  expect(found).toEqual(wanted);
});

/** An account that was made and never activated. */
async function makePending(): Promise<Pick<Holder, "id" | "username">> {
  const username = "pending";
  return { id: await house.work(async (work) => await createUser(work, { username, displayName: "P" })), username };
}

function table(columns: Record<string, Record<string, string>>): string {
  const heads = Object.keys(columns);
  const line = (first: string, cells: string[]) =>
    [first.padEnd(34), ...cells.map((cell, index) => cell.padEnd(heads[index]?.length ?? 0))].join("  ");
  const rows = Object.keys(doors).map((door) =>
    line(
      door,
      heads.map((head) => columns[head]?.[door] ?? ""),
    ),
  );
  return [line("", heads), ...rows].join("\n");
}
