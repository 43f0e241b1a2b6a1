import * as client from "openid-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { askToken, getTokens } from "./support/relying-party.ts";
import { serveHouse } from "./support/served-house.ts";
import type { ServedHouse, TestApp } from "./support/served-house.ts";

let house: ServedHouse;
beforeAll(async () => {
  house = await serveHouse();
});
afterAll(async () => await house.close());

async function refresh(app: TestApp, token: unknown, more: Record<string, string> = {}) {
  return await askToken(house, app, { grant_type: "refresh_token", refresh_token: String(token), ...more });
}

test("[S1] a refresh token comes with offline_access and not without, prompt or no prompt", async () => {
  const [app, user] = [await house.makeApp(), await house.makeUser()];
  expect((await getTokens(house, app, user.username)).tokens.refresh_token).toBeUndefined();
  const { tokens } = await getTokens(house, app, user.username, { scope: "openid offline_access" });
  expect(tokens.refresh_token).toBeTypeOf("string");
  expect(tokens.scope).toBe("openid offline_access");
});

test("[S1] an app without the grant gets no refresh token", async () => {
  const [app, user] = [await house.makeApp({ grantTypes: ["authorization_code"] }), await house.makeUser()];
  const { tokens } = await getTokens(house, app, user.username, { scope: "openid offline_access" });
  expect(tokens.refresh_token).toBeUndefined();
});

test.each(["web", "public"] as const)(
  "[S1] each refresh token of a %s app works once and brings the next",
  async (kind) => {
    const [app, user] = [await house.makeApp({ kind }), await house.makeUser()];
    const { tokens, config } = await getTokens(house, app, user.username, { scope: "openid email offline_access" });
    let token = tokens.refresh_token ?? "";
    for (let round = 0; round < 3; round += 1) {
      const next = await client.refreshTokenGrant(config, token);
      expect(next.refresh_token).toBeTypeOf("string");
      expect(next.refresh_token).not.toBe(token);
      expect(next.claims()).toMatchObject({ sub: user.id, email: `${user.username}@example.com` });
      await client.fetchUserInfo(config, next.access_token, user.id);
      token = next.refresh_token ?? "";
    }
  },
);

test("[S1] a refresh token that is used again ends its whole family (RFC 9700 §4.14.2)", async () => {
  const [app, user] = [await house.makeApp(), await house.makeUser()];
  const { tokens, config } = await getTokens(house, app, user.username, { scope: "openid offline_access" });
  const second = await refresh(app, tokens.refresh_token);
  const third = await refresh(app, second.body["refresh_token"]);
  expect(third.status).toBe(200);
  expect(await refresh(app, tokens.refresh_token)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  expect(await refresh(app, third.body["refresh_token"])).toMatchObject({ status: 400 });
  for (const access of [tokens.access_token, second.body["access_token"], third.body["access_token"]]) {
    await expect(client.fetchUserInfo(config, String(access), user.id)).rejects.toThrow();
  }
  const left = await house.db.rows(
    "select model from oidc_records where account_id = $1 and model in ('AccessToken', 'RefreshToken', 'Grant')",
    [user.id],
  );
  expect(left).toEqual([]);
  const events = await house.db.rows(
    "select type, outcome, details from events where subject_id = $1 and type like 'token.%'",
    [user.id],
  );
  expect(events).toEqual([
    { type: "token.reused", outcome: "failure", details: { what: "refreshToken", client: app.clientId } },
  ]);
});

test("[S1] the family of one app ends, another's goes on", async () => {
  const [app, other, user] = [await house.makeApp(), await house.makeApp(), await house.makeUser()];
  const { tokens } = await getTokens(house, app, user.username, { scope: "openid offline_access" });
  const others = await getTokens(house, other, user.username, { scope: "openid offline_access" });
  await refresh(app, tokens.refresh_token);
  await refresh(app, tokens.refresh_token);
  expect((await refresh(other, others.tokens.refresh_token)).status).toBe(200);
});

test("[S1] a refresh token is its app's alone", async () => {
  const [app, thief, user] = [await house.makeApp(), await house.makeApp(), await house.makeUser()];
  const { tokens } = await getTokens(house, app, user.username, { scope: "openid offline_access" });
  expect(await refresh(thief, tokens.refresh_token)).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  expect((await refresh(app, tokens.refresh_token)).status).toBe(200);
});

test("[S1] a refresh may ask for less and never for more (RFC 6749 §6)", async () => {
  const [app, user] = [await house.makeApp(), await house.makeUser()];
  const { tokens } = await getTokens(house, app, user.username, { scope: "openid email offline_access" });
  const more = await refresh(app, tokens.refresh_token, { scope: "openid profile" });
  expect(more).toMatchObject({ status: 400, body: { error: "invalid_scope" } });
  const less = await refresh(app, tokens.refresh_token, { scope: "openid" });
  expect(less).toMatchObject({ status: 200, body: { scope: "openid" } });
});

test("[S1] a family ends 90 days after the sign-in, however often it was refreshed (ASVS 10.4.8)", async () => {
  const [app, user] = [await house.makeApp(), await house.makeUser()];
  const { tokens } = await getTokens(house, app, user.username, { scope: "openid offline_access" });
  const began = Math.floor(Date.now() / 1000) - 89 * 86_400;
  await house.db.run(
    `update oidc_records set payload = jsonb_set(payload, '{iiat}', $2::jsonb)
     where account_id = $1 and model = 'RefreshToken'`,
    [user.id, JSON.stringify(began)],
  );
  const next = await refresh(app, tokens.refresh_token);
  expect(next.status).toBe(200);
  const row = await house.db.row<{ days: number }>(
    `select extract(epoch from expires_at - now())::float8 / 86400 as days from oidc_records
     where account_id = $1 and model = 'RefreshToken' and consumed_at is null`,
    [user.id],
  );
  expect(row?.days).toBeGreaterThan(0.9);
  expect(row?.days).toBeLessThan(1.1);
});

test("[S1] no value that bears rights is in the database", async () => {
  const [app, user] = [await house.makeApp(), await house.makeUser()];
  const { tokens, browser, page } = await getTokens(house, app, user.username, { scope: "openid offline_access" });
  const rows = await house.db.rows<{ text: string }>("select r::text as text from oidc_records r");
  const everything = rows.map((row) => row.text).join("\n");
  const cookies = [...browser.cookies].map(([, cookie]) => cookie.value);
  for (const value of [
    tokens.access_token,
    tokens.refresh_token ?? "",
    page.url.searchParams.get("code") ?? "",
    ...cookies,
    ...(app.clientSecret === null ? [] : [app.clientSecret]),
  ]) {
    expect(value.length).toBeGreaterThan(20);
    expect(everything).not.toContain(value);
  }
});
