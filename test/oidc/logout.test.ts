import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askToken, getTokens, relyingParty, startAttempt } from "./support/relying-party.ts";
import { openBrowser } from "./support/browser.ts";
import type { Browser } from "./support/browser.ts";
import { serveHouse } from "./support/served-house.ts";
import type { ServedHouse, TestApp } from "./support/served-house.ts";

let house: ServedHouse;
beforeAll(async () => {
  house = await serveHouse();
});
afterAll(async () => await house.close());

async function userinfo(token: string): Promise<number> {
  const reply = await fetch(`${house.issuer}/oauth/userinfo`, { headers: { authorization: `Bearer ${token}` } });
  await reply.body?.cancel();
  return reply.status;
}

async function isSignedIn(browser: Browser, app: TestApp): Promise<boolean> {
  const { url } = await startAttempt(await relyingParty(house, app), app, { prompt: "none" });
  return (await browser.visit(url.href)).url.searchParams.has("code");
}

async function signedIn(parameters: Record<string, string> = {}) {
  const [app, user] = [await house.makeApp(), await house.makeUser()];
  const all = await getTokens(house, app, user.username, parameters);
  const hint = { id_token_hint: all.tokens.id_token ?? "", post_logout_redirect_uri: app.postLogoutUri, state: "s-1" };
  return { app, user, ...all, logout: (more = {}) => client.buildEndSessionUrl(all.config, { ...hint, ...more }).href };
}

describe("sign-out by an app", () => {
  test("[S1] without an ID token asks first, and whoever says no stays (ASVS 10.6.2)", async () => {
    const { app, browser, tokens } = await signedIn();
    const page = await browser.visit("/oauth/logout");
    expect(page.html).toContain('value="yes"');
    expect(await isSignedIn(browser, app)).toBe(true);
    await browser.submit(await browser.visit("/oauth/logout"));
    expect(await isSignedIn(browser, app)).toBe(true);
    expect(await userinfo(tokens.access_token)).toBe(200);
  });

  test("[S1] after a yes the session is over for every app, and its row says who ended it", async () => {
    const { app, user, browser, tokens } = await signedIn();
    const page = await browser.submit(await browser.visit("/oauth/logout"), { logout: "yes" });
    expect(page.status).toBe(200);
    expect(page.url.pathname).toBe("/oauth/logout/success");
    expect(await isSignedIn(browser, app)).toBe(false);
    expect(await userinfo(tokens.access_token)).toBe(401);
    expect(await house.db.rows("select end_reason from sessions where user_id = $1", [user.id])).toEqual([
      { end_reason: "signedOut" },
    ]);
    const events = await house.db.rows(
      "select actor_id, details from events where type = 'session.ended' and subject_id = $1",
      [user.id],
    );
    expect(events).toEqual([{ actor_id: user.id, details: { count: 1, why: "signedOut" } }]);
  });

  test("[S1] with an ID token of the session goes straight back to the app", async () => {
    const { app, browser, logout, tokens } = await signedIn();
    const page = await browser.visit(logout());
    expect(page.url.href).toBe(`${app.postLogoutUri}?state=s-1`);
    expect(await isSignedIn(browser, app)).toBe(false);
    expect(await userinfo(tokens.access_token)).toBe(401);
  });

  test("[S1] with the ID token of somebody else asks first: a link must not sign anybody out", async () => {
    const [mine, other] = [await signedIn(), await signedIn()];
    const page = await mine.browser.visit(other.logout());
    expect(page.html).toContain('value="yes"');
    expect(await isSignedIn(mine.browser, mine.app)).toBe(true);
  });

  test("[S1] leads to registered addresses alone", async () => {
    const { browser, logout } = await signedIn();
    const page = await browser.visit(logout({ post_logout_redirect_uri: "https://evil.example/" }));
    expect(page.status).toBe(400);
    expect(page.url.origin).toBe(house.issuer);
  });

  test("[S1] the page that asks may lead to the app in the end", async () => {
    const { app, browser } = await signedIn();
    const query = new URLSearchParams({ client_id: app.clientId, post_logout_redirect_uri: app.postLogoutUri });
    const page = await browser.visit(`/oauth/logout?${query.toString()}`);
    expect(page.headers.get("content-security-policy")).toContain("form-action 'self' http://127.0.0.1:9;");
    const done = await browser.submit(page, { logout: "yes" });
    expect(done.url.href).toBe(app.postLogoutUri);
  });

  test("[S1] a form from elsewhere signs nobody out", async () => {
    const { app, browser } = await signedIn();
    const form = await browser.visit("/oauth/logout");
    const page = await browser.submit(
      { ...form, html: form.html.replace(/value="[0-9a-f]{48}"/, 'value="x"') },
      { logout: "yes" },
    );
    expect(page.status).toBe(400);
    expect(await isSignedIn(browser, app)).toBe(true);
  });

  test("[S1] a refresh token with offline_access outlives the sign-out of a person", async () => {
    const { app, browser, logout, tokens } = await signedIn({ scope: "openid offline_access" });
    await browser.visit(logout());
    const refresh = { grant_type: "refresh_token", refresh_token: tokens.refresh_token ?? "" };
    expect((await askToken(house, app, refresh)).status).toBe(200);
  });

  test("[S1] somebody who is not signed in is told that it is done", async () => {
    const page = await openBrowser(house.issuer).visit("/oauth/logout");
    expect(page.status).toBe(200);
  });
});

test("[S1] without a session, the page of the provider leads to registered addresses alone", async () => {
  const app = await house.makeApp();
  const visit = async (uri: string) => {
    const query = new URLSearchParams({ client_id: app.clientId, post_logout_redirect_uri: uri });
    return await openBrowser(house.issuer).visit(`/oauth/logout?${query.toString()}`);
  };
  const own = await visit(app.postLogoutUri);
  expect(own.headers.get("content-security-policy")).toContain("form-action 'self' http://127.0.0.1:9;");
  const foreign = await visit("https://evil.example/");
  expect(foreign.status).toBe(400);
  expect(foreign.headers.get("content-security-policy")).not.toContain("evil.example");
});
