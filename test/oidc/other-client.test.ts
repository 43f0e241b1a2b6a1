import { InMemoryWebStorage, OidcClient, WebStorageStateStore } from "oidc-client-ts";
import type { OidcClientSettings, RefreshState } from "oidc-client-ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "./support/browser.ts";
import { signInAt } from "./support/relying-party.ts";
import { serveHouse } from "./support/served-house.ts";
import type { ServedHouse, TestApp } from "./support/served-house.ts";

let house: ServedHouse;
beforeAll(async () => {
  house = await serveHouse();
});
afterAll(async () => await house.close());

/** An app made with oidc-client-ts, a relying party by other people than those who wrote the provider's library. */
function clientOf(app: TestApp, more: Partial<OidcClientSettings> = {}): OidcClient {
  return new OidcClient({
    authority: house.issuer,
    client_id: app.clientId,
    ...(app.clientSecret !== null && { client_secret: app.clientSecret }),
    redirect_uri: app.redirectUri,
    post_logout_redirect_uri: app.postLogoutUri,
    scope: "openid profile email offline_access",
    stateStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    loadUserInfo: true,
    ...more,
  });
}

const kinds = [
  ["a page without a secret", { kind: "public" }, {}],
  ["a server with a secret in the body", { kind: "web" }, { client_authentication: "client_secret_post" }],
  ["a server with a secret in the header", { kind: "web" }, { client_authentication: "client_secret_basic" }],
] as const;

test.each(kinds)("[S1] oidc-client-ts signs in, refreshes and signs out as %s", async (_what, fields, settings) => {
  const app = await house.makeApp({ ...fields, grantTypes: ["authorization_code", "refresh_token"] });
  const user = await house.makeUser();
  const client = clientOf(app, settings);
  const browser = openBrowser(house.issuer);

  const request = await client.createSigninRequest({ nonce: "a-nonce-of-the-app", state: { page: "/here" } });
  const page = await signInAt(browser, new URL(request.url), user.username);
  const signedIn = await client.processSigninResponse(page.url.href);
  expect(signedIn.userState).toEqual({ page: "/here" });
  expect(signedIn.profile).toMatchObject({
    iss: house.issuer,
    sub: user.id,
    aud: app.clientId,
    preferred_username: user.username,
    email: `${user.username}@example.com`,
  });
  expect(signedIn).toMatchObject({ token_type: "Bearer", expires_in: 900 });

  const state = (from: typeof signedIn): RefreshState => ({
    data: undefined,
    refresh_token: from.refresh_token ?? "",
    ...(from.id_token !== undefined && { id_token: from.id_token }),
    session_state: from.session_state,
    scope: from.scope ?? "",
    profile: from.profile,
  });
  const refreshed = await client.useRefreshToken({ state: state(signedIn) });
  expect(refreshed.access_token).not.toBe(signedIn.access_token);
  expect(refreshed.refresh_token).not.toBe(signedIn.refresh_token);
  expect(refreshed.profile.sub).toBe(user.id);
  // The one before was used: the client hears so, and the family is over.
  await expect(client.useRefreshToken({ state: state(signedIn) })).rejects.toMatchObject({ error: "invalid_grant" });

  const out = await client.createSignoutRequest({
    ...(refreshed.id_token !== undefined && { id_token_hint: refreshed.id_token }),
    state: { page: "/bye" },
  });
  const bye = await browser.visit(out.url);
  expect(bye.url.href.startsWith(app.postLogoutUri)).toBe(true);
  expect((await client.processSignoutResponse(bye.url.href)).userState).toEqual({ page: "/bye" });
  const again = await client.createSigninRequest({});
  expect((await browser.visit(again.url)).url.pathname).toMatch(/^\/signin\//);
});

test("[S1] oidc-client-ts hears why a sign-in came to nothing", async () => {
  const app = await house.makeApp();
  const user = await house.makeUser();
  const client = clientOf(app);
  const browser = openBrowser(house.issuer);
  const silent = await client.createSigninRequest({ prompt: "none" });
  const refused = await browser.visit(silent.url);
  await expect(client.processSigninResponse(refused.url.href)).rejects.toMatchObject({ error: "login_required" });

  const request = await client.createSigninRequest({});
  const page = await signInAt(browser, new URL(request.url), user.username);
  const forged = new URL(page.url);
  forged.searchParams.set("code", "x".repeat(43));
  await expect(client.processSigninResponse(forged.href)).rejects.toMatchObject({ error: "invalid_grant" });
});
