import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openBrowser } from "./support/browser.ts";
import { askToken, getCode, getTokens, relyingParty, signInAt, startAttempt } from "./support/relying-party.ts";
import { password, serveHouse } from "./support/served-house.ts";
import type { ServedHouse } from "./support/served-house.ts";

let house: ServedHouse;
// The provider writes to the console what was left at a default that it does not recommend.
const said = [vi.spyOn(console, "info"), vi.spyOn(console, "warn")];
beforeAll(async () => {
  house = await serveHouse();
});
afterAll(async () => await house.close());

describe("a sign-in", () => {
  test("[S1] openid-client signs somebody in with nothing set but id and secret", async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const { tokens, page } = await getTokens(house, app, user.username);
    expect(page.status).toBe(303);
    expect(tokens.claims()).toMatchObject({
      sub: user.id,
      iss: house.issuer,
      aud: app.clientId,
      amr: ["pwd"],
      acr: "urn:gatehouse:1fa",
    });
    expect(tokens.claims()?.["auth_time"]).toBeTypeOf("number");
    expect(tokens.token_type).toBe("bearer");
  });

  test("[S1] a public app signs somebody in without a secret", async () => {
    const [app, user] = [await house.makeApp({ kind: "public" }), await house.makeUser()];
    const { tokens } = await getTokens(house, app, user.username);
    expect(tokens.claims()?.sub).toBe(user.id);
  });

  test("[S1] a pushed request signs somebody in once, and its address is used up with that (RFC 9126)", async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const config = await relyingParty(house, app);
    const verifier = client.randomPKCECodeVerifier();
    const url = await client.buildAuthorizationUrlWithPAR(config, {
      redirect_uri: app.redirectUri,
      scope: "openid offline_access",
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    });
    const browser = openBrowser(house.issuer);
    const page = await signInAt(browser, url, user.username);
    const tokens = await client.authorizationCodeGrant(config, page.url, { pkceCodeVerifier: verifier });
    expect(tokens.refresh_token).toBeTypeOf("string");
    const again = await browser.visit(url.href);
    expect(again.url.searchParams.get("code")).toBeNull();
    expect(again.status).toBe(400);
  });

  test("[S1] the answer says who sent it: `iss` (RFC 9207)", async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const { page } = await getCode(house, app, user.username);
    expect(page.url.searchParams.get("iss")).toBe(house.issuer);
    expect(page.url.origin + page.url.pathname).toBe(app.redirectUri);
  });

  test("[S1] whoever is signed in is not asked again by the next app", async () => {
    const [one, other, user] = [await house.makeApp(), await house.makeApp(), await house.makeUser()];
    const { browser } = await getTokens(house, one, user.username);
    const config = await relyingParty(house, other);
    const { url, checks } = await startAttempt(config, other);
    const page = await browser.visit(url.href);
    const tokens = await client.authorizationCodeGrant(config, page.url, checks);
    expect(tokens.claims()?.sub).toBe(user.id);
  });

  test("[S1] what a form_post answer needs, its page may do and no more", async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const { browser } = await getTokens(house, app, user.username);
    const { url } = await startAttempt(await relyingParty(house, app), app, { response_mode: "form_post" });
    const page = await browser.visit(url.href);
    const policy = page.headers.get("content-security-policy");
    expect(page.html).toContain(`action="${app.redirectUri}"`);
    expect(policy).toMatch(/script-src 'self' 'sha256-[\w+/]+='/);
    expect(policy).toMatch(/form-action 'self' http:\/\/127\.0\.0\.1:9(;|$)/);
  });
});

describe("claims", () => {
  test("[S1] each scope brings its claims, to the ID token and to userinfo, and no scope brings another's", async () => {
    const app = await house.makeApp();
    const user = await house.makeUser({
      username: "ada",
      displayName: "Ada Lovelace",
      givenName: "Ada",
      familyName: "Lovelace",
      locale: "en-GB",
      timeZone: "Europe/London",
      resource: {
        emails: [{ value: "ada@example.com", primary: true }],
        nickName: "Countess",
        phoneNumbers: [{ value: "+44 20 0000" }, { value: "+44 20 1111", primary: true }],
      },
    });
    const profile = {
      name: "Ada Lovelace",
      given_name: "Ada",
      family_name: "Lovelace",
      nickname: "Countess",
      preferred_username: "ada",
      locale: "en-GB",
      zoneinfo: "Europe/London",
    };
    const email = { email: "ada@example.com", email_verified: true };
    const all = await getTokens(house, app, "ada", { scope: "openid profile email phone groups entitlements" });
    const info = await client.fetchUserInfo(all.config, all.tokens.access_token, user.id);
    for (const claims of [info, all.tokens.claims()]) {
      expect(claims).toMatchObject({ ...profile, ...email, phone_number: "+44 20 1111", groups: [], entitlements: [] });
      expect(claims?.["updated_at"]).toBeTypeOf("number");
    }
    const few = await getTokens(house, app, "ada", { scope: "openid email" });
    expect(await client.fetchUserInfo(few.config, few.tokens.access_token, user.id)).toEqual({
      sub: user.id,
      ...email,
    });
    expect(few.tokens.claims()).not.toHaveProperty("name");
  });

  test("[S1] groups are all groups, those included that hold a group of the user's", async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const ids = ["Ring", "All staff", "Engineering", "Strangers"].map((name, index) => ({
      id: `00000000-0000-7000-8000-0000000001${index}0`,
      name,
    }));
    for (const { id, name } of ids) {
      await house.db.run(
        "insert into groups (id, display_name, created_at, updated_at) values ($1, $2, now(), now())",
        [id, name],
      );
    }
    const [ring, staff, engineering] = ids.map(({ id }) => id);
    await house.db.run("insert into group_members (group_id, user_id) values ($1, $2)", [engineering, user.id]);
    await house.db.run("insert into group_groups (group_id, child_id) values ($1, $2), ($3, $1)", [
      staff,
      engineering,
      ring,
    ]);
    const { tokens, config } = await getTokens(house, app, user.username, { scope: "openid groups" });
    const info = await client.fetchUserInfo(config, tokens.access_token, user.id);
    expect(info["groups"]).toEqual(["All staff", "Engineering", "Ring"]);
    expect(tokens.claims()?.["groups"]).toEqual(["All staff", "Engineering", "Ring"]);
  });

  test("[S1] single claims can be asked for, for the ID token or for userinfo (OpenID Connect Core §5.5)", async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const claims = JSON.stringify({ userinfo: { email: { essential: true }, groups: null }, id_token: { name: null } });
    const { tokens, config } = await getTokens(house, app, user.username, { claims });
    const info = await client.fetchUserInfo(config, tokens.access_token, user.id);
    expect(info).toEqual({ sub: user.id, email: `${user.username}@example.com`, groups: [] });
    expect(tokens.claims()?.["name"]).toMatch(/^User/);
    expect(tokens.claims()).not.toHaveProperty("email");
  });

  test("[S1] an ID token leaves out more groups than an address can bear; userinfo names them all", async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    await house.db.run(
      `with made as (
         insert into groups (id, display_name, created_at, updated_at)
         select gen_random_uuid(), 'many-' || lpad(n::text, 3, '0'), now(), now() from generate_series(1, 101) n returning id)
       insert into group_members (group_id, user_id) select id, $1 from made`,
      [user.id],
    );
    const { tokens, config } = await getTokens(house, app, user.username, { scope: "openid groups" });
    const info = await client.fetchUserInfo(config, tokens.access_token, user.id);
    expect(info["groups"]).toHaveLength(101);
    expect(tokens.claims()).not.toHaveProperty("groups");
  });
});

describe("redirect addresses", () => {
  const registered = "https://app.example.com/cb";

  test.each([
    ["a path below", "https://app.example.com/cb/more"],
    ["`..`", "https://app.example.com/cb/../cb"],
    ["encoded `..`", "https://app.example.com/x/%2e%2e/cb"],
    ["a user before @", "https://app.example.com@evil.example/cb"],
    ["our host as user", "https://app.example.com%40evil.example/cb"],
    ["mixed case host", "https://APP.example.com/cb"],
    ["mixed case path", "https://app.example.com/CB"],
    ["an encoded letter", "https://app.example.com/%63b"],
    ["a wildcard", "https://app.example.com/*"],
    ["a subdomain", "https://evil.app.example.com/cb"],
    ["a longer host", "https://app.example.com.evil.example/cb"],
    ["a port", "https://app.example.com:444/cb"],
    ["the port that is meant anyway", "https://app.example.com:443/cb"],
    ["another scheme", "http://app.example.com/cb"],
    ["a query", "https://app.example.com/cb?x=1"],
    ["a fragment", "https://app.example.com/cb#x"],
    ["a port with a user", "http://localhost:80@evil.example/cb"],
    ["a backslash", "https://app.example.com\\@evil.example/cb"],
    ["a trailing slash", "https://app.example.com/cb/"],
    ["a trailing space", "https://app.example.com/cb "],
    ["javascript", "javascript:alert(1)"],
    ["nothing", ""],
  ])("[S1] %s is refused with a page, never with a redirect (CVE-2024-8883)", async (_what, uri) => {
    const app = await house.makeApp({ redirectUris: [registered] });
    const query = new URLSearchParams({
      client_id: app.clientId,
      response_type: "code",
      scope: "openid",
      code_challenge: "x".repeat(43),
      code_challenge_method: "S256",
      redirect_uri: uri,
    });
    const page = await openBrowser(house.issuer).visit(`/oauth/authorize?${query.toString()}`);
    expect(page.status).toBe(400);
    expect(page.url.origin).toBe(house.issuer);
    expect(page.html).toContain("<html");
  });

  test("[S1] the port of a loopback address of a public app is free, and nothing else of it (RFC 8252 §7.3)", async () => {
    const app = await house.makeApp({ kind: "public", redirectUris: ["http://127.0.0.1/cb"] });
    const config = await relyingParty(house, app);
    const ask = async (redirectUri: string) => {
      const { url } = await startAttempt(config, { ...app, redirectUri });
      return (await openBrowser(house.issuer).visit(url.href)).status;
    };
    expect(await ask("http://127.0.0.1:51004/cb")).toBe(200);
    expect(await ask("http://127.0.0.1:51004/other")).toBe(400);
    expect(await ask("http://127.0.0.2:51004/cb")).toBe(400);
  });

  test("[S1] a redirect address that is taken away from an app stops working at once", async () => {
    const app = await house.makeApp();
    const { url } = await startAttempt(await relyingParty(house, app), app);
    expect((await openBrowser(house.issuer).visit(url.href)).status).toBe(200);
    await house.db.run("update apps set redirect_uris = '{https://elsewhere.example/cb}' where id = $1", [app.id]);
    expect((await openBrowser(house.issuer).visit(url.href)).status).toBe(400);
  });
});

describe("PKCE", () => {
  async function answer(change: (query: URLSearchParams) => void): Promise<string | null> {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const { url } = await startAttempt(await relyingParty(house, app), app);
    change(url.searchParams);
    const page = await openBrowser(house.issuer).visit(url.href);
    expect(user.id).toBeTypeOf("string");
    return page.url.searchParams.get("error");
  }

  test("[S1] is needed by every app, confidential ones included (RFC 9700 §2.1.1)", async () => {
    const without = (query: URLSearchParams) => {
      query.delete("code_challenge");
      query.delete("code_challenge_method");
    };
    expect(await answer(without)).toBe("invalid_request");
  });

  test("[S1] knows S256 and nothing weaker", async () => {
    expect(await answer((query) => query.set("code_challenge_method", "plain"))).toBe("invalid_request");
    expect(await answer((query) => query.delete("code_challenge_method"))).toBe("invalid_request");
  });

  test.each([
    ["no verifier", undefined],
    ["an empty verifier", ""],
    ["another verifier", "v".repeat(43)],
  ])("[S1] a code is not redeemed with %s", async (_what, verifier) => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const { code } = await getCode(house, app, user.username);
    const reply = await askToken(house, app, {
      grant_type: "authorization_code",
      code,
      redirect_uri: app.redirectUri,
      ...(verifier !== undefined && { code_verifier: verifier }),
    });
    expect(reply).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });
});

describe("a code", () => {
  test("[S1] is its app's alone (RFC 6749 §4.1.3)", async () => {
    const [app, thief, user] = [await house.makeApp(), await house.makeApp(), await house.makeUser()];
    const { code, verifier } = await getCode(house, app, user.username);
    const redeem = { grant_type: "authorization_code", code, code_verifier: verifier };
    const stolen = await askToken(house, thief, { ...redeem, redirect_uri: app.redirectUri });
    expect(stolen).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    const elsewhere = await askToken(house, app, { ...redeem, redirect_uri: thief.redirectUri });
    expect(elsewhere).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });

  test("[S1] works once; the second use ends what came of the first (RFC 6749 §4.1.2)", async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const { code, verifier, config } = await getCode(house, app, user.username, { scope: "openid offline_access" });
    const redeem = {
      grant_type: "authorization_code",
      code,
      code_verifier: verifier,
      redirect_uri: app.redirectUri,
    };
    const first = await askToken(house, app, redeem);
    expect(first.status).toBe(200);
    const access = String(first.body["access_token"]);
    await client.fetchUserInfo(config, access, user.id);
    expect(await askToken(house, app, redeem)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    await expect(client.fetchUserInfo(config, access, user.id)).rejects.toThrow();
    const refresh = { grant_type: "refresh_token", refresh_token: String(first.body["refresh_token"]) };
    expect(await askToken(house, app, refresh)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });
});

describe("what an app may ask of a sign-in", () => {
  test("[S1] prompt=none answers at once: login_required, or a code", async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const config = await relyingParty(house, app);
    const { url } = await startAttempt(config, app, { prompt: "none" });
    const stranger = await openBrowser(house.issuer).visit(url.href);
    expect(stranger.url.searchParams.get("error")).toBe("login_required");
    const { browser } = await getTokens(house, app, user.username);
    const known = await browser.visit((await startAttempt(config, app, { prompt: "none" })).url.href);
    expect(known.url.searchParams.get("code")).toBeTypeOf("string");
  });

  test.each([
    ["prompt=login", { prompt: "login" }],
    ["max_age=0", { max_age: "0" }],
  ])("[S1] %s asks somebody who is signed in once more, and auth_time moves", async (_what, parameters) => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const { browser, tokens, config } = await getTokens(house, app, user.username);
    const before = Number(tokens.claims()?.["auth_time"]);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const { url, checks } = await startAttempt(config, app, parameters);
    const form = await browser.visit(url.href);
    expect(form.html).toContain('name="password"');
    const sessions = await house.db.rows("select id from sessions where user_id = $1", [user.id]);
    const page = await browser.submit(form, { username: user.username, password });
    const again = await client.authorizationCodeGrant(config, page.url, checks);
    expect(Number(again.claims()?.["auth_time"])).toBeGreaterThan(before);
    expect(await house.db.rows("select id from sessions where user_id = $1", [user.id])).toEqual(sessions);
  });

  test("[S1] max_age that the sign-in fulfils asks nobody, and auth_time stays", async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const { browser, tokens, config } = await getTokens(house, app, user.username);
    const { url, checks } = await startAttempt(config, app, { max_age: "3600" });
    const page = await browser.visit(url.href);
    const again = await client.authorizationCodeGrant(config, page.url, { ...checks, maxAge: 3600 });
    expect(again.claims()?.["auth_time"]).toBe(tokens.claims()?.["auth_time"]);
  });

  test("[S1] id_token_hint of somebody else is not answered with whoever is signed in", async () => {
    const app = await house.makeApp();
    const [mine, other] = [
      await getTokens(house, app, (await house.makeUser()).username),
      await getTokens(house, app, (await house.makeUser()).username),
    ];
    const ask = async (hint: string | undefined, prompt: string) => {
      const { url } = await startAttempt(mine.config, app, { prompt, id_token_hint: hint ?? "" });
      return (await mine.browser.visit(url.href)).url.searchParams;
    };
    expect((await ask(mine.tokens.id_token, "none")).get("code")).toBeTypeOf("string");
    expect((await ask(other.tokens.id_token, "none")).get("error")).toBe("login_required");
  });

  test("[S1] an app that insists on more factors than the account has hears so, and nobody is asked for ever", async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const claims = JSON.stringify({ id_token: { acr: { essential: true, value: "urn:gatehouse:2fa" } } });
    const { url } = await startAttempt(await relyingParty(house, app), app, { claims });
    const page = await signInAt(openBrowser(house.issuer), url, user.username);
    expect(page.url.searchParams.get("error")).toBe("unmet_authentication_requirements");
  });

  test("[S1] acr_values asks without insisting: the ID token says what it was", async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const { tokens } = await getTokens(house, app, user.username, { acr_values: "urn:gatehouse:2fa" });
    expect(tokens.claims()?.["acr"]).toBe("urn:gatehouse:1fa");
  });

  test("[S1] login_hint fills in the name", async () => {
    const app = await house.makeApp();
    const { url } = await startAttempt(await relyingParty(house, app), app, { login_hint: 'grace"><b>@example.com' });
    const page = await openBrowser(house.issuer).visit(url.href);
    expect(page.html).toContain("grace&#34;&gt;&lt;b&gt;@example.com");
  });

  test("[S1] ui_locales chooses the language of the door", async () => {
    const app = await house.makeApp();
    const { url } = await startAttempt(await relyingParty(house, app), app, { ui_locales: "fr ja-JP" });
    const page = await openBrowser(house.issuer).visit(url.href);
    expect(page.html).toContain('<html lang="ja">');
  });

  test("[S1] the page of a sign-in may lead to the app, and its forms to nobody else", async () => {
    const app = await house.makeApp({ redirectUris: ["https://notes.example.com/cb"] });
    const { url } = await startAttempt(await relyingParty(house, app), app);
    const page = await openBrowser(house.issuer).visit(url.href);
    expect(page.headers.get("content-security-policy")).toContain("form-action 'self' https://notes.example.com;");
  });
});

describe("consent", () => {
  test("[S1] an app of somebody else's gets nothing before the person agrees, and then what was asked", async () => {
    const [app, user] = [await house.makeApp({ isThirdParty: true }), await house.makeUser()];
    const config = await relyingParty(house, app);
    const browser = openBrowser(house.issuer);
    const { url, checks } = await startAttempt(config, app, { scope: "openid email offline_access" });
    const asked = await signInAt(browser, url, user.username);
    expect(asked.html).toContain('value="allow"');
    const page = await browser.submit(asked, { decision: "allow" });
    const tokens = await client.authorizationCodeGrant(config, page.url, checks);
    expect(tokens.refresh_token).toBeTypeOf("string");
    expect(await client.fetchUserInfo(config, tokens.access_token, user.id)).toMatchObject({ sub: user.id });
    const more = await startAttempt(config, app, { scope: "openid profile" });
    expect((await browser.visit(more.url.href)).html).toContain('value="allow"');
  });

  test("[S1] whoever declines sends the app access_denied", async () => {
    const [app, user] = [await house.makeApp({ isThirdParty: true }), await house.makeUser()];
    const browser = openBrowser(house.issuer);
    const { url } = await startAttempt(await relyingParty(house, app), app);
    const page = await browser.submit(await signInAt(browser, url, user.username), { decision: "deny" });
    expect(page.url.searchParams.get("error")).toBe("access_denied");
    expect(page.url.searchParams.get("iss")).toBe(house.issuer);
  });

  test("[S1] with prompt=none an app of somebody else's hears consent_required", async () => {
    const [own, app, user] = [
      await house.makeApp(),
      await house.makeApp({ isThirdParty: true }),
      await house.makeUser(),
    ];
    const { browser } = await getTokens(house, own, user.username);
    const { url } = await startAttempt(await relyingParty(house, app), app, { prompt: "none" });
    expect((await browser.visit(url.href)).url.searchParams.get("error")).toBe("consent_required");
  });

  test("[S1] an app of the organization's own asks in vain with prompt=consent: there is nothing to ask", async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const { tokens } = await getTokens(house, app, user.username, {
      scope: "openid offline_access",
      prompt: "consent",
    });
    expect(tokens.refresh_token).toBeTypeOf("string");
  });
});

test("[S1] nothing of the provider is left at a default that it warns of", () => {
  expect(said.flatMap((spy) => spy.mock.calls)).toEqual([]);
});
