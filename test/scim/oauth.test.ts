import { calculateJwkThumbprint, decodeJwt, exportJWK, generateKeyPair, SignJWT } from "jose";
import type { CryptoKey } from "jose";
import * as client from "openid-client";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createDirectory } from "#server/directories/create-directory.ts";
import type { NewDirectory } from "#server/directories/create-directory.ts";
import {
  addDirectoryClient,
  removeDirectoryClient,
  rotateDirectorySecret,
} from "#server/directories/directory-client.ts";
import type { DirectoryClient } from "#server/directories/directory-client.ts";
import { updateDirectory } from "#server/directories/update-directory.ts";
import { createApiToken } from "#server/permissions/api-tokens.ts";
import { askToken, getTokens, post, relyingParty, startAttempt } from "#test/oidc/support/relying-party.ts";
import { serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse } from "#test/oidc/support/served-house.ts";
import { expectError, made, person, scimClient } from "./support/scim-client.ts";
import type { ScimClient } from "./support/scim-client.ts";

let house: ServedHouse;
let count = 0;

beforeAll(async () => {
  house = await serveHouse();
});
afterAll(async () => await house.close());

interface Connected {
  id: string;
  /** The directory with its own token. */
  fixed: ScimClient;
  oauth: DirectoryClient;
}

/** A directory with a token and a client. */
async function connect(fields: Partial<NewDirectory> = {}, expiresAt?: Date): Promise<Connected> {
  count += 1;
  return await house.work(async (work) => {
    const { directory, token } = await createDirectory(work, { name: `OAuth ${count}`, rateLimit: null, ...fields });
    const oauth = await addDirectoryClient(work, directory.id, expiresAt === undefined ? {} : { expiresAt });
    return { id: directory.id, fixed: scimClient(house.issuer, { id: directory.id, token }), oauth };
  });
}

function scimWith(token: string): ScimClient {
  return scimClient(house.issuer, { id: "", token });
}

/** What the token endpoint answers, on the wire. */
async function ask({ clientId, clientSecret }: DirectoryClient, more: Record<string, string> = {}) {
  return await askToken(house, { clientId, clientSecret }, { grant_type: "client_credentials", ...more });
}

async function tokenOf(oauth: DirectoryClient): Promise<string> {
  const { status, body } = await ask(oauth);
  expect(status, JSON.stringify(body)).toBe(200);
  return String(body["access_token"]);
}

async function config({ clientId, clientSecret }: DirectoryClient, auth?: client.ClientAuth) {
  return await client.discovery(new URL(house.issuer), clientId, clientSecret ?? undefined, auth, {
    execute: [client.allowInsecureRequests],
  });
}

/** Expects the refusal of a token: 401, a SCIM error, and how it would be done (RFC 6750 §3). */
async function expectRefused(token: string, path = "/Users", detail = /./): Promise<void> {
  const answer = await scimWith(token).get(path);
  expectError(answer, 401, undefined, detail);
  expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="scim", error="invalid_token"');
}

describe("[P4] an access token of a directory's client", () => {
  test("[P4] openid-client gets one by either way to show the secret, and SCIM takes it for the directory itself", async () => {
    const { id, fixed, oauth } = await connect();
    const other = await connect();
    const known = await made(fixed, person("oauth-known"));
    await made(other.fixed, person("oauth-strange"));
    const secret = oauth.clientSecret ?? "";
    for (const auth of [client.ClientSecretBasic(secret), client.ClientSecretPost(secret)]) {
      const tokens = await client.clientCredentialsGrant(await config(oauth, auth), { scope: "scim" });
      expect(tokens).toMatchObject({ token_type: "bearer", scope: "scim", expires_in: 900 });
      const scim = scimWith(tokens.access_token);
      expect((await scim.get(`/Users/${known}`)).body.userName).toBe("oauth-known");
      expect((await scim.get("/Users")).body.totalResults).toBe(1);
    }
    const scim = scimWith(await tokenOf(oauth));
    const created = await made(scim, person("oauth-made"));
    expect((await fixed.get(`/Users/${created}`)).status).toBe(200);
    const row = await house.db.row("select directory_id from users where id = $1", [created]);
    expect(row).toEqual({ directory_id: id });
    const event = await house.db.row(
      "select actor_kind, actor_id from events where type = 'user.created' and subject_id = $1",
      [created],
    );
    expect(event).toEqual({ actor_kind: "directory", actor_id: id });
    await scim.delete(`/Users/${created}`);
  });

  test("[P4] a client without a field for the scope gets scim; other scopes and APIs are refused", async () => {
    const { oauth } = await connect();
    expect((await ask(oauth)).body).toMatchObject({ scope: "scim", token_type: "Bearer" });
    expect((await ask(oauth, { scope: "scim" })).body).toMatchObject({ scope: "scim" });
    for (const scope of ["openid", "scim openid", "scim.me"]) {
      expect(await ask(oauth, { scope })).toMatchObject({ status: 400, body: { error: "invalid_scope" } });
    }
    const elsewhere = await ask(oauth, { resource: "https://api.example.com" });
    expect(elsewhere).toMatchObject({ status: 400, body: { error: "invalid_target" } });
  });

  test("[P4] a client can do nothing else: no sign-in, no code, no refresh", async () => {
    const { oauth } = await connect();
    const query = new URLSearchParams({
      client_id: oauth.clientId,
      response_type: "code",
      redirect_uri: "https://a.example/",
      scope: "openid",
    });
    const reply = await fetch(`${house.issuer}/oauth/authorize?${query.toString()}`, { redirect: "manual" });
    await reply.body?.cancel();
    expect(reply.status).toBe(400);
    for (const grant_type of ["authorization_code", "refresh_token"]) {
      expect((await ask(oauth, { grant_type, code: "x", refresh_token: "x", redirect_uri: "x" })).status).toBe(400);
    }
    for (const wrong of ["", "ghc_wrong", `${oauth.clientSecret}x`]) {
      expect([400, 401]).toContain((await ask({ ...oauth, clientSecret: wrong })).status);
    }
    const digest = await house.db.row<{ hex: string }>(
      `select encode(secret_hash, 'hex') as hex from directory_client_credentials k
       join directory_clients c using (directory_id) where c.client_id = $1`,
      [oauth.clientId],
    );
    expect((await ask({ ...oauth, clientSecret: digest?.hex ?? "" })).status).toBe(401);
  });

  test("[P4] requests are in the directory's log, and the secret shows when it was last used", async () => {
    const { id, oauth } = await connect();
    await scimWith(await tokenOf(oauth)).get("/Users?count=0");
    await vi.waitFor(async () => {
      const logged = await house.db.rows(
        "select method, path, status from directory_requests where directory_id = $1",
        [id],
      );
      expect(logged).toEqual([{ method: "GET", path: "/scim/v2/Users?count=0", status: 200 }]);
      const used = await house.db.row<{ credential: Date; directory: Date }>(
        `select k.last_used_at as credential, d.last_request_at as directory
         from directory_client_credentials k join directories d on d.id = k.directory_id where d.id = $1`,
        [id],
      );
      expect(used?.credential).toBeInstanceOf(Date);
      expect(used?.directory).toEqual(used?.credential);
    });
  });

  test("[P4] the rate limit is the directory's, by whichever token", async () => {
    const { fixed, oauth } = await connect({ rateLimit: 1 });
    const scim = scimWith(await tokenOf(oauth));
    expect((await scim.get("/Users?count=0")).status).toBe(200);
    expectError(await scim.get("/Users?count=0"), 429);
    expectError(await fixed.get("/Users?count=0"), 429);
  });

  test("[P1] scale: it is looked up by one statement, as a fixed token is", async () => {
    const { fixed, oauth } = await connect();
    const scim = scimWith(await tokenOf(oauth));
    const id = await made(fixed, person("oauth-counted"));
    for (const one of [fixed, scim]) {
      const query = vi.spyOn(pg.Client.prototype, "query");
      expect((await one.get(`/Users/${id}`)).status).toBe(200);
      // The request log is written by a timer and belongs to no request.
      const ours = query.mock.calls
        .map((given) => JSON.stringify(given))
        .filter((text) => /directory_(?:client|token)s|from users u/.test(text) && !text.includes("last_request_at"));
      query.mockRestore();
      expect(ours).toHaveLength(2);
    }
  });
});

describe("[P4] the end of a token", () => {
  test("[P4] with the client: at once, and the client is nobody", async () => {
    const { id, fixed, oauth } = await connect();
    const token = await tokenOf(oauth);
    expect((await scimWith(token).get("/Users")).status).toBe(200);
    await house.work(async (work) => await removeDirectoryClient(work, id));
    await expectRefused(token);
    expect(await ask(oauth)).toMatchObject({ status: 401, body: { error: "invalid_client" } });
    expect((await fixed.get("/Users")).status).toBe(200);
    const next = await house.work(async (work) => await addDirectoryClient(work, id));
    expect(next.clientId).not.toBe(oauth.clientId);
    await expectRefused(token);
  });

  test("[P4] with a pause: nothing goes and no token is given; afterwards older tokens stay dead", async () => {
    const { id, fixed, oauth } = await connect();
    const token = await tokenOf(oauth);
    const pause = async (isPaused: boolean) =>
      await house.work(async (work) => await updateDirectory(work, id, { isPaused }));
    await pause(true);
    expectError(await scimWith(token).get("/Users"), 403, undefined, /paused/);
    expect(await ask(oauth)).toMatchObject({ status: 400, body: { error: "unauthorized_client" } });
    await pause(false);
    await expectRefused(token);
    expect((await scimWith(await tokenOf(oauth)).get("/Users")).status).toBe(200);
    expect((await fixed.get("/Users")).status).toBe(200);
  });

  test("[P4] with its secret: both work for the overlap of a rotation; without one the older token is dead at once", async () => {
    const { id, oauth } = await connect();
    const rotate = async (overlapHours: number) =>
      await house.work(async (work) => await rotateDirectorySecret(work, id, { overlapHours }));
    const first = await tokenOf(oauth);
    const second = await rotate(24);
    expect(second.clientId).toBe(oauth.clientId);
    const [again, newer] = [await tokenOf(oauth), await tokenOf(second)];
    for (const token of [first, again, newer]) expect((await scimWith(token).get("/Users")).status).toBe(200);
    const third = await rotate(0);
    for (const token of [first, again, newer]) await expectRefused(token);
    for (const old of [oauth, second]) expect((await ask(old)).status).toBe(401);
    expect((await scimWith(await tokenOf(third)).get("/Users")).status).toBe(200);
  });

  test("[P4] with the time that its secret was given, and with its own", async () => {
    const limited = await connect({}, new Date(house.clock.now.getTime() + 3_600_000));
    const unlimited = await connect();
    const [token, other] = [await tokenOf(limited.oauth), await tokenOf(unlimited.oauth)];
    expect((await scimWith(token).get("/Users")).status).toBe(200);
    const over = await house.db.run(
      `update directory_client_credentials set expires_at = expires_at - interval '2 hours'
       where directory_id = $1 and expires_at > $2`,
      [limited.id, house.clock.now],
    );
    expect(over).toBe(1);
    await expectRefused(token);
    expect((await ask(limited.oauth)).status).toBe(401);
    expect((await scimWith(other).get("/Users")).status).toBe(200);
    await house.db.run("update oidc_records set expires_at = $1 where model = 'ClientCredentials'", [house.clock.now]);
    await expectRefused(other);
  });

  test("[P4] by its own client, who revokes it (RFC 7009)", async () => {
    const { oauth } = await connect();
    const token = await tokenOf(oauth);
    const introspected = await post(`${house.issuer}/oauth/introspect`, oauth, { token });
    expect(introspected.body).toMatchObject({ active: true, scope: "scim", client_id: oauth.clientId });
    await client.tokenRevocation(await config(oauth), token);
    await expectRefused(token);
  });
});

describe("[P4] a client that signs (RFC 7523)", () => {
  interface Signer {
    id: string;
    clientId: string;
    key: CryptoKey;
    kid: string;
    publicKey: string;
  }

  async function newKey(kid?: string): Promise<{ key: CryptoKey; publicKey: string; kid: string }> {
    const pair = await generateKeyPair("ES256", { extractable: true });
    const jwk = await exportJWK(pair.publicKey);
    const name = kid ?? (await calculateJwkThumbprint(jwk));
    return { key: pair.privateKey, publicKey: JSON.stringify(kid === undefined ? jwk : { ...jwk, kid }), kid: name };
  }

  async function signer(kid?: string): Promise<Signer> {
    count += 1;
    const fresh = await newKey(kid);
    return await house.work(async (work) => {
      const { directory } = await createDirectory(work, { name: `Signs ${count}`, rateLimit: null });
      const { clientId, clientSecret } = await addDirectoryClient(work, directory.id, { publicKey: fresh.publicKey });
      expect(clientSecret).toBeNull();
      return { id: directory.id, clientId, ...fresh };
    });
  }

  /** A signed statement of who asks, with anything of it changed. */
  async function assertion(who: Signer, more: Record<string, unknown> = {}, header: { kid?: string } = {}) {
    count += 1;
    const exp = Math.floor(Date.now() / 1000) + 60;
    const claims = { iss: who.clientId, sub: who.clientId, aud: house.issuer, jti: `a-${count}`, exp, ...more };
    return await new SignJWT(claims).setProtectedHeader({ alg: "ES256", ...header }).sign(who.key);
  }

  async function show(statement: string) {
    return await askToken(
      house,
      { clientId: "", clientSecret: null },
      {
        grant_type: "client_credentials",
        client_id: String(decodeJwt(statement)["sub"]),
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: statement,
      },
    );
  }

  test("[P4] openid-client signs with its key and gets a token that SCIM takes", async () => {
    const who = await signer("key-of-mine");
    const auth = client.PrivateKeyJwt({ key: who.key, kid: who.kid });
    const tokens = await client.clientCredentialsGrant(await config({ ...who, clientSecret: null }, auth));
    expect(tokens.scope).toBe("scim");
    expect((await scimWith(tokens.access_token).get("/Users")).status).toBe(200);
  });

  test("[P4] a statement counts once, also when it comes many times at once", async () => {
    const who = await signer();
    const statement = await assertion(who);
    const replies = await Promise.all(Array.from({ length: 8 }, async () => await show(statement)));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(replies.filter(({ status, body }) => status === 401 && body["error"] === "invalid_client")).toHaveLength(7);
    expect((await show(statement)).status).toBe(401);
    expect((await show(await assertion(who))).status).toBe(200);
  });

  test("[P4] what another key signed, is for somebody else, too old or nameless, is refused; so is a secret", async () => {
    const [who, other] = [await signer(), await signer()];
    const wrong = [
      await assertion({ ...who, key: other.key }),
      await assertion(who, {}, { kid: "unknown" }),
      await assertion(who, { iss: other.clientId }),
      await assertion(who, { aud: "https://elsewhere.example.com" }),
      await assertion(who, { exp: Math.floor(Date.now() / 1000) - 60 }),
      await assertion(who, { jti: undefined }),
    ];
    for (const statement of wrong) expect((await show(statement)).status).toBe(401);
    expect([400, 401]).toContain((await ask({ clientId: who.clientId, clientSecret: "anything" })).status);
  });

  test("[P4] keys rotate as secrets do: a token ends with the key that it was got with", async () => {
    const who = await signer();
    const [named, nameless] = [
      await show(await assertion(who, {}, { kid: who.kid })),
      await show(await assertion(who)),
    ];
    const [first, second] = [String(named.body["access_token"]), String(nameless.body["access_token"])];
    const next = await newKey();
    const rotate = async (publicKey: string | undefined, overlapHours: number) =>
      await house.work(async (work) => await rotateDirectorySecret(work, who.id, { publicKey, overlapHours }));
    await expect(rotate(undefined, 0)).rejects.toMatchObject({ code: "directory.proofDiffers" });
    await expect(rotate(who.publicKey, 24)).rejects.toMatchObject({ code: "directory.keyInvalid" });
    await rotate(next.publicKey, 24);
    expect((await show(await assertion(who))).status).toBe(200);
    const third = String((await show(await assertion({ ...who, ...next }))).body["access_token"]);
    for (const token of [first, second, third]) expect((await scimWith(token).get("/Users")).status).toBe(200);
    const last = await newKey();
    await rotate(last.publicKey, 0);
    for (const token of [first, second, third]) await expectRefused(token);
    expect((await show(await assertion(who))).status).toBe(401);
    expect((await show(await assertion({ ...who, ...last }))).status).toBe(200);
  });
});

describe("[P4] what is no token of a directory", () => {
  test("[P4] tokens of apps and people, and what is no access token at all, are 401", async () => {
    const [machine, app, user] = [
      await house.makeApp({ kind: "machine", redirectUris: [] }),
      await house.makeApp({ scimMe: true }),
      await house.makeUser(),
    ];
    const { oauth } = await connect();
    const { tokens } = await getTokens(house, app, user.username, { scope: "openid profile offline_access" });
    const me = await getTokens(house, app, user.username, { scope: "openid scim.me" });
    const own = await client.clientCredentialsGrant(await relyingParty(house, machine));
    await expectRefused(own.access_token, "/Users", /no directory/);
    await expectRefused(tokens.access_token, "/Users", /scim\.me/);
    await expectRefused(me.tokens.access_token, "/Users", /\/Me alone/);
    for (const path of ["/Users/x", "/Groups", "/Bulk", "/", "/nowhere"])
      await expectRefused(me.tokens.access_token, path);
    for (const token of [tokens.id_token, tokens.refresh_token, oauth.clientSecret, oauth.clientId]) {
      await expectRefused(token ?? "");
    }
  });

  test("[P4] one that is bound to a key proves nothing without it (RFC 9449)", async () => {
    const { oauth } = await connect();
    const handle = client.getDPoPHandle(await config(oauth), await client.randomDPoPKeyPair("ES256"));
    const tokens = await client.clientCredentialsGrant(await config(oauth), { scope: "scim" }, { DPoP: handle });
    expect(tokens.token_type).toBe("dpop");
    await expectRefused(tokens.access_token, "/Users", /bound to a key/);
  });

  test("[P4] no app can have the scope scim, and scim.me only one that was given it", async () => {
    const machine = await house.makeApp({ kind: "machine", redirectUris: [] });
    for (const scope of ["scim", "scim.me"]) {
      expect(await askToken(house, machine, { grant_type: "client_credentials", scope })).toMatchObject({
        status: 400,
        body: { error: "invalid_scope" },
      });
    }
    const [plain, given] = [await house.makeApp(), await house.makeApp({ scimMe: true })];
    for (const [app, scope] of [
      [plain, "openid scim"],
      [plain, "openid scim.me"],
      [given, "openid scim"],
    ] as const) {
      const { url } = await startAttempt(await relyingParty(house, app), app, { scope });
      const reply = await fetch(url, { redirect: "manual" });
      expect(new URL(reply.headers.get("location") ?? "").searchParams.get("error")).toBe("invalid_scope");
    }
  });
});

test("[P4] [C2] a client is made, rotated and removed over the admin API, its secret shown once", async () => {
  const { token } = await house.work(
    async (work) => await createApiToken(work, { name: "directories", permissions: ["directories"] }),
  );
  const call = async (method: string, path: string, body?: object) => {
    const reply = await fetch(`${house.issuer}/api/v1/directories${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { "content-type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    return { status: reply.status, body: text === "" ? {} : (JSON.parse(text) as Record<string, never>) };
  };
  const { body: directory } = await call("POST", "", { name: "By API" });
  const at = `/${String(directory["id"])}`;
  expect(directory["client"]).toBeNull();
  expect(await call("POST", `${at}/client/secrets`, {})).toMatchObject({ status: 404 });
  expect(await call("DELETE", `${at}/client`)).toMatchObject({ body: { code: "directory.noClient" } });
  const past = await call("POST", `${at}/client`, { expiresAt: "2001-01-01T00:00:00Z" });
  expect(past).toMatchObject({ status: 400, body: { code: "directory.timePast", field: "expiresAt" } });
  const created = await call("POST", `${at}/client`, {});
  expect(created).toMatchObject({ status: 201, body: { client: { tokenUrl: `${house.issuer}/oauth/token` } } });
  const secret = String(created.body["clientSecret"]);
  const { clientId } = created.body["client"] as unknown as { clientId: string };
  expect((await ask({ clientId, clientSecret: secret })).status).toBe(200);
  expect(await call("POST", `${at}/client`, {})).toMatchObject({ status: 409, body: { code: "directory.hasClient" } });
  const rotated = await call("POST", `${at}/client/secrets`, { overlapHours: 1 });
  const read = await call("GET", at);
  expect(read.body["client"]).toMatchObject({
    clientId,
    credentials: [
      { hint: String(rotated.body["clientSecret"]).slice(-4), expiresAt: null },
      { hint: secret.slice(-4), expiresAt: expect.any(String) },
    ],
  });
  expect(JSON.stringify(read.body)).not.toContain(secret);
  expect((await call("DELETE", `${at}/client`)).status).toBe(204);
  expect((await call("GET", at)).body["client"]).toBeNull();
  const events = await house.db.rows<{ type: string }>(
    "select type, details from events where subject_id = $1 and type like 'directory.client%' order by id",
    [directory["id"]],
  );
  expect(events.map((event) => event.type)).toEqual([
    "directory.clientCreated",
    "directory.clientRotated",
    "directory.clientRemoved",
  ]);
  expect(JSON.stringify(events)).not.toMatch(/ghc_/);
});
