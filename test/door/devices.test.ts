import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { setSetting } from "#server/settings/set-setting.ts";
import { updateUser } from "#server/users/update-user.ts";
import { removeDevice } from "#server/devices/remove-device.ts";
import { changeStatus } from "#server/users/change-status.ts";
import { createApiToken } from "#server/permissions/api-tokens.ts";
import type { UserId } from "#server/kernel/ids.ts";
import { openBrowser } from "#test/oidc/support/browser.ts";
import type { Browser, Page } from "#test/oidc/support/browser.ts";
import { askToken, getTokens, relyingParty, startAttempt } from "#test/oidc/support/relying-party.ts";
import { password, serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse, TestApp } from "#test/oidc/support/served-house.ts";

let house: ServedHouse;
let app: TestApp;

beforeAll(async () => {
  house = await serveHouse({ trustProxy: ["127.0.0.1"] });
  app = await house.makeApp({ grantTypes: ["authorization_code", "refresh_token"] });
});
afterAll(async () => await house.close());
afterEach(async () => {
  await set("devices.limit", 0);
  await set("devices.selfRemoval", true);
});

const set = async (key: string, value: unknown) => await house.work(async (work) => await setSetting(work, key, value));

let network = 0;

/** Signs in from a network of its own, so that only the limit of devices is met. */
async function signIn(username: string, browser: Browser = openBrowser(house.issuer)): Promise<Page> {
  network += 1;
  const headers = { "x-forwarded-for": `198.51.${Math.floor(network / 250)}.${(network % 250) + 1}` };
  const { url } = await startAttempt(await relyingParty(house, app), app);
  const first = await browser.visit(url.href, headers);
  if (first.url.searchParams.has("code")) return first;
  const named = await browser.submit(first, { username }, headers);
  return await browser.submit(named, { username, password }, headers);
}

const hasCode = (page: Page) => page.url.searchParams.has("code");

async function devicesOf(id: UserId): Promise<string[]> {
  const rows = await house.db.rows<{ id: string }>(
    "select id from devices where user_id = $1 and removed_at is null order by first_seen_at, id",
    [id],
  );
  return rows.map((row) => row.id);
}

const count = async (table: "sessions" | "oidc_records", id: UserId) => {
  const column = table === "sessions" ? "user_id" : "account_id";
  return (await house.db.rows(`select 1 from ${table} where ${column} = $1`, [id])).length;
};

test("[S4] fifty sign-ins at once from new browsers with a limit of three leave exactly three devices", async () => {
  await set("devices.limit", 3);
  const user = await house.makeUser();
  const pages = await Promise.all(Array.from({ length: 50 }, async () => await signIn(user.username)));
  expect(pages.filter(hasCode)).toHaveLength(3);
  expect(pages.filter((page) => page.status === 403)).toHaveLength(47);
  expect(await devicesOf(user.id)).toHaveLength(3);
  expect(await count("sessions", user.id)).toBe(3);
}, 60_000);

test("[S4] a registered browser always gets in, also when the limit is lowered below what there is", async () => {
  const user = await house.makeUser();
  const [one, other] = [openBrowser(house.issuer), openBrowser(house.issuer)];
  expect(hasCode(await signIn(user.username, one))).toBe(true);
  expect(hasCode(await signIn(user.username, other))).toBe(true);
  await set("devices.limit", 1);
  for (const browser of [one, other]) {
    const session = await browser.visit("/account/");
    expect(session.url.pathname).toBe("/account/");
    browser.cookies.delete("gatehouse_session");
    expect(hasCode(await signIn(user.username, browser))).toBe(true);
  }
  expect((await signIn(user.username)).status).toBe(403);
  expect(await devicesOf(user.id)).toHaveLength(2);
});

test("[S4] two people in one browser have a device each; another's device opens no place", async () => {
  await set("devices.limit", 1);
  const [ada, bob] = [await house.makeUser(), await house.makeUser()];
  const shared = openBrowser(house.issuer);
  expect(hasCode(await signIn(ada.username, shared))).toBe(true);
  const device = shared.cookies.get("gatehouse_device");
  expect(device?.attributes.toLowerCase()).toContain("httponly");
  shared.cookies.delete("gatehouse_session");
  expect(hasCode(await signIn(bob.username, shared))).toBe(true);
  expect(shared.cookies.get("gatehouse_device")?.value).toBe(device?.value);

  const bobs = openBrowser(house.issuer);
  const carol = await house.makeUser();
  expect(hasCode(await signIn(carol.username, bobs))).toBe(true);
  bobs.cookies.delete("gatehouse_session");
  expect((await signIn(bob.username, bobs)).status).toBe(403);
});

test("[S4] a form that is sent twice is one device", async () => {
  await set("devices.limit", 1);
  const user = await house.makeUser();
  const browser = openBrowser(house.issuer);
  const { url } = await startAttempt(await relyingParty(house, app), app);
  const named = await browser.submit(await browser.visit(url.href), { username: user.username });
  const pages = await Promise.all(
    [1, 2].map(async () => await browser.submit(named, { username: user.username, password })),
  );
  expect(pages.filter((page) => page.status === 403)).toEqual([]);
  expect(await devicesOf(user.id)).toHaveLength(1);
});

test("[S4] a refused sign-in leaves no session, no grant and no code, and the log says why (ASVS 7.6.2)", async () => {
  const user = await house.makeUser();
  await house.work(async (work) => await updateUser(work, user.id, { deviceLimit: 1 }));
  await signIn(user.username);
  const before = [await count("sessions", user.id), await count("oidc_records", user.id)];
  const refused = openBrowser(house.issuer);
  const page = await signIn(user.username, refused);
  expect(page.status).toBe(403);
  expect(page.html).toContain('name="device"');
  expect([await count("sessions", user.id), await count("oidc_records", user.id)]).toEqual(before);
  expect((await refused.visit("/account/")).url.pathname).toMatch(/^\/signin\//);
  const events = await house.db.rows<{ reason: string }>(
    "select reason from events where type = 'signin.failed' and subject_id = $1",
    [user.id],
  );
  expect(events).toEqual([{ reason: "deviceLimit" }]);
});

test("[S4] at the limit a person removes a device and is in; the removed one is out at that moment", async () => {
  await set("devices.limit", 1);
  const user = await house.makeUser();
  const { tokens, browser: old } = await getTokens(house, app, user.username, { scope: "openid offline_access" });
  const [device = ""] = await devicesOf(user.id);
  const fresh = openBrowser(house.issuer);
  const page = await signIn(user.username, fresh);
  expect((await fresh.submit(page)).status).toBe(422);
  expect(await devicesOf(user.id)).toEqual([device]);

  const current = await fresh.visit(page.url.pathname);
  expect(hasCode(await fresh.submit(current, { device }))).toBe(true);
  const left = await devicesOf(user.id);
  expect(left).toHaveLength(1);
  expect(left).not.toContain(device);
  expect((await old.visit("/account/")).url.pathname).toMatch(/^\/signin\//);
  const refreshed = await askToken(house, app, {
    grant_type: "refresh_token",
    refresh_token: tokens.refresh_token ?? "",
  });
  expect(refreshed.status).toBe(400);
  const userinfo = await fetch(`${house.issuer}/oauth/userinfo`, {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  expect(userinfo.status).toBe(401);
});

test("[S4] the choice counts once, in its own sign-in, for own devices (ASVS 6.6.2, CVE-2026-49448)", async () => {
  await set("devices.limit", 1);
  const [user, other] = [await house.makeUser(), await house.makeUser()];
  await signIn(user.username);
  await signIn(other.username);
  const [[own = ""], [foreign = ""]] = [await devicesOf(user.id), await devicesOf(other.id)];
  const browser = openBrowser(house.issuer);
  const page = await signIn(user.username, browser);
  expect(hasCode(await browser.submit(page, { device: foreign }))).toBe(false);
  for (const device of ["", "nonsense", "'; --"]) {
    expect((await browser.submit(page, { device })).status).toBe(422);
  }
  expect(await devicesOf(other.id)).toEqual([foreign]);

  const stranger = openBrowser(house.issuer);
  expect((await stranger.submit(page, { device: own })).status).toBe(410);
  const theirs = await stranger.visit((await startAttempt(await relyingParty(house, app), app)).url.href);
  const turn = /name="turn" value="([^"]*)"/.exec(page.html)?.[1] ?? "";
  const forged = { ...theirs, html: theirs.html.replace("/name", "/device") };
  expect(hasCode(await stranger.submit(forged, { device: own, turn }))).toBe(false);
  expect(await devicesOf(user.id)).toEqual([own]);

  const current = await browser.visit(page.url.pathname);
  const replies = await Promise.all(
    Array.from({ length: 10 }, async () => await browser.submit(current, { device: own })),
  );
  expect(replies.filter(hasCode)).toHaveLength(1);
  expect(await devicesOf(user.id)).toHaveLength(1);
});

test("[S4] where the organization does not allow it, nobody removes a device to get in", async () => {
  await set("devices.limit", 1);
  await set("devices.selfRemoval", false);
  const user = await house.makeUser();
  await signIn(user.username);
  const [device = ""] = await devicesOf(user.id);
  const browser = openBrowser(house.issuer);
  const page = await signIn(user.username, browser);
  expect(page.status).toBe(403);
  expect(page.html).not.toContain('name="device"');
  expect(hasCode(await browser.submit(page, { device }))).toBe(false);
  expect(await devicesOf(user.id)).toEqual([device]);
});

test("[S4] a waiting sign-in is over when the password changes or the account is disabled (ASVS 7.4.2)", async () => {
  await set("devices.limit", 1);
  const user = await house.makeUser();
  await signIn(user.username);
  const [device = ""] = await devicesOf(user.id);
  const browser = openBrowser(house.issuer);
  const page = await signIn(user.username, browser);
  await house.work(async (work) => await changeStatus(work, user.id, "disable"));
  expect(hasCode(await browser.submit(page, { device }))).toBe(false);
  await house.work(async (work) => await changeStatus(work, user.id, "enable"));
  await house.db.run("update credentials set retired_at = now() where user_id = $1", [user.id]);
  expect(hasCode(await browser.submit(page, { device }))).toBe(false);
  expect(await devicesOf(user.id)).toEqual([device]);
});

test("[U13] removing a device while its sign-in completes leaves no session", async () => {
  const user = await house.makeUser();
  for (let round = 0; round < 5; round += 1) {
    const browser = openBrowser(house.issuer);
    const signing = signIn(user.username, browser);
    let removed = 0;
    while (removed === 0) {
      for (const id of await devicesOf(user.id)) {
        await house.work(async (work) => await removeDevice(work, user.id, id));
        removed += 1;
      }
    }
    await signing;
    expect((await browser.visit("/account/")).url.pathname).toMatch(/^\/signin\//);
  }
});

test("[S8] [U13] the own pages list the devices and remove one, with its sessions", async () => {
  const user = await house.makeUser();
  const [here, there] = [openBrowser(house.issuer), openBrowser(house.issuer)];
  await signIn(user.username, there);
  const [far = ""] = await devicesOf(user.id);
  await signIn(user.username, here);
  const home = await here.visit("/account/");
  expect(home.html).toContain("This device");
  const csrf = /name="csrf" value="([^"]*)"/.exec(home.html)?.[1] ?? "";
  const form = (id: string) => ({
    ...home,
    html: `<form action="/account/devices/${id}/remove"><input type="hidden" name="csrf" value="${csrf}"></form>`,
  });
  expect((await here.submit(form(far))).url.search).toBe("?done=deviceRemoved");
  expect((await here.submit(form(far))).status).toBe(404);
  expect((await there.visit("/account/")).url.pathname).toMatch(/^\/signin\//);
  expect((await here.visit("/account/")).url.pathname).toBe("/account/");
  const stranger = await house.makeUser();
  await signIn(stranger.username);
  const [theirs = ""] = await devicesOf(stranger.id);
  expect((await here.submit(form(theirs))).status).toBe(404);
});

test("[U13] the API lists and removes devices, and sets the limit of a user or takes it back", async () => {
  await set("devices.limit", 5);
  const user = await house.makeUser();
  const browser = openBrowser(house.issuer);
  await signIn(user.username, browser);
  const { token } = await house.work(
    async (work) => await createApiToken(work, { name: "devices", permissions: ["accounts"] }),
  );
  const call = async (method: string, path: string, body?: unknown) => {
    const reply = await fetch(`${house.issuer}/api/v1/users/${user.id}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    return { status: reply.status, body: (text === "" ? {} : JSON.parse(text)) as Record<string, unknown> };
  };
  expect((await call("PATCH", "", { deviceLimit: 2 })).body).toMatchObject({ deviceLimit: 2, deviceCount: 1 });
  const listed = await call("GET", "/devices");
  expect(listed.body).toMatchObject({ limit: 2, defaultLimit: 5 });
  const [device] = listed.body["items"] as { id: string; address: string; sessionCount: number }[];
  expect(device?.sessionCount).toBe(1);
  expect(device?.address).toMatch(/\.x$/);
  expect((await call("DELETE", `/devices/${device?.id}`)).status).toBe(204);
  expect((await call("DELETE", `/devices/${device?.id}`)).status).toBe(404);
  expect((await browser.visit("/account/")).url.pathname).toMatch(/^\/signin\//);
  expect((await call("PATCH", "", { deviceLimit: null })).body).toMatchObject({ deviceLimit: null, deviceCount: 0 });
  expect((await call("PATCH", "", { deviceLimit: -1 })).status).toBe(400);
  const types = await house.db.rows<{ type: string }>(
    "select type from events where subject_id = $1 and type like 'device.%' order by id",
    [user.id],
  );
  expect(types.map((row) => row.type)).toEqual(["device.registered", "device.removed"]);
});
