import * as client from "openid-client";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { assignApp, unassignApp } from "#server/apps/assign-app.ts";
import type { NewApp } from "#server/apps/create-app.ts";
import { createResource } from "#server/apps/resources.ts";
import { setSetting } from "#server/settings/set-setting.ts";
import { changeStatus } from "#server/users/change-status.ts";
import { openBrowser } from "./support/browser.ts";
import type { Browser, Page } from "./support/browser.ts";
import { askToken, getTokens, relyingParty } from "./support/relying-party.ts";
import { password, serveHouse } from "./support/served-house.ts";
import type { ServedHouse, TestApp } from "./support/served-house.ts";

let house: ServedHouse;
beforeAll(async () => {
  house = await serveHouse({ trustProxy: ["127.0.0.1"] });
});
afterAll(async () => await house.close());
afterEach(async () => await house.work(async (work) => await setSetting(work, "devices.limit", 0)));

const grant = "urn:ietf:params:oauth:grant-type:device_code";

/** An app on a television: no browser, no secret. */
async function makeTv(fields: Partial<NewApp> = {}): Promise<TestApp> {
  return await house.makeApp({
    kind: "public",
    redirectUris: [],
    postLogoutRedirectUris: [],
    grantTypes: [grant, "refresh_token"],
    ...fields,
  });
}

async function begin(app: TestApp, parameters: Record<string, string> = {}) {
  const config = await relyingParty(house, app);
  const started = await client.initiateDeviceAuthorization(config, { scope: "openid", ...parameters });
  return { config, started };
}

const poll = async (app: TestApp, code: string, more: Record<string, string> = {}) =>
  await askToken(house, app, { grant_type: grant, device_code: code, ...more });

let network = 0;

/** Each sign-in comes from a network of its own, so that only what a test is about is met. */
function fromElsewhere(): Record<string, string> {
  network += 1;
  return { "x-forwarded-for": `198.51.${Math.floor(network / 250)}.${(network % 250) + 1}` };
}

/** Types the code and says yes; answers the page after that. */
async function enter(browser: Browser, userCode: string, headers = fromElsewhere()): Promise<Page> {
  const page = await browser.visit("/oauth/device/code", headers);
  const confirm = await browser.submit(page, { user_code: userCode }, headers);
  return await browser.submit(confirm, { confirm: "yes" }, headers);
}

async function approve(userCode: string, username: string, browser = openBrowser(house.issuer)): Promise<Page> {
  const headers = fromElsewhere();
  const named = await browser.submit(await enter(browser, userCode, headers), { username }, headers);
  return await browser.submit(named, { username, password }, headers);
}

describe("a device without a browser", () => {
  test("[S1] is let in by a person who types its code elsewhere, with tokens like any other app's (RFC 8628)", async () => {
    const [app, user] = [await makeTv({ name: "Television" }), await house.makeUser()];
    const { config, started } = await begin(app, { scope: "openid email offline_access" });
    expect(started).toMatchObject({
      verification_uri: `${house.issuer}/oauth/device/code`,
      verification_uri_complete: `${house.issuer}/oauth/device/code?user_code=${started.user_code}`,
      user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
      expires_in: 600,
    });
    expect(await poll(app, started.device_code)).toMatchObject({
      status: 400,
      body: { error: "authorization_pending" },
    });

    const browser = openBrowser(house.issuer);
    const entry = await browser.visit(started.verification_uri);
    const confirm = await browser.submit(entry, { user_code: started.user_code.toLowerCase().replace("-", " ") });
    for (const shown of ["Television", started.user_code, "127.0.0.1"]) expect(confirm.html).toContain(shown);
    const named = await browser.submit(await browser.submit(confirm, { confirm: "yes" }), { username: user.username });
    expect(named.html).toContain("Television");
    expect(await poll(app, started.device_code)).toMatchObject({ body: { error: "authorization_pending" } });
    const done = await browser.submit(named, { username: user.username, password });
    expect(done.status).toBe(200);
    expect(done.html).toContain("Your device is let in");

    const tokens = await client.pollDeviceAuthorizationGrant(config, { ...started, interval: 0.01 });
    expect(tokens.claims()).toMatchObject({
      sub: user.id,
      email: `${user.username}@example.com`,
      amr: ["pwd"],
      acr: "urn:gatehouse:1fa",
    });
    expect((await client.fetchUserInfo(config, tokens.access_token, user.id)).email).toContain(user.username);
    const next = await client.refreshTokenGrant(config, tokens.refresh_token ?? "");
    expect(next.access_token).not.toBe(tokens.access_token);
    const uses = await house.db.rows("select user_id from app_uses where app_id = $1", [app.id]);
    expect(uses).toEqual([{ user_id: user.id }]);
  });

  test("[S1] shows the code filled in when its link is opened, and lets nobody in by the link alone", async () => {
    const app = await makeTv();
    const user = await house.makeUser();
    const { browser } = await getTokens(house, await house.makeApp(), user.username);
    const { started } = await begin(app);
    const page = await browser.visit(started.verification_uri_complete ?? "");
    expect(page.html).toContain(`value="${started.user_code}"`);
    expect(page.html).not.toContain("<script>");
    const confirm = await browser.submit(page, { user_code: started.user_code });
    expect(await poll(app, started.device_code)).toMatchObject({ body: { error: "authorization_pending" } });
    // Whoever is signed in already only says yes.
    const done = await browser.submit(confirm, { confirm: "yes" });
    expect(done.html).toContain("Your device is let in");
    expect((await poll(app, started.device_code)).status).toBe(200);
  });

  test("[S1] is refused when the person says no, and hears so", async () => {
    const app = await makeTv();
    const { started } = await begin(app);
    const browser = openBrowser(house.issuer);
    const confirm = await browser.submit(await browser.visit("/oauth/device/code"), { user_code: started.user_code });
    const stopped = await browser.submit(confirm, { abort: "yes" });
    expect(stopped.status).toBe(422);
    expect(stopped.html).toContain("The sign-in was stopped");
    expect(await poll(app, started.device_code)).toMatchObject({ status: 400, body: { error: "access_denied" } });
  });

  test("[S1] of a third party asks for consent, and a no is a no", async () => {
    const [app, user] = [await makeTv({ isThirdParty: true }), await house.makeUser()];
    const first = await begin(app, { scope: "openid email" });
    const consent = await approve(first.started.user_code, user.username);
    expect(consent.html).toContain('value="allow"');
    const browser = openBrowser(house.issuer);
    const { started } = await begin(app, { scope: "openid email" });
    const asked = await approve(started.user_code, user.username, browser);
    const stopped = await browser.submit(asked, { decision: "deny" });
    expect(stopped.html).toContain("The sign-in was stopped");
    expect(await poll(app, started.device_code)).toMatchObject({ body: { error: "access_denied" } });
  });

  test("[S1] [G4] is let in by those alone whom the app is open to, and not for longer", async () => {
    const app = await makeTv({ access: "chosen" });
    const [friend, stranger] = [await house.makeUser(), await house.makeUser()];
    await house.work(async (work) => await assignApp(work, app.id, { userIds: [friend.id] }));
    const browser = openBrowser(house.issuer);
    const first = await begin(app);
    const refused = await approve(first.started.user_code, stranger.username, browser);
    expect(refused.status).toBe(403);
    expect(refused.html).toContain("Stop the sign-in");
    expect((await browser.submit(refused)).html).toContain("The sign-in was stopped");
    expect(await poll(app, first.started.device_code)).toMatchObject({ body: { error: "access_denied" } });

    const second = await begin(app);
    await approve(second.started.user_code, friend.username);
    await house.work(async (work) => await unassignApp(work, app.id, friend.id));
    expect(await poll(app, second.started.device_code)).toMatchObject({ body: { error: "invalid_grant" } });
  });

  test("[S1] [S7] gets nothing when the person is disabled between the yes and its next question", async () => {
    const [app, user] = [await makeTv(), await house.makeUser()];
    const { started } = await begin(app);
    await approve(started.user_code, user.username);
    await house.work(async (work) => await changeStatus(work, user.id, "disable"));
    expect(await poll(app, started.device_code)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });

  test("[S1] gets a JWT for an API that it named (RFC 8707)", async () => {
    const resource = "https://tv-api.example.com/";
    await house.work(
      async (work) =>
        await createResource(work, { identifier: resource, scopes: [{ name: "watch", description: "" }] }),
    );
    const [app, user] = [await makeTv(), await house.makeUser()];
    const { started } = await begin(app, { resource, scope: "openid watch" });
    await approve(started.user_code, user.username);
    const { body } = await poll(app, started.device_code, { resource });
    const [, payload = ""] = String(body["access_token"]).split(".");
    expect(JSON.parse(Buffer.from(payload, "base64url").toString())).toMatchObject({ aud: resource, scope: "watch" });
  });

  test("[S1] that is no app of this kind cannot begin", async () => {
    const app = await house.makeApp();
    await expect(begin(app)).rejects.toMatchObject({ error: "invalid_request" });
  });
});

describe("codes of devices", () => {
  test("[S1] are redeemed once: of twenty at the same time exactly one gets tokens, fifty times over", async () => {
    const [app, user] = [await makeTv(), await house.makeUser()];
    const { browser } = await getTokens(house, await house.makeApp(), user.username);
    for (let round = 0; round < 50; round += 1) {
      const { started } = await begin(app);
      expect((await enter(browser, started.user_code)).html).toContain("Your device is let in");
      const replies = await Promise.all(Array.from({ length: 20 }, async () => await poll(app, started.device_code)));
      expect(replies.filter((reply) => reply.status === 200)).toHaveLength(1);
      expect(replies.filter((reply) => reply.body["error"] === "invalid_grant")).toHaveLength(19);
    }
  }, 120_000);

  test("[S1] that are asked about all the time are slowed down, and count all the same (RFC 8628 §3.5)", async () => {
    const [app, user] = [await makeTv(), await house.makeUser()];
    const { started } = await begin(app);
    const ask = async () => (await poll(app, started.device_code)).body["error"];
    // Twelve in a minute are what the device was told; some more are forgiven.
    for (let count = 0; count < 20; count += 1) expect(await ask()).toBe("authorization_pending");
    expect([await ask(), await ask()]).toEqual(["slow_down", "slow_down"]);
    expect((await poll(await makeTv(), started.device_code)).body["error"]).not.toBe("authorization_pending");
    await approve(started.user_code, user.username);
    expect((await poll(app, started.device_code)).status).toBe(200);
  });

  test("[S1] that come a second time end what came of the first, and the log says so", async () => {
    const [app, user] = [await makeTv(), await house.makeUser()];
    const { started } = await begin(app, { scope: "openid offline_access" });
    await approve(started.user_code, user.username);
    const { body } = await poll(app, started.device_code);
    expect((await poll(app, started.device_code)).body).toMatchObject({ error: "invalid_grant" });
    const refresh = { grant_type: "refresh_token", refresh_token: String(body["refresh_token"]) };
    expect((await askToken(house, app, refresh)).body).toMatchObject({ error: "invalid_grant" });
    const events = await house.db.rows("select details from events where type = 'token.reused' and subject_id = $1", [
      user.id,
    ]);
    expect(events).toEqual([{ details: { what: "deviceCode", client: app.clientId } }]);
  });

  test("[S1] are another app's nowhere, and expire", async () => {
    const [app, other, user] = [await makeTv(), await makeTv(), await house.makeUser()];
    const { started } = await begin(app);
    await approve(started.user_code, user.username);
    expect((await poll(other, started.device_code)).body).toMatchObject({ error: "invalid_grant" });
    const old = await begin(app);
    await house.db.run(
      "update oidc_records set expires_at = now() - interval '1 second' where model = 'DeviceCode' and client_id = $1 and account_id is null",
      [app.clientId],
    );
    const browser = openBrowser(house.issuer);
    const page = await browser.visit("/oauth/device/code", fromElsewhere());
    expect((await browser.submit(page, { user_code: old.started.user_code }, fromElsewhere())).status).toBe(422);
    expect((await poll(app, old.started.device_code)).status).toBe(400);
  });

  test("[S1] are answered for by one person: of two who try at the same time one lets the device in", async () => {
    const app = await makeTv();
    const other = await house.makeApp();
    const browsers: Browser[] = [];
    for (let person = 0; person < 4; person += 1) {
      browsers.push((await getTokens(house, other, (await house.makeUser()).username)).browser);
    }
    const { started } = await begin(app);
    const pages = await Promise.all(browsers.map(async (browser) => await enter(browser, started.user_code)));
    expect(pages.filter((page) => page.html.includes("Your device is let in"))).toHaveLength(1);
    const { body } = await poll(app, started.device_code);
    expect(body["id_token"]).toEqual(expect.any(String));
  });

  test("[S1] are not in the database in clear", async () => {
    const app = await makeTv();
    const { started } = await begin(app);
    const browser = openBrowser(house.issuer);
    await enter(browser, started.user_code);
    const rows = await house.db.rows("select * from oidc_records where client_id = $1 or model = 'Interaction'", [
      app.clientId,
    ]);
    const text = JSON.stringify(rows);
    expect(text).not.toContain(started.device_code);
    expect(text).not.toContain(started.user_code.replace("-", ""));
    expect(text).not.toContain(started.user_code);
  });

  test("[S1] [S6] cannot be guessed for long: wrong ones are counted by network, right ones are not", async () => {
    const app = await makeTv();
    const headers = fromElsewhere();
    const browser = openBrowser(house.issuer);
    let page = await browser.visit("/oauth/device/code", headers);
    const type = async (user_code: string) => (page = await browser.submit(page, { user_code }, headers));
    for (let round = 0; round < 20; round += 1) {
      const { started } = await begin(app);
      expect((await type(started.user_code)).status).toBe(200);
      page = await browser.visit("/oauth/device/code", headers);
      expect((await type("BBBB-BBBB")).status).toBe(422);
      expect(page.html).toContain("not right or too old");
    }
    const last = page;
    expect((await type("CCCC-CCCC")).status).toBe(429);
    expect(Number(page.headers.get("retry-after"))).toBeGreaterThan(0);
    // Also with `confirm`, as the form of the second page sends it; and nobody else waits.
    expect((await browser.submit(last, { user_code: "CCCC-CCCC", confirm: "yes" }, headers)).status).toBe(429);
    expect((await browser.submit(last, { user_code: "CCCC-CCCC" }, fromElsewhere())).status).toBe(422);
  });

  test("[S1] are not taken from a form of another site", async () => {
    const app = await makeTv();
    const { started } = await begin(app);
    const browser = openBrowser(house.issuer);
    const page = await browser.visit("/oauth/device/code", fromElsewhere());
    const html = page.html.replace(/name="xsrf" value="[^"]*"/, 'name="xsrf" value="forged"');
    const reply = await browser.submit({ ...page, html }, { user_code: started.user_code, confirm: "yes" });
    expect(reply.status).toBe(422);
    expect(await poll(app, started.device_code)).toMatchObject({ body: { error: "authorization_pending" } });
  });
});

test("[S4] fifty people's devices at once: with a limit of three, three browsers are admitted and three devices let in", async () => {
  await house.work(async (work) => await setSetting(work, "devices.limit", 3));
  const [app, user] = [await makeTv(), await house.makeUser()];
  const all = await Promise.all(Array.from({ length: 50 }, async () => (await begin(app)).started));
  const pages = await Promise.all(all.map(async (one) => await approve(one.user_code, user.username)));
  expect(pages.filter((page) => page.html.includes("Your device is let in"))).toHaveLength(3);
  const replies = await Promise.all(all.map(async (one) => await poll(app, one.device_code)));
  expect(replies.filter((reply) => reply.status === 200)).toHaveLength(3);
  const devices = await house.db.rows("select 1 from devices where user_id = $1 and removed_at is null", [user.id]);
  expect(devices).toHaveLength(3);
}, 120_000);
