import * as client from "openid-client";
import { openBrowser } from "./browser.ts";
import type { Browser, Page } from "./browser.ts";
import { password } from "./served-house.ts";
import type { ServedHouse, TestApp } from "./served-house.ts";

/** An app made with openid-client, with nothing set but its id and secret. */
export async function relyingParty(house: ServedHouse, app: TestApp): Promise<client.Configuration> {
  const auth = app.clientSecret === null ? client.None() : undefined;
  return await client.discovery(new URL(house.issuer), app.clientId, app.clientSecret ?? undefined, auth, {
    execute: [client.allowInsecureRequests],
  });
}

/** A request to sign in, with what is needed to check the answer. */
export interface Attempt {
  url: URL;
  checks: { pkceCodeVerifier: string; expectedState: string; expectedNonce: string };
}

export async function startAttempt(
  config: client.Configuration,
  app: TestApp,
  parameters: Record<string, string> = {},
): Promise<Attempt> {
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
  };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: app.redirectUri,
    scope: "openid",
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: "S256",
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...parameters,
  });
  return { url, checks };
}

/** Signs in at the door, to the address of the app. */
export async function signInAt(browser: Browser, url: URL, username: string, secret = password): Promise<Page> {
  const named = await browser.submit(await browser.visit(url.href), { username });
  return await browser.submit(named, { username, password: secret });
}

/** A whole sign-in in a browser of its own, up to the tokens. */
export async function getTokens(
  house: ServedHouse,
  app: TestApp,
  username: string,
  parameters: Record<string, string> = {},
) {
  const config = await relyingParty(house, app);
  const browser = openBrowser(house.issuer);
  const attempt = await startAttempt(config, app, parameters);
  const page = await signInAt(browser, attempt.url, username);
  const tokens = await client.authorizationCodeGrant(config, page.url, attempt.checks);
  return { config, browser, tokens, page };
}

/** A code that nobody has redeemed, with what redeems it. */
export async function getCode(house: ServedHouse, app: TestApp, username: string, parameters = {}) {
  const config = await relyingParty(house, app);
  const browser = openBrowser(house.issuer);
  const { url, checks } = await startAttempt(config, app, parameters);
  const page = await signInAt(browser, url, username);
  return { config, browser, code: page.url.searchParams.get("code") ?? "", verifier: checks.pkceCodeVerifier, page };
}

/** A request to the token endpoint as it is on the wire. */
export async function askToken(
  house: { issuer: string },
  app: Pick<TestApp, "clientId" | "clientSecret">,
  parameters: Record<string, string>,
): Promise<{ status: number; body: Record<string, unknown> }> {
  return await post(`${house.issuer}/oauth/token`, app, parameters);
}

/** A form posted by an app that authenticates with its secret, or names itself when it has none. */
export async function post(
  url: string,
  app: Pick<TestApp, "clientId" | "clientSecret">,
  parameters: Record<string, string>,
): Promise<{ status: number; body: Record<string, unknown>; headers: Headers }> {
  const basic = Buffer.from(`${encodeURIComponent(app.clientId)}:${app.clientSecret}`).toString("base64");
  const reply = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      ...(app.clientSecret !== null && { authorization: `Basic ${basic}` }),
    },
    body: new URLSearchParams({ ...(app.clientSecret === null && { client_id: app.clientId }), ...parameters }),
  });
  const text = await reply.text();
  return {
    status: reply.status,
    body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
    headers: reply.headers,
  };
}
