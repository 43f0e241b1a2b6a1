import { createRemoteJWKSet, jwtVerify } from "jose";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createResource, deleteResource, updateResource } from "#server/apps/resources.ts";
import { updateApp } from "#server/apps/update-app.ts";
import { changeStatus } from "#server/users/change-status.ts";
import { openBrowser } from "./support/browser.ts";
import { askToken, getTokens, post, relyingParty, signInAt, startAttempt } from "./support/relying-party.ts";
import { serveHouse } from "./support/served-house.ts";
import type { ServedHouse } from "./support/served-house.ts";

let house: ServedHouse;
beforeAll(async () => {
  house = await serveHouse();
});
afterAll(async () => await house.close());

let count = 0;

async function makeApi(fields: Partial<Parameters<typeof createResource>[1]> = {}) {
  count += 1;
  const identifier = `https://api-${count}.example.com/v1`;
  const scopes = ["orders:read", "orders:write"].map((name) => ({ name, description: `Orders: ${name}` }));
  return await house.work(async (work) => await createResource(work, { identifier, scopes, ...fields }));
}

const keys = () => createRemoteJWKSet(new URL(`${house.issuer}/oauth/jwks`));

/** As an API would do it (RFC 9068 §4). */
async function verify(token: string, audience: string) {
  return await jwtVerify(token, keys(), { issuer: house.issuer, audience, typ: "at+jwt" });
}

async function userinfo(token: string): Promise<number> {
  const reply = await fetch(`${house.issuer}/oauth/userinfo`, { headers: { authorization: `Bearer ${token}` } });
  await reply.body?.cancel();
  return reply.status;
}

describe("a machine", () => {
  const ask = { grant_type: "client_credentials" };

  test("[S1] gets a JWT for an API, with the scopes that it asked for (RFC 8707, RFC 9068)", async () => {
    const [api, app] = [await makeApi(), await house.makeApp({ kind: "machine" })];
    const config = await relyingParty(house, app);
    const tokens = await client.clientCredentialsGrant(config, { resource: api.identifier, scope: "orders:read" });
    expect(tokens).toMatchObject({ token_type: "bearer", expires_in: 900, scope: "orders:read" });
    const { payload, protectedHeader } = await verify(tokens.access_token, api.identifier);
    expect(protectedHeader).toMatchObject({ alg: "RS256", typ: "at+jwt" });
    expect(payload).toMatchObject({ client_id: app.clientId, sub: app.clientId, scope: "orders:read" });
    expect(payload.jti).toEqual(expect.any(String));
    await expect(verify(tokens.access_token, "https://other.example.com/")).rejects.toThrow("aud");
    // Nothing of it is kept, so nothing of it can be asked about or called back.
    expect((await post(`${house.issuer}/oauth/introspect`, app, { token: tokens.access_token })).body).toMatchObject({
      error: "unsupported_token_type",
    });
    expect(await house.db.rows("select 1 from oidc_records where client_id = $1", [app.clientId])).toEqual([]);
  });

  test("[S1] gets tokens in the form, and for the time, that the API wants", async () => {
    const app = await house.makeApp({ kind: "machine" });
    const own = await makeApi({ tokenSeconds: 120, signingAlg: "ES256" });
    const jwt = await askToken(house, app, { ...ask, resource: own.identifier });
    expect(jwt.body).toMatchObject({ expires_in: 120 });
    const { protectedHeader } = await verify(String(jwt.body["access_token"]), own.identifier);
    expect(protectedHeader.alg).toBe("ES256");
    const opaque = await makeApi({ tokenFormat: "opaque" });
    const token = String((await askToken(house, app, { ...ask, resource: opaque.identifier })).body["access_token"]);
    expect(token).not.toContain(".");
    const about = await post(`${house.issuer}/oauth/introspect`, app, { token });
    expect(about.body).toMatchObject({ active: true, aud: opaque.identifier, client_id: app.clientId });
  });

  test.each([
    ["is not registered", "https://nowhere.example.com/"],
    ["has a fragment", "https://api-1.example.com/v1#a"],
    ["is no URI", "orders"],
  ])("[S1] hears invalid_target for an API that %s", async (_name, resource) => {
    const app = await house.makeApp({ kind: "machine" });
    expect(await askToken(house, app, { ...ask, resource })).toMatchObject({
      status: 400,
      body: { error: "invalid_target" },
    });
  });

  test("[S1] gets no scope that the API does not have, and no token for two APIs at once", async () => {
    const [api, other, app] = [await makeApi(), await makeApi(), await house.makeApp({ kind: "machine" })];
    const more = await askToken(house, app, { ...ask, resource: api.identifier, scope: "orders:read orders:delete" });
    expect(more.body).toMatchObject({ scope: "orders:read" });
    const body = new URLSearchParams({ ...ask, resource: api.identifier });
    body.append("resource", other.identifier);
    const basic = Buffer.from(`${app.clientId}:${app.clientSecret ?? ""}`).toString("base64");
    const reply = await fetch(`${house.issuer}/oauth/token`, {
      method: "POST",
      headers: { authorization: `Basic ${basic}` },
      body,
    });
    expect(reply.status).toBe(400);
  });

  test("[S1] gets nothing for an API that is for chosen apps, unless it is one of them; a change holds at once", async () => {
    const [app, other] = [await house.makeApp({ kind: "machine" }), await house.makeApp({ kind: "machine" })];
    const api = await makeApi({ access: "chosen", appIds: [app.id] });
    const tries = async () => [
      (await askToken(house, app, { ...ask, resource: api.identifier })).status,
      (await askToken(house, other, { ...ask, resource: api.identifier })).status,
    ];
    expect(await tries()).toEqual([200, 400]);
    await house.work(async (work) => await updateResource(work, api.id, { appIds: [other.id] }));
    expect(await tries()).toEqual([400, 200]);
    await house.work(async (work) => await deleteResource(work, api.id));
    expect(await tries()).toEqual([400, 400]);
  });
});

describe("an app that somebody signs in to", () => {
  const scope = "openid email orders:read offline_access";

  test("[S1] names the API when it asks for tokens; without, they are for userinfo alone", async () => {
    const [api, app, user] = [await makeApi(), await house.makeApp(), await house.makeUser()];
    const config = await relyingParty(house, app);
    const browser = openBrowser(house.issuer);
    const { url, checks } = await startAttempt(config, app, { resource: api.identifier, scope });
    const page = await signInAt(browser, url, user.username);
    const tokens = await client.authorizationCodeGrant(config, page.url, checks, { resource: api.identifier });
    const { payload } = await verify(tokens.access_token, api.identifier);
    expect(payload).toMatchObject({
      sub: user.id,
      client_id: app.clientId,
      scope: "orders:read",
      acr: "urn:gatehouse:1fa",
      amr: ["pwd"],
      auth_time: expect.any(Number),
    });
    expect(tokens.claims()).toMatchObject({ sub: user.id, email: `${user.username}@example.com` });
    expect(await userinfo(tokens.access_token)).toBe(401);

    const own = await client.refreshTokenGrant(config, tokens.refresh_token ?? "");
    expect(await userinfo(own.access_token)).toBe(200);
    const next = await client.refreshTokenGrant(config, own.refresh_token ?? "", { resource: api.identifier });
    expect((await verify(next.access_token, api.identifier)).payload).toMatchObject({
      scope: "orders:read",
      auth_time: payload["auth_time"],
    });
    const foreign = { grant_type: "refresh_token", refresh_token: next.refresh_token ?? "" };
    expect(await askToken(house, app, { ...foreign, resource: (await makeApi()).identifier })).toMatchObject({
      status: 400,
      body: { error: "invalid_target" },
    });
  });

  test("[S1] [S7] gets no further token for the API once the user is disabled", async () => {
    const [api, app, user] = [await makeApi(), await house.makeApp(), await house.makeUser()];
    const { tokens } = await getTokens(house, app, user.username, { resource: api.identifier, scope });
    await house.work(async (work) => await changeStatus(work, user.id, "disable"));
    const refresh = { grant_type: "refresh_token", refresh_token: tokens.refresh_token ?? "" };
    expect(await askToken(house, app, { ...refresh, resource: api.identifier })).toMatchObject({
      status: 400,
      body: { error: "invalid_grant" },
    });
  });

  test("[S1] of a third party asks people for the scopes of the API, in its words", async () => {
    const app = await house.makeApp({ isThirdParty: true });
    const user = await house.makeUser();
    const config = await relyingParty(house, app);
    const open = await makeApi();
    const refused = await startAttempt(config, app, { resource: open.identifier, scope });
    expect((await openBrowser(house.issuer).visit(refused.url.href)).url.searchParams.get("error")).toBe(
      "invalid_target",
    );

    const api = await makeApi({ appIds: [app.id] });
    const browser = openBrowser(house.issuer);
    const { url, checks } = await startAttempt(config, app, { resource: api.identifier, scope: "openid orders:write" });
    const consent = await signInAt(browser, url, user.username);
    expect(consent.html).toContain("Orders: orders:write");
    expect(consent.html).not.toContain("Orders: orders:read");
    const page = await browser.submit(consent, { decision: "allow" });
    const tokens = await client.authorizationCodeGrant(config, page.url, checks, { resource: api.identifier });
    expect((await verify(tokens.access_token, api.identifier)).payload).toMatchObject({ scope: "orders:write" });
  });
});

describe("lifetimes and scopes of an app", () => {
  test("[S1] are its own where it has some", async () => {
    const app = await house.makeApp({
      accessTokenSeconds: 300,
      idTokenSeconds: 600,
      refreshIdleSeconds: 3600,
      refreshAbsoluteSeconds: 7200,
      idTokenAlg: "ES256",
    });
    const user = await house.makeUser();
    const { tokens } = await getTokens(house, app, user.username, { scope: "openid offline_access" });
    expect(tokens.expires_in).toBe(300);
    const claims = tokens.claims();
    expect((claims?.exp ?? 0) - (claims?.iat ?? 0)).toBe(600);
    const header = JSON.parse(Buffer.from((tokens.id_token ?? "").split(".")[0] ?? "", "base64url").toString()) as {
      alg: string;
    };
    expect(header.alg).toBe("ES256");
    const left = async () =>
      (
        await house.db.row<{ seconds: number }>(
          `select extract(epoch from expires_at - now())::int as seconds from oidc_records
           where model = 'RefreshToken' and client_id = $1 and consumed_at is null`,
          [app.clientId],
        )
      )?.seconds ?? 0;
    expect(Math.abs((await left()) - 3600)).toBeLessThan(30);
    // Near the end of the family, the next one lasts only until then.
    await house.db.run(
      `update oidc_records set payload = jsonb_set(payload, '{iiat}', to_jsonb(extract(epoch from now())::int - 7000))
       where model = 'RefreshToken' and client_id = $1`,
      [app.clientId],
    );
    await askToken(house, app, { grant_type: "refresh_token", refresh_token: tokens.refresh_token ?? "" });
    expect(Math.abs((await left()) - 200)).toBeLessThan(30);
  });

  test("[S1] keep an app to the scopes that it was given, offline_access included", async () => {
    const app = await house.makeApp({ scopes: ["openid", "email"] });
    const user = await house.makeUser();
    for (const scope of ["openid profile", "openid offline_access", "openid groups email"]) {
      const { url } = await startAttempt(await relyingParty(house, app), app, { scope });
      const page = await openBrowser(house.issuer).visit(url.href);
      expect(page.url.searchParams.get("error"), scope).toBe("invalid_scope");
    }
    for (const claims of [{ id_token: { groups: null } }, { userinfo: { name: { essential: true } } }]) {
      const { url } = await startAttempt(await relyingParty(house, app), app, { claims: JSON.stringify(claims) });
      const page = await openBrowser(house.issuer).visit(url.href);
      expect(page.url.searchParams.get("error"), JSON.stringify(claims)).toBe("invalid_scope");
    }
    const claims = JSON.stringify({ id_token: { email: null, acr: null, something: null } });
    const { tokens } = await getTokens(house, app, user.username, { claims });
    expect(tokens.claims()).toMatchObject({ email: `${user.username}@example.com` });
    await house.work(async (work) => await updateApp(work, app.id, { scopes: null }));
    const more = await getTokens(house, app, user.username, { scope: "openid profile" });
    expect(more.tokens.claims()).toMatchObject({ preferred_username: user.username });
  });
});
