import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endSession } from "#server/sessions/end-sessions.ts";
import { changeStatus } from "#server/users/change-status.ts";
import { deleteUser } from "#server/users/delete-user.ts";
import { openBrowser } from "./support/browser.ts";
import { askToken, getCode, getTokens, post, relyingParty, signInAt, startAttempt } from "./support/relying-party.ts";
import { serveHouse } from "./support/served-house.ts";
import type { ServedHouse, TestApp } from "./support/served-house.ts";

let house: ServedHouse;
beforeAll(async () => {
  house = await serveHouse();
});
afterAll(async () => await house.close());

/**
 * Each status reached in two ways: by the command, which also deletes what the provider holds; and by the column alone,
 * so that what refuses is the question at every use and not only the broom.
 */
const ways = {
  "disabled by command": async (id: string) =>
    await house.work(async (work) => await changeStatus(work, id as never, "disable")),
  "blocked by command": async (id: string) =>
    await house.work(async (work) => await changeStatus(work, id as never, "block")),
  "deleted by command": async (id: string) => await house.work(async (work) => await deleteUser(work, id as never)),
  "disabled in the database": async (id: string) => await mark(id, "disabled_at"),
  "blocked in the database": async (id: string) => await mark(id, "blocked_at"),
  "deleted in the database": async (id: string) => await mark(id, "deleted_at"),
} as const;

async function mark(id: string, column: string): Promise<void> {
  await house.db.run(`update users set ${column} = now() where id = $1`, [id]);
}

async function userinfo(token: string): Promise<number> {
  const reply = await fetch(`${house.issuer}/oauth/userinfo`, { headers: { authorization: `Bearer ${token}` } });
  await reply.body?.cancel();
  return reply.status;
}

async function introspect(app: TestApp, token: string) {
  return (await post(`${house.issuer}/oauth/introspect`, app, { token })).body;
}

describe.each(Object.entries(ways))("an account that is %s", (way, change) => {
  test("[S7] is refused at userinfo, introspection, refresh, code and authorization, at once", async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const { tokens, browser, config } = await getTokens(house, app, user.username, { scope: "openid offline_access" });
    const bound = await getTokens(house, app, user.username);
    const { code, verifier } = await getCode(house, app, user.username);
    expect(await userinfo(tokens.access_token)).toBe(200);
    expect(await userinfo(bound.tokens.access_token)).toBe(200);

    await change(user.id);

    for (const token of [tokens.access_token, bound.tokens.access_token]) {
      expect(await userinfo(token)).toBe(401);
      expect(await introspect(app, token)).toEqual({ active: false });
    }
    const refresh = tokens.refresh_token ?? "";
    expect(await introspect(app, refresh)).toEqual({ active: false });
    expect(await askToken(house, app, { grant_type: "refresh_token", refresh_token: refresh })).toMatchObject({
      status: 400,
      body: { error: "invalid_grant" },
    });
    const redeem = { grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri: app.redirectUri };
    expect(await askToken(house, app, redeem)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });

    const { url } = await startAttempt(config, app);
    const page = await browser.visit(url.href);
    expect(page.url.searchParams.get("code")).toBeNull();
    // A blocked person stays signed in to the own account pages, and apps hear no.
    if (way === "blocked in the database") expect(page.url.searchParams.get("error")).toBe("access_denied");
    else expect(page.url.pathname).toMatch(/^\/signin\//);
  });

  test("[S7] does not get in with the right password", async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    await change(user.id);
    const { url } = await startAttempt(await relyingParty(house, app), app);
    const page = await signInAt(openBrowser(house.issuer), url, user.username);
    expect(page.url.searchParams.get("code")).toBeNull();
    if (way !== "deleted in the database") expect([401, 403]).toContain(page.status);
  });

  test("[S7] does not get in when it happens between the password and the code", async () => {
    const [app, user] = [await house.makeApp({ isThirdParty: true }), await house.makeUser()];
    const browser = openBrowser(house.issuer);
    const { url } = await startAttempt(await relyingParty(house, app), app);
    const consent = await signInAt(browser, url, user.username);
    expect(consent.html).toContain('value="allow"');
    await change(user.id);
    const page = await browser.submit(consent, { decision: "allow" });
    expect(page.url.searchParams.get("code")).toBeNull();
  });
});

test("[S7] enabling brings the account back, not its old tokens", async () => {
  const [app, user] = [await house.makeApp(), await house.makeUser()];
  const { tokens } = await getTokens(house, app, user.username, { scope: "openid offline_access" });
  await house.work(async (work) => await changeStatus(work, user.id, "disable"));
  await house.work(async (work) => await changeStatus(work, user.id, "enable"));
  expect(await userinfo(tokens.access_token)).toBe(401);
  const fresh = await getTokens(house, app, user.username);
  expect(await userinfo(fresh.tokens.access_token)).toBe(200);
});

describe("a session that an administrator ends", () => {
  test("[S7] takes its tokens along, those with offline_access too, and the browser is asked again", async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const { tokens, browser, config } = await getTokens(house, app, user.username, { scope: "openid offline_access" });
    const bound = await getTokens(house, app, user.username);
    const rows = await house.db.rows<{ id: string; user_agent: string; address: string; amr: string[] }>(
      "select id, user_agent, host(address) as address, amr from sessions where user_id = $1 order by started_at",
      [user.id],
    );
    expect(rows).toHaveLength(2);
    expect(rows).toMatchObject(rows.map(() => ({ user_agent: "test browser", address: "127.0.0.1", amr: ["pwd"] })));
    const [first] = rows;
    await house.work(async (work) => await endSession(work, user.id, first?.id ?? "", "administrator"));
    expect(await userinfo(tokens.access_token)).toBe(401);
    const refresh = { grant_type: "refresh_token", refresh_token: tokens.refresh_token ?? "" };
    expect(await askToken(house, app, refresh)).toMatchObject({ status: 400 });
    const page = await browser.visit((await startAttempt(config, app)).url.href);
    expect(page.url.pathname).toMatch(/^\/signin\//);
    // The other browser goes on.
    expect(await userinfo(bound.tokens.access_token)).toBe(200);
  });

  test("[S7] is over by its row alone: one UPDATE, and every server knows", async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const other = await house.serveAgain();
    const { tokens, browser, config } = await getTokens(house, app, user.username);
    await house.db.run("update sessions set ended_at = now() where user_id = $1", [user.id]);
    const reply = await fetch(`${other.origin}/oauth/userinfo`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(reply.status).toBe(401);
    const page = await browser.visit((await startAttempt(config, app)).url.href);
    expect(page.url.pathname).toMatch(/^\/signin\//);
  });
});

describe("a sign-in that somebody else began", () => {
  test("[S1] does not go on in a browser without the cookie of the flow (CVE-2026-7507)", async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const attacker = openBrowser(house.issuer);
    const config = await relyingParty(house, app);
    const { url } = await startAttempt(config, app);
    const form = await attacker.visit(url.href);
    const victim = openBrowser(house.issuer);
    expect((await victim.visit(form.url.href)).status).toBe(410);
    const page = await victim.submit(form, { username: user.username });
    expect(page.status).toBe(410);
  });

  test("[S1] is not finished by planted cookies of the provider: the browser's own name is missing", async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const attacker = openBrowser(house.issuer);
    const { url } = await startAttempt(await relyingParty(house, app), app);
    const named = await attacker.submit(await attacker.visit(url.href), { username: user.username });
    const uid = named.url.pathname.split("/")[2] ?? "";
    const victim = openBrowser(house.issuer);
    for (const [name, cookie] of attacker.cookies) {
      if (name.includes("resume") || name.includes("interaction")) victim.cookies.set(name, cookie);
    }
    const page = await victim.visit(`/oauth/authorize/${uid}`);
    expect(page.status).toBe(400);
    expect(page.url.searchParams.get("code")).toBeNull();
  });

  test("[S1] several tabs of one browser sign in side by side", async () => {
    const [one, other, user] = [await house.makeApp(), await house.makeApp(), await house.makeUser()];
    const browser = openBrowser(house.issuer);
    const first = await startAttempt(await relyingParty(house, one), one);
    const second = await startAttempt(await relyingParty(house, other), other);
    const [tab, tab2] = [await browser.visit(first.url.href), await browser.visit(second.url.href)];
    const type = async (page: typeof tab) =>
      await browser.submit(await browser.submit(page, { username: user.username }), {
        username: user.username,
        password: "plum-kettle-orbit-93",
      });
    const [done, done2] = [await type(tab), await type(tab2)];
    expect(done.url.searchParams.get("code")).toBeTypeOf("string");
    expect(done2.url.searchParams.get("code")).toBeTypeOf("string");
  });

  test("[S1] somebody else who signs in in the same browser gets a session of their own (CVE-2025-12390)", async () => {
    const [app, one, other] = [await house.makeApp(), await house.makeUser(), await house.makeUser()];
    const { browser, tokens, config } = await getTokens(house, app, one.username);
    const { url, checks } = await startAttempt(config, app, { prompt: "login" });
    const form = await browser.visit(`${(await browser.visit(url.href)).url.pathname}?other=1`);
    const named = await browser.submit(form, { username: other.username });
    const page = await browser.submit(named, { username: other.username, password: "plum-kettle-orbit-93" });
    const next = await client.authorizationCodeGrant(config, page.url, checks);
    expect(next.claims()?.sub).toBe(other.id);
    expect(await userinfo(tokens.access_token)).toBe(401);
    const rows = await house.db.rows<{ user_id: string; ended: boolean }>(
      "select user_id, ended_at is not null as ended from sessions where user_id in ($1, $2) order by started_at",
      [one.id, other.id],
    );
    expect(rows).toEqual([
      { user_id: one.id, ended: true },
      { user_id: other.id, ended: false },
    ]);
  });
});
