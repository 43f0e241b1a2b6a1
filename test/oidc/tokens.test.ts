import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askToken, getCode, getTokens, post, relyingParty } from "./support/relying-party.ts";
import { serveHouse } from "./support/served-house.ts";
import type { ServedHouse, TestApp } from "./support/served-house.ts";

let house: ServedHouse;
beforeAll(async () => {
  house = await serveHouse();
});
afterAll(async () => await house.close());

async function introspect(app: TestApp, token: unknown, more: Record<string, string> = {}) {
  return await post(`${house.issuer}/oauth/introspect`, app, { token: String(token), ...more });
}

async function userinfo(token: unknown): Promise<number> {
  const reply = await fetch(`${house.issuer}/oauth/userinfo`, {
    headers: { authorization: `Bearer ${String(token)}` },
  });
  await reply.body?.cancel();
  return reply.status;
}

describe("discovery", () => {
  test("[S1] says what there is, at the addresses that were promised", async () => {
    const reply = await fetch(`${house.issuer}/.well-known/openid-configuration`);
    expect(reply.headers.get("access-control-allow-origin")).toBe("*");
    expect(await reply.json()).toMatchObject({
      issuer: house.issuer,
      authorization_endpoint: `${house.issuer}/oauth/authorize`,
      token_endpoint: `${house.issuer}/oauth/token`,
      userinfo_endpoint: `${house.issuer}/oauth/userinfo`,
      introspection_endpoint: `${house.issuer}/oauth/introspect`,
      revocation_endpoint: `${house.issuer}/oauth/revoke`,
      jwks_uri: `${house.issuer}/oauth/jwks`,
      end_session_endpoint: `${house.issuer}/oauth/logout`,
      pushed_authorization_request_endpoint: `${house.issuer}/oauth/par`,
      scopes_supported: expect.arrayContaining([
        "openid",
        "profile",
        "email",
        "phone",
        "groups",
        "entitlements",
        "offline_access",
      ]),
      response_types_supported: ["code"],
      code_challenge_methods_supported: ["S256"],
      id_token_signing_alg_values_supported: expect.arrayContaining(["RS256", "ES256"]),
      authorization_response_iss_parameter_supported: true,
      token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
      token_endpoint_auth_signing_alg_values_supported: ["RS256", "PS256", "ES256", "Ed25519", "EdDSA"],
    });
  });

  test("[S1] the key set has public halves only", async () => {
    const reply = await fetch(`${house.issuer}/oauth/jwks`);
    const { keys } = (await reply.json()) as { keys: Record<string, unknown>[] };
    expect(keys.map((key) => String(key["alg"])).toSorted()).toEqual(["ES256", "RS256"]);
    for (const key of keys)
      for (const secret of ["d", "p", "q", "dp", "dq", "qi", "k"]) expect(key).not.toHaveProperty(secret);
  });
});

describe("client credentials", () => {
  test("[S1] a machine gets a token of its own, for nobody", async () => {
    const app = await house.makeApp({ kind: "machine", redirectUris: [] });
    const tokens = await client.clientCredentialsGrant(await relyingParty(house, app));
    expect(tokens.refresh_token).toBeUndefined();
    expect(tokens.id_token).toBeUndefined();
    const { body } = await introspect(app, tokens.access_token);
    expect(body).toMatchObject({ active: true, client_id: app.clientId, token_type: "Bearer" });
    expect(body).not.toHaveProperty("sub");
    expect(await userinfo(tokens.access_token)).toBe(401);
  });

  test("[S1] a machine's token names no scope that no API has", async () => {
    const app = await house.makeApp({ kind: "machine", redirectUris: [] });
    const reply = await askToken(house, app, { grant_type: "client_credentials", scope: "admin users:write" });
    expect(reply.body["scope"] ?? "").toBe("");
    const { body } = await introspect(app, reply.body["access_token"]);
    expect(body["scope"] ?? "").toBe("");
  });

  test("[S1] apps for people cannot use it, public ones least of all", async () => {
    for (const kind of ["web", "public"] as const) {
      const reply = await askToken(house, await house.makeApp({ kind }), { grant_type: "client_credentials" });
      expect(reply.status).toBe(400);
      expect(reply.body).not.toHaveProperty("access_token");
    }
  });

  test("[S1] a machine cannot send people to sign in", async () => {
    const app = await house.makeApp({ kind: "machine", redirectUris: [] });
    const query = new URLSearchParams({
      client_id: app.clientId,
      response_type: "code",
      redirect_uri: "https://a.example/",
    });
    const reply = await fetch(`${house.issuer}/oauth/authorize?${query.toString()}`, { redirect: "manual" });
    expect(reply.status).toBe(400);
  });
});

describe("the secret of an app", () => {
  test.each([
    ["wrong", "ghs_wrong"],
    ["empty", ""],
    ["the kept digest", "digest"],
  ])("[S1] a %s secret is refused", async (_what, secret) => {
    const app = await house.makeApp({ kind: "machine", redirectUris: [] });
    const row = await house.db.row<{ hex: string }>(
      "select encode(secret_hash, 'hex') as hex from apps where id = $1",
      [app.id],
    );
    const given = { ...app, clientSecret: secret === "digest" ? (row?.hex ?? "") : secret };
    const reply = await askToken(house, given, { grant_type: "client_credentials" });
    expect([400, 401]).toContain(reply.status);
    expect(["invalid_client", "invalid_request"]).toContain(reply.body["error"]);
  });

  test("[S1] may be sent in the body too (RFC 6749 §2.3.1), and never in both places", async () => {
    const app = await house.makeApp({ kind: "machine", redirectUris: [] });
    const body = { grant_type: "client_credentials", client_secret: app.clientSecret ?? "" };
    expect((await askToken(house, { ...app, clientSecret: null }, body)).status).toBe(200);
    expect((await askToken(house, app, body)).status).toBe(400);
  });

  test("[S1] is asked for: a confidential app that only names itself is refused", async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const { code, verifier } = await getCode(house, app, user.username);
    const reply = await askToken(
      house,
      { ...app, clientSecret: null },
      { grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri: app.redirectUri },
    );
    expect(reply).toMatchObject({ status: 401, body: { error: "invalid_client" } });
  });
});

describe("introspection", () => {
  test("[S1] tells an app about its own tokens (RFC 7662)", async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const { tokens, config } = await getTokens(house, app, user.username, { scope: "openid email offline_access" });
    for (const token of [tokens.access_token, tokens.refresh_token ?? ""]) {
      const reply = await client.tokenIntrospection(config, token);
      expect(reply).toMatchObject({ active: true, sub: user.id, client_id: app.clientId, iss: house.issuer });
    }
  });

  test("[S1] tells no other app, no public app, and nobody without a name", async () => {
    const [app, other, open, user] = [
      await house.makeApp(),
      await house.makeApp(),
      await house.makeApp({ kind: "public" }),
      await house.makeUser(),
    ];
    const { tokens } = await getTokens(house, app, user.username);
    const { tokens: own } = await getTokens(house, open, user.username);
    expect((await introspect(other, tokens.access_token)).body).toEqual({ active: false });
    expect((await introspect(open, own.access_token)).body).toEqual({ active: false });
    const stranger = await fetch(`${house.issuer}/oauth/introspect`, {
      method: "POST",
      body: new URLSearchParams({ token: tokens.access_token }),
    });
    expect(stranger.status).toBe(400);
  });
});

describe("revocation", () => {
  test("[S1] of a refresh token ends the access tokens that came of it (RFC 7009 §2.1)", async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const { tokens, config } = await getTokens(house, app, user.username, { scope: "openid offline_access" });
    await client.tokenRevocation(config, tokens.refresh_token ?? "");
    expect(await userinfo(tokens.access_token)).toBe(401);
    const refresh = { grant_type: "refresh_token", refresh_token: tokens.refresh_token ?? "" };
    expect(await askToken(house, app, refresh)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });

  test("[S1] of another app's token is refused, and the token lives on", async () => {
    const [app, other, user] = [await house.makeApp(), await house.makeApp(), await house.makeUser()];
    const { tokens } = await getTokens(house, app, user.username);
    const reply = await post(`${house.issuer}/oauth/revoke`, other, { token: tokens.access_token });
    expect(reply.status).toBe(400);
    expect(await userinfo(tokens.access_token)).toBe(200);
  });

  test("[S1] of what is no token is done at once (RFC 7009 §2.2)", async () => {
    const reply = await post(`${house.issuer}/oauth/revoke`, await house.makeApp(), { token: "nothing" });
    expect(reply.status).toBe(200);
  });
});

test("[S1] one kind of artefact is never taken for another (CVE-2026-4282)", async () => {
  const [app, user] = [await house.makeApp(), await house.makeUser()];
  const { tokens, browser } = await getTokens(house, app, user.username, { scope: "openid offline_access" });
  const { code, verifier } = await getCode(house, app, user.username);
  const session = browser.cookies.get("gatehouse_session")?.value ?? "";
  const grant = await house.db.row<{ id: string }>(
    "select grant_id as id from oidc_records where account_id = $1 and model = 'AccessToken' limit 1",
    [user.id],
  );
  const all = {
    access: tokens.access_token,
    refresh: tokens.refresh_token ?? "",
    code,
    session,
    grant: grant?.id ?? "",
  };
  for (const [kind, value] of Object.entries(all)) {
    expect(value.length, kind).toBeGreaterThan(20);
    if (kind !== "access") expect(await userinfo(value), `${kind} as access token`).toBe(401);
    if (kind !== "refresh") {
      const reply = await askToken(house, app, { grant_type: "refresh_token", refresh_token: value });
      expect(reply.body["error"], `${kind} as refresh token`).toBe("invalid_grant");
    }
    if (kind !== "code") {
      const redeem = { grant_type: "authorization_code", code: value, code_verifier: verifier };
      const reply = await askToken(house, app, { ...redeem, redirect_uri: app.redirectUri });
      expect(reply.body["error"], `${kind} as code`).toBe("invalid_grant");
    }
    if (kind !== "access" && kind !== "refresh") {
      expect((await introspect(app, value)).body, `${kind} introspected`).toEqual({ active: false });
    }
  }
});

test("[S1] an access token in an address is not looked at (RFC 9700 §4.3.2)", async () => {
  const [app, user] = [await house.makeApp(), await house.makeUser()];
  const { tokens } = await getTokens(house, app, user.username);
  const reply = await fetch(`${house.issuer}/oauth/userinfo?access_token=${tokens.access_token}`);
  expect(reply.status).toBe(400);
});

test("[S1] pages of other origins may use a public app's endpoints from its own origin alone", async () => {
  const app = await house.makeApp({ kind: "public", redirectUris: ["https://spa.example.com/cb"] });
  const ask = async (origin: string) =>
    await fetch(`${house.issuer}/oauth/token`, {
      method: "POST",
      headers: { origin },
      body: new URLSearchParams({ client_id: app.clientId, grant_type: "refresh_token", refresh_token: "x" }),
    });
  expect((await ask("https://spa.example.com")).headers.get("access-control-allow-origin")).toBe(
    "https://spa.example.com",
  );
  expect((await ask("https://evil.example.com")).headers.get("access-control-allow-origin")).toBeNull();
});

describe("odd input", () => {
  test.each([
    ["a null byte in the state", { state: "a\0b" }],
    ["a null byte in the name of the app", { client_id: "a\0b" }],
    ["a null byte in a scope", { scope: "openid \0" }],
    ["a null byte in the hint", { login_hint: "\0" }],
    ["claims that are no object", { claims: "[]" }],
    ["claims with a prototype", { claims: '{"__proto__":{"x":1},"id_token":{"__proto__":null}}' }],
    ["half a character in the claims", { claims: '{"id_token":{"acr":{"value":"\\ud800"}}}' }],
    ["a huge state", { state: "x".repeat(5000) }],
  ])("[S1] %s is never a fault of the server", async (_what, parameters) => {
    const app = await house.makeApp();
    const query = new URLSearchParams({
      client_id: app.clientId,
      response_type: "code",
      scope: "openid",
      redirect_uri: app.redirectUri,
      code_challenge: "x".repeat(43),
      code_challenge_method: "S256",
      ...(parameters as Record<string, string>),
    });
    const reply = await fetch(`${house.issuer}/oauth/authorize?${query.toString()}`, { redirect: "manual" });
    await reply.body?.cancel();
    expect([303, 400]).toContain(reply.status);
  });

  test("[S1] a parameter that comes twice is refused", async () => {
    const app = await house.makeApp({ kind: "machine", redirectUris: [] });
    const reply = await fetch(`${house.issuer}/oauth/token`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: `client_id=${app.clientId}&client_secret=${app.clientSecret}&grant_type=client_credentials&grant_type=refresh_token`,
    });
    expect(reply.status).toBe(400);
  });

  test("[S1] null bytes in codes and tokens are codes and tokens that nobody has", async () => {
    const app = await house.makeApp();
    const code = { grant_type: "authorization_code", code: "a\0b", redirect_uri: "x", code_verifier: "v".repeat(43) };
    expect((await askToken(house, app, code)).body["error"]).toBe("invalid_grant");
    expect((await introspect(app, "a\0b")).body).toEqual({ active: false });
    const named = await askToken(house, { ...app, clientId: "a\0b" }, { grant_type: "client_credentials" });
    expect([400, 401]).toContain(named.status);
  });

  test("[S1] a body without end is cut off", async () => {
    const reply = await fetch(`${house.issuer}/oauth/token`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: `x=${"y".repeat(200_000)}`,
    });
    expect([400, 413]).toContain(reply.status);
  });
});
