import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allPermissions } from "#contract/permissions.ts";
import { createDirectory } from "#server/directories/create-directory.ts";
import { createGroup } from "#server/groups/create-group.ts";
import { trusted } from "#server/db/work.ts";
import { changeGroup } from "#server/groups/change-group.ts";
import type { GroupId } from "#server/kernel/ids.ts";
import { createApiToken } from "#server/permissions/api-tokens.ts";
import { workJobs } from "#server/tasks/work-jobs.ts";
import { openBrowser } from "./support/browser.ts";
import { askToken, getCode, getTokens, post, relyingParty, signInAt, startAttempt } from "./support/relying-party.ts";
import { password, serveHouse } from "./support/served-house.ts";
import type { ServedHouse, TestApp } from "./support/served-house.ts";

let house: ServedHouse;
let jobs: Awaited<ReturnType<typeof workJobs>>;
let apiToken: string;
let directory: { id: string; token: string };

beforeAll(async () => {
  house = await serveHouse();
  ({ apiToken, directory } = await house.work(async (work) => {
    const { token } = await createApiToken(work, { name: "admin", permissions: allPermissions });
    const made = await createDirectory(work, { name: "Directory", rateLimit: null });
    return { apiToken: token, directory: { id: made.directory.id, token: made.token } };
  }));
  jobs = await workJobs(house);
});
afterAll(async () => {
  await jobs.close();
  await house.close();
});

let count = 0;

async function call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const isScim = path.startsWith("/scim/");
  const reply = await fetch(house.issuer + path, {
    method,
    headers: {
      authorization: `Bearer ${isScim ? directory.token : apiToken}`,
      "content-type": isScim ? "application/scim+json" : "application/json",
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await reply.text();
  expect(reply.status, `${path}: ${text}`).toBeLessThan(300);
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

const assign = async (app: TestApp, chosen: object) => await call("POST", `/api/v1/apps/${app.id}/assignments`, chosen);
const unassign = async (app: TestApp, id: string) => await call("DELETE", `/api/v1/apps/${app.id}/assignments/${id}`);

async function makeGroup(members: readonly string[] = []): Promise<GroupId> {
  count += 1;
  const id = await house.work(async (work) => await createGroup(work, { displayName: `Group ${count}` }));
  if (members.length > 0) {
    await house.work(async (work) => await changeGroup(work, id, [{ kind: "addMembers", ids: members }]));
  }
  return id;
}

const chosenApp = async () => await house.makeApp({ access: "chosen" });

async function userinfo(token: string): Promise<Record<string, unknown> | number> {
  const reply = await fetch(`${house.issuer}/oauth/userinfo`, { headers: { authorization: `Bearer ${token}` } });
  if (reply.status === 200) return (await reply.json()) as Record<string, unknown>;
  await reply.body?.cancel();
  return reply.status;
}

async function isIn(app: TestApp, username: string): Promise<boolean> {
  const { url } = await startAttempt(await relyingParty(house, app), app);
  return (await signInAt(openBrowser(house.issuer), url, username)).url.searchParams.has("code");
}

async function recordsOf(app: TestApp, userId: string): Promise<number> {
  const found = await house.db.rows("select 1 from oidc_records where client_id = $1 and account_id = $2", [
    app.clientId,
    userId,
  ]);
  return found.length;
}

describe("an app for chosen people", () => {
  test("[G4] lets in whom it is assigned to: a user, a group, a group in a group", async () => {
    const app = await chosenApp();
    const [direct, member, nested, stranger] = await Promise.all([1, 2, 3, 4].map(async () => await house.makeUser()));
    if (!direct || !member || !nested || !stranger) throw new Error("four users");
    const inner = await makeGroup([nested.id]);
    const outer = await makeGroup([member.id, inner]);
    expect(await assign(app, { userIds: [direct.id], groupIds: [outer] })).toEqual({ added: 2 });
    expect(await assign(app, { userIds: [direct.id] })).toEqual({ added: 0 });
    expect(await isIn(app, direct.username)).toBe(true);
    expect(await isIn(app, member.username)).toBe(true);
    expect(await isIn(app, nested.username)).toBe(true);
    expect(await isIn(app, stranger.username)).toBe(false);
    expect(await isIn(await house.makeApp(), stranger.username)).toBe(true);
  });

  test("[G4] shows others a page that says so, from which they go back, or on as somebody else", async () => {
    const app = await chosenApp();
    const [stranger, friend] = [await house.makeUser(), await house.makeUser()];
    await assign(app, { userIds: [friend.id] });
    const browser = openBrowser(house.issuer);
    const { url, checks } = await startAttempt(await relyingParty(house, app), app);
    const page = await signInAt(browser, url, stranger.username);
    expect(page.status).toBe(403);
    expect(page.html).toMatch(/has no access to <b><bdi>App/);
    expect(page.html).toContain(`${stranger.username}@example.com`);
    expect(await recordsOf(app, stranger.id)).toBe(0);

    const back = await browser.submit(page);
    expect(back.url.searchParams.get("error")).toBe("access_denied");
    expect(back.url.searchParams.get("state")).toBe(checks.expectedState);

    const again = await startAttempt(await relyingParty(house, app), app);
    const refused = await browser.visit(again.url.href);
    expect(refused.status).toBe(403);
    const other = await browser.visit(`${refused.url.pathname}?other=1`);
    const named = await browser.submit(other, { username: friend.username });
    const done = await browser.submit(named, { username: friend.username, password });
    expect(done.url.searchParams.has("code")).toBe(true);
    // The first person is not signed in here any more.
    const ended = await house.db.rows("select 1 from sessions where user_id = $1 and ended_at is null", [stranger.id]);
    expect(ended).toEqual([]);
  });

  test("[G4] cannot be got into by posting to other steps of the sign-in", async () => {
    const app = await chosenApp();
    const stranger = await house.makeUser();
    const browser = openBrowser(house.issuer);
    const { url } = await startAttempt(await relyingParty(house, app), app);
    const page = await signInAt(browser, url, stranger.username);
    for (const step of ["consent", "device", "factor", "codes", "change", "nowhere"]) {
      const html = page.html.replace(/\/leave"/, `/${step}"`);
      const tried = await browser.submit({ ...page, html }, { decision: "allow", code: "000000" });
      expect(tried.url.searchParams.get("code"), step).toBeNull();
    }
    const self = await browser.visit(`${page.url.pathname}?other=1`);
    const named = await browser.submit(self, { username: stranger.username });
    const done = await browser.submit(named, { username: stranger.username, password });
    expect(done.status).toBe(403);
    expect(await recordsOf(app, stranger.id)).toBe(0);
  });

  test("[G4] answers access_denied where nobody may be asked (prompt=none)", async () => {
    const app = await chosenApp();
    const user = await house.makeUser();
    const { browser } = await getTokens(house, await house.makeApp(), user.username);
    const { url } = await startAttempt(await relyingParty(house, app), app, { prompt: "none" });
    expect((await browser.visit(url.href)).url.searchParams.get("error")).toBe("access_denied");
  });

  test("[G4] goes on once access was given while the page was open", async () => {
    const app = await chosenApp();
    const user = await house.makeUser();
    const browser = openBrowser(house.issuer);
    const { url } = await startAttempt(await relyingParty(house, app), app);
    expect((await signInAt(browser, url, user.username)).status).toBe(403);
    await assign(app, { userIds: [user.id] });
    expect((await browser.visit(url.href)).url.searchParams.has("code")).toBe(true);
  });
});

interface Lost {
  app: TestApp;
  user: { id: string };
  group: GroupId;
  outer: GroupId;
}

const losses: Record<string, (given: Lost) => Promise<unknown>> = {
  "the group is unassigned": async ({ app, outer }) => await unassign(app, outer),
  "the house takes the user out of the group": async ({ group, user }) =>
    await house.as(trusted("system", "a test"), async (work) => {
      return await changeGroup(work, group, [{ kind: "removeMembers", ids: [user.id] }]);
    }),
  "the group leaves the group that has access": async ({ group, outer }) =>
    await house.work(async (work) => await changeGroup(work, outer, [{ kind: "removeMembers", ids: [group] }])),
  "the directory removes the user from the group [P5]": async ({ group, user }) =>
    await call("PATCH", `/scim/v2/Groups/${group}`, {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
      Operations: [{ op: "remove", path: `members[value eq "${user.id}"]` }],
    }),
  "the directory replaces the members [P5]": async ({ group }) =>
    await call("PUT", `/scim/v2/Groups/${group}`, {
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"],
      displayName: `Replaced ${count}`,
      members: [],
    }),
  "the directory deletes the group [P5]": async ({ group }) => await call("DELETE", `/scim/v2/Groups/${group}`),
};

describe("access that is taken away", () => {
  test.each(Object.entries(losses))("[G4] ends the app's tokens at once when %s, and for good", async (_name, lose) => {
    const user = await house.makeUser({ directoryId: directory.id as never });
    const made = await call("POST", "/scim/v2/Groups", {
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"],
      displayName: `Provisioned ${(count += 1)}`,
      members: [{ value: user.id }],
    });
    const group = String(made["id"]) as GroupId;
    const outer = await makeGroup([group]);
    const app = await chosenApp();
    await assign(app, { groupIds: [outer] });
    const { tokens, browser, config } = await getTokens(house, app, user.username, { scope: "openid offline_access" });
    const { code, verifier } = await getCode(house, app, user.username);
    const elsewhere = await getTokens(house, await house.makeApp(), user.username);

    await lose({ app, user, group, outer });

    expect(await userinfo(tokens.access_token)).toBe(401);
    for (const token of [tokens.access_token, tokens.refresh_token ?? ""]) {
      expect((await post(`${house.issuer}/oauth/introspect`, app, { token })).body).toEqual({ active: false });
    }
    const refresh = { grant_type: "refresh_token", refresh_token: tokens.refresh_token ?? "" };
    expect(await askToken(house, app, refresh)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    const redeem = { grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri: app.redirectUri };
    expect(await askToken(house, app, redeem)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    expect((await browser.visit((await startAttempt(config, app)).url.href)).status).toBe(403);
    // The person stays signed in elsewhere.
    expect(await userinfo(elsewhere.tokens.access_token)).toMatchObject({ sub: user.id });

    await expect.poll(async () => await recordsOf(app, user.id), { timeout: 20_000 }).toBe(0);
    await assign(app, { userIds: [user.id] });
    expect(await userinfo(tokens.access_token)).toBe(401);
    expect(await askToken(house, app, refresh)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });

  test("[G4] ends when an app that was open to everyone is not any more, for those who were not chosen", async () => {
    const app = await house.makeApp();
    const [stays, goes] = [await house.makeUser(), await house.makeUser()];
    await assign(app, { userIds: [stays.id] });
    const kept = await getTokens(house, app, stays.username);
    const lost = await getTokens(house, app, goes.username);
    await call("PATCH", `/api/v1/apps/${app.id}`, { access: "chosen" });
    expect(await userinfo(kept.tokens.access_token)).toMatchObject({ sub: stays.id });
    expect(await userinfo(lost.tokens.access_token)).toBe(401);
    await expect.poll(async () => await recordsOf(app, goes.id), { timeout: 20_000 }).toBe(0);
    expect(await recordsOf(app, stays.id)).toBeGreaterThan(0);
    const events = await house.db.rows("select subject_id from events where type = 'app.accessEnded' and app_id = $1", [
      app.id,
    ]);
    expect(events).toEqual([{ subject_id: goes.id }]);
  });

  test("[G4] [S1] tells the app over its back channel", async () => {
    const app = await house.makeApp({ access: "chosen", backchannelLogoutUri: "http://127.0.0.1:9/logout" });
    const user = await house.makeUser();
    await assign(app, { userIds: [user.id] });
    const { tokens } = await getTokens(house, app, user.username);
    await unassign(app, user.id);
    const notices = async () =>
      await house.db.rows("select sid, reason from logout_notices where app_id = $1", [app.id]);
    await expect.poll(notices, { timeout: 20_000 }).toEqual([{ sid: tokens.claims()?.["sid"], reason: "accessEnded" }]);
  });
});

describe("what an app lets people do", () => {
  const entitle = async (app: TestApp, value: string, holders: object): Promise<string> => {
    const { id } = await call("POST", `/api/v1/apps/${app.id}/entitlements`, { value, name: `May ${value}` });
    await call("POST", `/api/v1/apps/${app.id}/entitlements/${String(id)}/holders`, holders);
    return String(id);
  };
  const scope = { scope: "openid entitlements offline_access" };

  test("[G3] is told to that app, in the ID token and at userinfo, and to no other", async () => {
    const [chat, notes] = [await house.makeApp(), await house.makeApp()];
    const user = await house.makeUser();
    const outer = await makeGroup([await makeGroup([user.id])]);
    await entitle(chat, "chat.settings", { userIds: [user.id] });
    await entitle(chat, "chat.archive", { groupIds: [outer] });
    await entitle(chat, "chat.delete", { userIds: [(await house.makeUser()).id] });
    await entitle(notes, "notes.write", { userIds: [user.id] });
    const { tokens } = await getTokens(house, chat, user.username, scope);
    expect(tokens.claims()?.["entitlements"]).toEqual(["chat.archive", "chat.settings"]);
    expect(await userinfo(tokens.access_token)).toMatchObject({ entitlements: ["chat.archive", "chat.settings"] });
    const other = await getTokens(house, notes, user.username, scope);
    expect(other.tokens.claims()?.["entitlements"]).toEqual(["notes.write"]);
    const unasked = await getTokens(house, chat, user.username);
    expect(unasked.tokens.claims()).not.toHaveProperty("entitlements");
    expect(await userinfo(unasked.tokens.access_token)).not.toHaveProperty("entitlements");
  });

  test("[G3] [P5] is told as it is at the moment: at userinfo, and with each refresh", async () => {
    const app = await house.makeApp();
    const user = await house.makeUser({ directoryId: directory.id as never });
    const made = await call("POST", "/scim/v2/Groups", {
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"],
      displayName: `Live ${(count += 1)}`,
      members: [],
    });
    const id = await entitle(app, "live", { groupIds: [made["id"]] });
    const { tokens, config } = await getTokens(house, app, user.username, scope);
    expect(tokens.claims()?.["entitlements"]).toEqual([]);
    const patch = async (operation: object) =>
      await call("PATCH", `/scim/v2/Groups/${String(made["id"])}`, {
        schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        Operations: [operation],
      });
    await patch({ op: "add", path: "members", value: [{ value: user.id }] });
    expect(await userinfo(tokens.access_token)).toMatchObject({ entitlements: ["live"] });
    const next = await client.refreshTokenGrant(config, tokens.refresh_token ?? "");
    expect(next.claims()?.["entitlements"]).toEqual(["live"]);
    await call("PATCH", `/api/v1/apps/${app.id}/entitlements/${id}`, { value: "lively" });
    expect(await userinfo(next.access_token)).toMatchObject({ entitlements: ["lively"] });
    await patch({ op: "remove", path: `members[value eq "${user.id}"]` });
    const last = await client.refreshTokenGrant(config, next.refresh_token ?? "");
    expect(last.claims()?.["entitlements"]).toEqual([]);
    await call("DELETE", `/api/v1/apps/${app.id}/entitlements/${id}`);
    expect(await userinfo(last.access_token)).toMatchObject({ entitlements: [] });
  });

  test("[G3] [G4] is listed with the apps of a user, and goes with the account", async () => {
    const app = await chosenApp();
    const user = await house.makeUser();
    const group = await makeGroup([user.id]);
    await assign(app, { groupIds: [group] });
    await entitle(app, "read", { userIds: [user.id] });
    const { items } = (await call("GET", `/api/v1/users/${user.id}/apps`)) as { items: { app: { id: string } }[] };
    expect(items.find((one) => one.app.id === app.id)).toMatchObject({
      access: "chosen",
      isDirect: false,
      groups: [{ id: group }],
      entitlements: [{ value: "read", name: "May read" }],
      lastUsedAt: null,
    });
    await call("DELETE", `/api/v1/users/${user.id}`);
    expect(await house.db.rows("select 1 from entitlement_grants where user_id = $1", [user.id])).toEqual([]);
  });

  test("[G3] refuses what cannot be a value, and a value twice", async () => {
    const app = await house.makeApp();
    const ask = async (value: string) => {
      const reply = await fetch(`${house.issuer}/api/v1/apps/${app.id}/entitlements`, {
        method: "POST",
        headers: { authorization: `Bearer ${apiToken}`, "content-type": "application/json" },
        body: JSON.stringify({ value }),
      });
      return { status: reply.status, ...((await reply.json()) as { code?: string }) };
    };
    expect(await ask("a b")).toMatchObject({ status: 400, code: "entitlement.valueInvalid" });
    expect(await ask('a"b')).toMatchObject({ status: 400, code: "entitlement.valueInvalid" });
    expect(await ask("Read")).toMatchObject({ status: 201, name: "Read" });
    expect(await ask("read")).toMatchObject({ status: 409, code: "entitlement.valueTaken" });
  });
});

test("[G4] whom an app can be assigned to is found by part of the name, with whether it is", async () => {
  const app = await chosenApp();
  const user = await house.makeUser({ displayName: "Zebediah Quux" });
  const group = await house.work(async (work) => await createGroup(work, { displayName: "Quux friends" }));
  await assign(app, { userIds: [user.id] });
  const found = await call("GET", `/api/v1/apps/${app.id}/assignments/candidates?q=quux`);
  expect(found["items"]).toMatchObject([
    { kind: "group", id: group, name: "Quux friends", memberCount: 0, hasIt: false },
    { kind: "user", id: user.id, name: "Zebediah Quux", hasIt: true },
  ]);
  const list = await call("GET", `/api/v1/apps/${app.id}/assignments?q=zebe`);
  expect(list).toMatchObject({ total: 1, items: [{ kind: "user", id: user.id }] });
});
