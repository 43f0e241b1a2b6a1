import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allPermissions } from "#contract/permissions.ts";
import type { Permission } from "#contract/permissions.ts";
import { createApiToken } from "#server/permissions/api-tokens.ts";
import { adminRole } from "#server/permissions/read-role.ts";
import { setSetting } from "#server/settings/set-setting.ts";
import { changeStatus } from "#server/users/change-status.ts";
import { openBrowser } from "#test/oidc/support/browser.ts";
import type { Browser, Page } from "#test/oidc/support/browser.ts";
import { relyingParty, signInAt, startAttempt } from "#test/oidc/support/relying-party.ts";
import { serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse, TestApp } from "#test/oidc/support/served-house.ts";
import { openUpstream } from "#test/oidc/support/upstream-provider.ts";
import type { Claims, UpstreamProvider } from "#test/oidc/support/upstream-provider.ts";

let house: ServedHouse;
let app: TestApp;
let token: string;
let upstream: UpstreamProvider;
let connection: string;
let count = 0;

beforeAll(async () => {
  house = await serveHouse();
  upstream = await openUpstream();
  app = await house.makeApp();
  token = await tokenWith(allPermissions);
  connection = await connect({ name: "Example Works", match: "email" });
});
afterAll(async () => {
  await house.close();
  await upstream.close();
});

async function tokenWith(permissions: readonly Permission[]): Promise<string> {
  const made = await house.work(
    async (work) => await createApiToken(work, { name: `t ${permissions.join(" ")}`, permissions }),
  );
  return made.token;
}

async function call(method: string, path: string, body?: unknown, by = token) {
  const reply = await fetch(`${house.issuer}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${by}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await reply.text();
  return { status: reply.status, body: (text === "" ? {} : JSON.parse(text)) as Record<string, unknown> };
}

async function connect(fields: Record<string, unknown>): Promise<string> {
  const base = { issuer: upstream.issuer, clientId: "gatehouse", clientSecret: "upstream-secret" };
  const made = await call("POST", "/connections", { ...base, ...fields });
  expect(made).toMatchObject({ status: 201 });
  return String(made.body["id"]);
}

/** A person upstream whom nobody here knows. */
function somebody(claims: Claims = {}) {
  count += 1;
  const name = `far-${count}`;
  return {
    sub: `subject-${count}`,
    email: `${name}@example.com`,
    email_verified: true,
    preferred_username: name,
    ...claims,
  };
}

/** As far as the other provider: what the browser was sent there with. */
async function leaveFor(browser: Browser, id = connection, parameters: Record<string, string> = {}) {
  const config = await relyingParty(house, app);
  const attempt = await startAttempt(config, app, parameters);
  const page = await browser.visit(attempt.url.href);
  const away = await browser.visit(`${page.url.pathname}/sso/${id}`);
  return { ...attempt, config, away, uid: page.url.pathname.split("/")[2] ?? "" };
}

/** All the way: to the app with a code, or to the page that says why not. */
async function comeBack(id = connection, browser = openBrowser(house.issuer), parameters = {}) {
  const left = await leaveFor(browser, id, parameters);
  expect(left.away.url.origin).toBe(upstream.issuer);
  const page = await browser.visit(upstream.answer(left.away.url).href);
  return { ...left, browser, page, isIn: isAtApp(page) };
}

const isAtApp = (page: Page) => page.url.href.startsWith(app.redirectUri) && page.url.searchParams.has("code");
const without = (claims: Claims, name: string) =>
  Object.fromEntries(Object.entries(claims).filter(([one]) => one !== name));
const textOf = (page: Page) => page.html.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ");

async function identities(userId: string): Promise<unknown> {
  return (await call("GET", `/users/${userId}/identities`)).body["items"];
}

async function lastFailure(): Promise<{ reason: string; details: unknown } | undefined> {
  return await house.db.row("select reason, details from events where type = 'signin.failed' order by id desc limit 1");
}

describe("whose account it is", () => {
  test("[S5] the first time the verified email finds the account; from then on the subject alone does", async () => {
    const user = await house.makeUser();
    upstream.person = somebody({ email: `${user.username.toUpperCase()}@example.com` });
    const first = await comeBack();
    expect(first.isIn).toBe(true);
    const tokens = await client.authorizationCodeGrant(first.config, first.page.url, first.checks);
    expect(tokens.claims()).toMatchObject({ sub: user.id, amr: ["fed"] });
    expect(await identities(user.id)).toMatchObject([{ subject: upstream.person.sub, connection: { id: connection } }]);

    // Another email, even somebody else's, changes nothing: it is the same person upstream.
    const other = await house.makeUser();
    upstream.person = { ...upstream.person, email: `${other.username}@example.com` };
    const again = await comeBack();
    const claims = (await client.authorizationCodeGrant(again.config, again.page.url, again.checks)).claims();
    expect(claims?.sub).toBe(user.id);
    // And somebody else with the first email is somebody else.
    upstream.person = { ...somebody(), email: `${user.username}@example.com` };
    const stranger = await comeBack();
    expect(stranger.isIn).toBe(false);
    expect(await identities(user.id)).toHaveLength(1);
  });

  test("[S5] an email that the provider has not verified finds nobody", async () => {
    const user = await house.makeUser();
    upstream.person = somebody({ email: `${user.username}@example.com`, email_verified: false });
    const { page, isIn } = await comeBack();
    expect(isIn).toBe(false);
    expect(page.status).toBe(403);
    expect(textOf(page)).toContain("There is no account here for you.");
    expect(await lastFailure()).toMatchObject({ reason: "signin.unlinked", details: { connection: "Example Works" } });
  });

  test("[S5] [G2] an account that holds permissions is linked by hand alone", async () => {
    const user = await house.makeUser({ roleId: adminRole });
    upstream.person = somebody({ email: `${user.username}@example.com` });
    expect((await comeBack()).isIn).toBe(false);
    const narrow = await tokenWith(["accounts"]);
    const path = `/users/${user.id}/identities/${connection}`;
    expect((await call("PUT", path, { subject: upstream.person.sub }, narrow)).status).toBe(403);
    expect((await call("PUT", path, { subject: upstream.person.sub })).status).toBe(200);
    expect((await comeBack()).isIn).toBe(true);
    // One subject is one account.
    const other = await house.makeUser();
    const taken = await call("PUT", `/users/${other.id}/identities/${connection}`, { subject: upstream.person.sub });
    expect({ status: taken.status, code: taken.body["code"] }).toEqual({
      status: 409,
      code: "connection.identityTaken",
    });
  });

  test("[S5] twenty first sign-ins at once link the account once", async () => {
    const user = await house.makeUser();
    upstream.person = somebody({ email: `${user.username}@example.com` });
    const left = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const browser = openBrowser(house.issuer);
        return { browser, away: (await leaveFor(browser)).away };
      }),
    );
    const pages = await Promise.all(
      left.map(async ({ browser, away }) => await browser.visit(upstream.answer(away.url).href)),
    );
    expect(pages.filter((page) => page.status >= 500)).toEqual([]);
    expect(await identities(user.id)).toHaveLength(1);
  });

  test("[S5] where it may, the connection makes accounts, onboarded, by all the rules of accounts", async () => {
    const making = await connect({ name: "Maker", match: "none", createsUsers: true });
    upstream.person = somebody({ name: "Far Away", given_name: "Far" });
    const { isIn } = await comeBack(making);
    expect(isIn).toBe(true);
    const made = (await call("GET", `/users?q=${String(upstream.person["preferred_username"])}`)).body["items"];
    expect(made).toMatchObject([
      {
        displayName: "Far Away",
        givenName: "Far",
        email: upstream.person["email"],
        status: "active",
        isOnboarded: true,
      },
    ]);
    const { username } = await house.makeUser();
    upstream.person = somebody({ preferred_username: username });
    const taken = await comeBack(making);
    expect(taken.isIn).toBe(false);
    expect(textOf(taken.page)).toContain("could not be made");
    await call("DELETE", `/connections/${making}`);
  });

  test("[S5] [O1] a pending account is onboarded by it; single sign-on is switched off for one account", async () => {
    const email = "invited@example.com";
    const made = await call("POST", "/users", { username: "invited", displayName: "Invited", email });
    const id = String(made.body["id"]);
    upstream.person = somebody({ email });
    expect((await comeBack()).isIn).toBe(true);
    expect((await call("GET", `/users/${id}`)).body).toMatchObject({ status: "active", isOnboarded: true });
    await call("PATCH", `/users/${id}`, { allowsSso: false });
    const { page, isIn } = await comeBack();
    expect(isIn).toBe(false);
    expect(textOf(page)).toContain("may not be used through single sign-on");
  });

  test("[S5] [S7] a disabled account does not get in, and a blocked one to no app", async () => {
    const user = await house.makeUser();
    upstream.person = somebody({ email: `${user.username}@example.com` });
    expect((await comeBack()).isIn).toBe(true);
    for (const [change, sentence] of [
      ["block", "may not use apps"],
      ["disable", "is disabled"],
    ] as const) {
      await house.work(async (work) => await changeStatus(work, user.id, change));
      const { page, isIn } = await comeBack();
      expect(isIn).toBe(false);
      expect(textOf(page)).toContain(sentence);
    }
  });
});

describe("what comes back", () => {
  const forged: [what: string, forge: (claims: Claims) => Claims][] = [
    ["no nonce (CVE-2026-15612)", (claims) => without(claims, "nonce")],
    ["another nonce", (claims) => ({ ...claims, nonce: "another" })],
    ["another issuer", (claims) => ({ ...claims, iss: "https://other.example.com" })],
    ["another audience", (claims) => ({ ...claims, aud: "another" })],
    ["an end that is past", (claims) => ({ ...claims, exp: 1_000_000 })],
    ["no subject", (claims) => without(claims, "sub")],
    ["a subject with a null byte", (claims) => ({ ...claims, sub: "a\0b" })],
  ];
  test.each(forged)("[S5] an ID token with %s signs nobody in", async (_what, forge) => {
    const user = await house.makeUser();
    upstream.person = somebody({ email: `${user.username}@example.com` });
    upstream.forge = forge;
    const { page, isIn } = await comeBack();
    expect(isIn).toBe(false);
    expect(page.status).toBe(502);
    expect(textOf(page)).toContain("The other side did not sign you in.");
    expect(await identities(user.id)).toEqual([]);
  });

  const changed: [what: string, changes: Record<string, string>][] = [
    ["the name of another issuer (RFC 9207)", { iss: "https://other.example.com" }],
    ["no issuer though the provider says that it names itself", { iss: "" }],
    ["a code that is none", { code: "made-up" }],
    ["a refusal", { code: "", error: "access_denied" }],
  ];
  test.each(changed)("[S5] an answer with %s signs nobody in", async (_what, changes) => {
    const user = await house.makeUser();
    upstream.person = somebody({ email: `${user.username}@example.com` });
    const browser = openBrowser(house.issuer);
    const { away } = await leaveFor(browser);
    const page = await browser.visit(upstream.answer(away.url, changes).href);
    expect(page.status).toBe(502);
    expect(await identities(user.id)).toEqual([]);
  });

  test("[S5] counts once, in the browser that it was begun in, and with its own state", async () => {
    const user = await house.makeUser();
    upstream.person = somebody({ email: `${user.username}@example.com` });
    const browser = openBrowser(house.issuer);
    const { away } = await leaveFor(browser);
    const back = upstream.answer(away.url).href;
    // Somebody is lured to follow another's answer.
    const victim = openBrowser(house.issuer);
    await leaveFor(victim);
    expect((await victim.visit(back)).status).toBe(410);
    expect((await victim.visit(upstream.answer(away.url, { state: "made-up" }).href)).status).toBe(410);
    expect(isAtApp(await browser.visit(back))).toBe(true);
    expect((await browser.visit(back)).status).toBe(410);
  });

  test("[S5] of twenty uses of one answer at once exactly one signs in", async () => {
    const user = await house.makeUser();
    upstream.person = somebody({ email: `${user.username}@example.com` });
    for (let round = 0; round < 10; round += 1) {
      const browser = openBrowser(house.issuer);
      const { away } = await leaveFor(browser);
      const back = upstream.answer(away.url).href;
      const pages = await Promise.all(Array.from({ length: 20 }, async () => await browser.visit(back)));
      expect(pages.filter((page) => isAtApp(page))).toHaveLength(1);
    }
  });
});

describe("the way there", () => {
  test("[S5] the sign-in page has a button; an address of the domain leads there at once, with the name", async () => {
    const routed = await connect({ name: "Routed", domains: ["Corp.Example.com"], hasButton: false });
    const browser = openBrowser(house.issuer);
    const { url } = await startAttempt(await relyingParty(house, app), app);
    const named = await browser.visit(url.href);
    expect(named.html).toContain("Example Works");
    expect(named.html).not.toContain("Routed");
    const page = await browser.submit(named, { username: "Somebody@corp.example.com" });
    expect(page.status).toBe(200);
    const refresh = page.headers.get("refresh") ?? "";
    expect(page.html).toContain("Routed");
    const away = await browser.visit(refresh.replace(/^0; url=/, ""));
    expect(away.url.origin).toBe(upstream.issuer);
    expect(away.url.searchParams.get("login_hint")).toBe("Somebody@corp.example.com");
    expect(away.url.searchParams.get("code_challenge_method")).toBe("S256");
    const taken = await call("PATCH", `/connections/${connection}`, { domains: ["corp.example.com"] });
    expect(taken.body).toMatchObject({ code: "connection.domainTaken" });
    await call("DELETE", `/connections/${routed}`);
  });

  test("[S5] whoever is to sign in anew is asked upstream too", async () => {
    const { away } = await leaveFor(openBrowser(house.issuer), connection, { prompt: "login" });
    expect(away.url.searchParams.get("prompt")).toBe("login");
  });

  test("[S5] a connection that is paused leads nowhere, and what was under way ends", async () => {
    const paused = await connect({ name: "Pausing", match: "email" });
    const browser = openBrowser(house.issuer);
    const { away } = await leaveFor(browser, paused);
    await call("PATCH", `/connections/${paused}`, { isPaused: true });
    expect((await browser.visit(upstream.answer(away.url).href)).status).toBe(403);
    const again = await leaveFor(openBrowser(house.issuer), paused);
    expect(again.away.status).toBe(403);
    expect(textOf(again.away)).toContain("switched off");
    await call("DELETE", `/connections/${paused}`);
  });

  test("[S5] an issuer is asked before it is taken, and only addresses that may be asked", async () => {
    const base = { name: "Bad", clientId: "x" };
    for (const [issuer, code] of [
      ["not an address", "connection.issuerInvalid"],
      ["http://id.example.com", "connection.issuerInvalid"],
      ["https://id.example.com?x=1", "connection.issuerInvalid"],
      ["https://169.254.169.254", "connection.issuerUnreachable"],
      [`${upstream.issuer}/nowhere`, "connection.issuerUnreachable"],
    ]) {
      expect((await call("POST", "/connections", { ...base, issuer })).body).toMatchObject({ code, field: "issuer" });
    }
  });
});

describe("factors and protection", () => {
  test("[S5] [S2] the factor of an app is not asked for, unless the organization says so", async () => {
    const strict = await house.makeApp({ requireFactor: true });
    const user = await house.makeUser();
    upstream.person = somebody({ email: `${user.username}@example.com` });
    const lax = app;
    app = strict;
    try {
      expect((await comeBack()).isIn).toBe(true);
      await call("PATCH", `/connections/${connection}`, { asksFactor: true });
      const { page, isIn } = await comeBack();
      expect(isIn).toBe(false);
      expect(textOf(page)).toContain("authenticator app");
      // A session from before the change does not get in without the factor either.
    } finally {
      app = lax;
      await call("PATCH", `/connections/${connection}`, { asksFactor: false });
    }
  });

  test("[S5] [S4] the device limit holds, also for fifty sign-ins at once", async () => {
    const user = await house.makeUser();
    await call("PATCH", `/users/${user.id}`, { deviceLimit: 3 });
    upstream.person = somebody({ email: `${user.username}@example.com` });
    expect((await comeBack()).isIn).toBe(true);
    const tries = await Promise.all(Array.from({ length: 50 }, async () => (await comeBack()).isIn));
    expect(tries.filter(Boolean)).toHaveLength(2);
    const devices = await call("GET", `/users/${user.id}/devices`);
    expect(devices.body["items"]).toHaveLength(3);
  });
});

describe("the end of it", () => {
  async function signedIn() {
    const user = await house.makeUser();
    upstream.person = somebody({ email: `${user.username}@example.com`, sid: `sid-${user.username}` });
    const { config, checks, page, browser } = await comeBack();
    const tokens = await client.authorizationCodeGrant(config, page.url, checks);
    const isLive = async () => {
      const headers = { authorization: `Bearer ${tokens.access_token}` };
      const reply = await fetch(`${house.issuer}/oauth/userinfo`, { headers });
      await reply.body?.cancel();
      return reply.status === 200;
    };
    return { user, person: upstream.person, browser, isLive };
  }

  async function tell(logoutToken: string, id = connection): Promise<number> {
    const body = new URLSearchParams({ logout_token: logoutToken });
    const reply = await fetch(`${house.issuer}/signin/sso/${id}/logout`, { method: "POST", body });
    await reply.body?.cancel();
    return reply.status;
  }

  const events = { "http://schemas.openid.net/event/backchannel-logout": {} };
  const over = (claims: Claims): Claims => ({
    iss: upstream.issuer,
    aud: "gatehouse",
    jti: `j${(count += 1)}`,
    events,
    ...claims,
  });

  test("[S5] the provider's logout token ends the sessions that began there, once", async () => {
    const one = await signedIn();
    const two = await signedIn();
    expect(await one.isLive()).toBe(true);
    const logoutToken = await upstream.sign(
      over({ sub: one.person.sub, sid: String(one.person["sid"]) }),
      "logout+jwt",
    );
    expect(await tell(logoutToken)).toBe(200);
    expect([await one.isLive(), await two.isLive()]).toEqual([false, true]);
    expect((await comeBackAs(one.person)).isIn).toBe(true);
    // A replay ends nothing.
    expect(await tell(logoutToken)).toBe(200);
    const live = await house.db.row<{ count: number }>(
      "select count(*)::int as count from sessions where user_id = $1 and ended_at is null",
      [one.user.id],
    );
    expect(live?.count).toBe(1);
  });

  async function comeBackAs(person: Claims & { sub: string }) {
    upstream.person = person;
    return await comeBack();
  }

  test("[S5] a logout token that is not one ends nothing", async () => {
    const { person, isLive } = await signedIn();
    const bad = [
      await upstream.sign(over({ sub: person.sub, nonce: "n" })),
      await upstream.sign(over({ sub: person.sub, aud: "another" })),
      await upstream.sign(over({ sub: person.sub, iss: "https://other.example.com" })),
      await upstream.sign(over({ sub: person.sub, events: {} })),
      await upstream.sign(over({})),
      `${await upstream.sign(over({ sub: person.sub }))}x`,
      "",
    ];
    for (const one of bad) expect(await tell(one)).toBe(400);
    expect(await tell(await upstream.sign(over({ sub: person.sub })), "00000000-0000-7000-8000-000000000009")).toBe(
      400,
    );
    expect(await isLive()).toBe(true);
  });

  test("[S5] unlinking ends the sessions that began there, and so does deleting the connection", async () => {
    const one = await signedIn();
    expect((await call("DELETE", `/users/${one.user.id}/identities/${connection}`)).status).toBe(204);
    expect(await one.isLive()).toBe(false);
    const leaving = await connect({ name: "Leaving", match: "email" });
    const user = await house.makeUser();
    upstream.person = somebody({ email: `${user.username}@example.com` });
    expect((await comeBack(leaving)).isIn).toBe(true);
    expect((await call("DELETE", `/connections/${leaving}`)).status).toBe(204);
    expect((await call("GET", `/users/${user.id}`)).body["sessionCount"]).toBe(0);
  });

  test("[S5] whoever signs out is shown where to sign out upstream", async () => {
    const { browser } = await signedIn();
    const asked = await browser.visit("/oauth/logout");
    const done = await browser.submit(asked, { logout: "yes" });
    expect(done.html).toContain(`${upstream.issuer}/logout?client_id=gatehouse`);
    expect(textOf(done)).toContain("Sign out of Example Works too");
  });
});

test("[S5] works with a whole provider upstream: another house", async () => {
  const other = await serveHouse();
  try {
    const far = await other.makeUser({ username: "far.away" });
    const near = await house.makeUser({ username: "far.away" });
    const ours = await other.makeApp({ redirectUris: [`${house.issuer}/signin/sso/callback`] });
    const made = await call("POST", "/connections", {
      name: "Other house",
      issuer: other.issuer,
      clientId: ours.clientId,
      clientSecret: ours.clientSecret,
      match: "username",
    });
    const browser = openBrowser(house.issuer);
    const { away } = await leaveFor(browser, String(made.body["id"]));
    const there = await signInAt(openBrowser(other.issuer), away.url, far.username);
    const back = await browser.visit(there.url.href);
    expect(isAtApp(back)).toBe(true);
    expect(await identities(near.id)).toMatchObject([{ subject: far.id }]);
  } finally {
    await other.close();
  }
});

test("[S5] [S3] account protection applies to it where the organization says so", async () => {
  const user = await house.makeUser();
  upstream.person = somebody({ email: `${user.username}@example.com` });
  expect((await comeBack()).isIn).toBe(true);
  await house.work(async (work) => await setSetting(work, "protection.default", true));
  try {
    expect((await comeBack()).isIn).toBe(true);
    await call("PATCH", `/connections/${connection}`, { asksProtection: true });
    const { page, isIn } = await comeBack();
    expect(isIn).toBe(false);
    expect(textOf(page)).toContain("mail");
  } finally {
    await house.work(async (work) => await setSetting(work, "protection.default", false));
    await call("PATCH", `/connections/${connection}`, { asksProtection: false });
  }
});
