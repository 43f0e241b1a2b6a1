import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import type { CryptoKey } from "jose";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allPermissions } from "#contract/permissions.ts";
import { createApiToken } from "#server/permissions/api-tokens.ts";
import { openBrowser } from "./support/browser.ts";
import { askToken, getTokens, relyingParty, signInAt, startAttempt } from "./support/relying-party.ts";
import { serveHouse } from "./support/served-house.ts";
import type { ServedHouse, TestApp } from "./support/served-house.ts";

let house: ServedHouse;
let apiToken: string;
beforeAll(async () => {
  house = await serveHouse();
  const make = { name: "admin", permissions: allPermissions };
  apiToken = (await house.work(async (work) => await createApiToken(work, make))).token;
});
afterAll(async () => await house.close());

async function makeKey(alg = "ES256") {
  const pair = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: "key-1", alg, use: "sig" };
  return { privateKey: pair.privateKey, jwk, secretJwk: await exportJWK(pair.privateKey) };
}

async function withKey(app: TestApp, key: CryptoKey): Promise<client.Configuration> {
  const auth = client.PrivateKeyJwt({ key, kid: "key-1" });
  return await client.discovery(new URL(house.issuer), app.clientId, undefined, auth, {
    execute: [client.allowInsecureRequests],
  });
}

async function patch(app: TestApp, body: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const reply = await fetch(`${house.issuer}/api/v1/apps/${app.id}`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${apiToken}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: reply.status, body: (await reply.json()) as Record<string, unknown> };
}

describe("an app with a key of its own", () => {
  test("[S1] proves with it who it is, and its secret does not count any more (RFC 7523)", async () => {
    const { privateKey, jwk } = await makeKey();
    const [app, user] = [await house.makeApp({ proof: "key", jwks: { keys: [jwk] } }), await house.makeUser()];
    const config = await withKey(app, privateKey);
    const { url, checks } = await startAttempt(config, app);
    const page = await signInAt(openBrowser(house.issuer), url, user.username);
    const tokens = await client.authorizationCodeGrant(config, page.url, checks);
    expect(tokens.claims()?.sub).toBe(user.id);
    expect(await askToken(house, app, { grant_type: "client_credentials" })).toMatchObject({
      status: 401,
      body: { error: "invalid_client" },
    });
    const { privateKey: foreign } = await makeKey();
    await expect(client.tokenIntrospection(await withKey(app, foreign), "x")).rejects.toThrow();
  });

  test("[S1] shows each of its proofs once (RFC 7523 §3)", async () => {
    const { privateKey, jwk } = await makeKey();
    const app = await house.makeApp({ kind: "machine", proof: "key", jwks: { keys: [jwk] } });
    const assertion = await new SignJWT()
      .setProtectedHeader({ alg: "ES256", kid: "key-1" })
      .setIssuer(app.clientId)
      .setSubject(app.clientId)
      .setAudience(house.issuer)
      .setJti("once")
      .setIssuedAt()
      .setExpirationTime("1m")
      .sign(privateKey);
    const body = () =>
      new URLSearchParams({
        grant_type: "client_credentials",
        client_id: app.clientId,
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: assertion,
      });
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const reply = await fetch(`${house.issuer}/oauth/token`, { method: "POST", body: body() });
        await reply.body?.cancel();
        return reply.status;
      }),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 401)).toHaveLength(19);
  });

  test("[S1] may publish its keys at an address, which is asked for them", async () => {
    const { privateKey, jwk } = await makeKey("RS256");
    const publisher = createServer((_req, res) =>
      res.setHeader("content-type", "application/json").end(JSON.stringify({ keys: [jwk] })),
    );
    await new Promise<void>((resolve) => publisher.listen(0, "127.0.0.1", resolve));
    const jwksUri = `http://127.0.0.1:${(publisher.address() as AddressInfo).port}/keys`;
    const app = await house.makeApp({ kind: "machine", proof: "key", jwksUri });
    const tokens = await client.clientCredentialsGrant(await withKey(app, privateKey));
    expect(tokens.access_token).toEqual(expect.any(String));
    publisher.close();
  });

  test("[S1] is not given a key that is none, or one whose private half is shown", async () => {
    const { jwk, secretJwk } = await makeKey();
    const app = await house.makeApp();
    const refused = { status: 400, body: { code: "app.keysInvalid" } };
    expect(await patch(app, { jwks: { keys: [{ ...secretJwk, kid: "a" }] } })).toMatchObject(refused);
    expect(await patch(app, { jwks: { keys: [{ kty: "oct", k: "AAAA", kid: "a" }] } })).toMatchObject(refused);
    expect(await patch(app, { jwks: { keys: [{ kty: "EC", crv: "P-256", x: "x", y: "y" }] } })).toMatchObject(refused);
    expect(await patch(app, { jwks: { keys: [jwk, jwk] } })).toMatchObject(refused);
    expect(await patch(app, { proof: "key" })).toMatchObject(refused);
    expect(await patch(app, { requireJar: true })).toMatchObject(refused);
    expect(await patch(app, { jwksUri: "http://app.example.com/keys" })).toMatchObject({
      status: 400,
      body: { code: "app.addressInvalid" },
    });
    expect(await patch(app, { jwks: { keys: [jwk] }, proof: "key" })).toMatchObject({ status: 200 });
    const refresh = { refreshIdleSeconds: 7200, refreshAbsoluteSeconds: 3600 };
    expect(await patch(app, refresh)).toMatchObject({ status: 400, body: { code: "app.lifetimesInvalid" } });
    expect(await patch(app, { scopes: ["openid", "admin"] })).toMatchObject({ body: { code: "app.scopeInvalid" } });
    expect(await patch(app, { grantTypes: ["implicit"] })).toMatchObject({ body: { code: "app.grantInvalid" } });
  });
});

describe("requests that an app signs (RFC 9101)", () => {
  test("[S1] are taken, and what stands beside them in the address does not count", async () => {
    const { privateKey, jwk } = await makeKey();
    const [app, user] = [await house.makeApp({ requireJar: true, jwks: { keys: [jwk] } }), await house.makeUser()];
    const config = await relyingParty(house, app);
    const plain = await startAttempt(config, app, { scope: "openid offline_access", max_age: "600" });
    const parameters = Object.fromEntries(plain.url.searchParams);
    const url = await client.buildAuthorizationUrlWithJAR(config, parameters, { key: privateKey, kid: "key-1" });
    url.searchParams.set("scope", "openid profile");
    const page = await signInAt(openBrowser(house.issuer), url, user.username);
    const tokens = await client.authorizationCodeGrant(config, page.url, { ...plain.checks, maxAge: 600 });
    expect(tokens.scope?.split(" ").toSorted()).toEqual(["offline_access", "openid"]);
    expect(tokens.refresh_token).toEqual(expect.any(String));

    // Not signed where it must be, changed on the way, or signed by somebody else.
    const unsigned = await openBrowser(house.issuer).visit(plain.url.href);
    expect(unsigned.url.searchParams.get("error") ?? String(unsigned.status)).toMatch(/invalid_request|400/);
    const request = url.searchParams.get("request") ?? "";
    const [head = "", body = "", signature = ""] = request.split(".");
    const other = Buffer.from(body, "base64url").toString().replace('"openid offline_access"', '"openid email"');
    const { privateKey: foreign } = await makeKey();
    const forged = await client.buildAuthorizationUrlWithJAR(config, parameters, { key: foreign, kid: "key-1" });
    const none = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${body}.`;
    for (const wrong of [
      `${head}.${Buffer.from(other).toString("base64url")}.${signature}`,
      forged.searchParams.get("request") ?? "",
      none,
    ]) {
      const tried = new URL(url);
      tried.searchParams.set("request", wrong);
      const answer = await openBrowser(house.issuer).visit(tried.href);
      expect(`${answer.url.href} ${answer.html}`).toContain("invalid_request_object");
      expect(answer.url.searchParams.get("code")).toBeNull();
    }
  });
});

describe("an app that must", () => {
  test("[S1] push its requests cannot send them with a browser (RFC 9126)", async () => {
    const [app, user] = [await house.makeApp({ requirePar: true }), await house.makeUser()];
    const config = await relyingParty(house, app);
    const plain = await startAttempt(config, app, { scope: "openid offline_access" });
    const refused = await openBrowser(house.issuer).visit(plain.url.href);
    expect(refused.url.searchParams.get("error") ?? refused.html).toContain("invalid_request");
    const url = await client.buildAuthorizationUrlWithPAR(config, Object.fromEntries(plain.url.searchParams));
    expect([...url.searchParams.keys()].toSorted()).toEqual(["client_id", "request_uri"]);
    const page = await signInAt(openBrowser(house.issuer), url, user.username);
    const tokens = await client.authorizationCodeGrant(config, page.url, plain.checks);
    expect(tokens.refresh_token).toEqual(expect.any(String));
  });

  test("[S1] bind its tokens to a key gets none without one, and they are no good without it (RFC 9449)", async () => {
    const [app, user] = [await house.makeApp({ requireDpop: true }), await house.makeUser()];
    const config = await relyingParty(house, app);
    await expect(getTokens(house, app, user.username)).rejects.toThrow();
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair());
    const { url, checks } = await startAttempt(config, app);
    const page = await signInAt(openBrowser(house.issuer), url, user.username);
    const tokens = await client.authorizationCodeGrant(config, page.url, checks, undefined, { DPoP });
    expect(tokens.token_type).toBe("dpop");
    const about = await client.fetchUserInfo(config, tokens.access_token, user.id, { DPoP });
    expect(about.sub).toBe(user.id);
    const bare = await fetch(`${house.issuer}/oauth/userinfo`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    await bare.body?.cancel();
    expect(bare.status).toBe(401);
  });
});
