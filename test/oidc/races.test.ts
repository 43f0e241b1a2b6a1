import { afterAll, beforeAll, expect, test } from "vitest";
import { askToken, getCode, getTokens, startAttempt } from "./support/relying-party.ts";
import { serveHouse } from "./support/served-house.ts";
import type { ServedHouse, TestApp } from "./support/served-house.ts";

const tries = 20;
const rounds = 50;

let house: ServedHouse;
let issuers: { issuer: string }[];
beforeAll(async () => {
  house = await serveHouse();
  // Two servers on one database, as two machines would be.
  issuers = [{ issuer: house.issuer }, { issuer: (await house.serveAgain()).origin }];
});
afterAll(async () => await house.close());

/** A browser that is signed in: each call gets another code there. */
async function signedIn(app: TestApp, username: string) {
  const { browser, config } = await getCode(house, app, username);
  await house.db.run("delete from oidc_records where model = 'AuthorizationCode'");
  return async () => {
    const { url, checks } = await startAttempt(config, app, { scope: "openid offline_access" });
    const page = await browser.visit(url.href);
    return { code: page.url.searchParams.get("code") ?? "", verifier: checks.pkceCodeVerifier };
  };
}

function redeeming(app: TestApp, { code, verifier }: { code: string; verifier: string }) {
  return { grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri: app.redirectUri };
}

/** The same request many times at once, half of it to each server. */
async function redeemAtOnce(app: TestApp, parameters: Record<string, string>) {
  const all = Array.from({ length: tries }, async (_, index) => {
    return await askToken(issuers[index % issuers.length] ?? house, app, parameters);
  });
  const replies = await Promise.all(all);
  const won = replies.filter((reply) => reply.status === 200);
  const lost = replies.filter((reply) => reply.status === 400 && reply.body["error"] === "invalid_grant");
  return { won, lost };
}

async function isAlive(accessToken: unknown): Promise<boolean> {
  const reply = await fetch(`${house.issuer}/oauth/userinfo`, {
    headers: { authorization: `Bearer ${String(accessToken)}` },
  });
  await reply.body?.cancel();
  return reply.status === 200;
}

test(
  `[S1] of ${tries} redemptions of one code at once, exactly one succeeds; ${rounds} times`,
  { timeout: 120_000 },
  async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const next = await signedIn(app, user.username);
    for (let round = 0; round < rounds; round += 1) {
      const { code, verifier } = await next();
      const { won, lost } = await redeemAtOnce(app, redeeming(app, { code, verifier }));
      expect([won.length, lost.length], `round ${round + 1}`).toEqual([1, tries - 1]);
      await expectOneFamily(user.id, won[0]?.body["access_token"], { AccessToken: 1, RefreshToken: 1 });
    }
  },
);

test(
  `[S1] of ${tries} uses of one refresh token at once, exactly one succeeds; ${rounds} times`,
  { timeout: 120_000 },
  async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const next = await signedIn(app, user.username);
    for (let round = 0; round < rounds; round += 1) {
      const { body } = await askToken(house, app, redeeming(app, await next()));
      const { won, lost } = await redeemAtOnce(app, {
        grant_type: "refresh_token",
        refresh_token: String(body["refresh_token"]),
      });
      expect([won.length, lost.length], `round ${round + 1}`).toEqual([1, tries - 1]);
      // The access token that came with the code lives on beside the new one.
      await expectOneFamily(user.id, won[0]?.body["access_token"], { AccessToken: 2, RefreshToken: 1 });
    }
  },
);

test("[S1] losers of a race that began in time do not cost the winner its tokens", async () => {
  const [app, user] = [await house.makeApp(), await house.makeUser()];
  const { tokens } = await getTokens(house, app, user.username, { scope: "openid offline_access" });
  const refresh = { grant_type: "refresh_token", refresh_token: tokens.refresh_token ?? "" };
  const [one, other] = await Promise.all([askToken(house, app, refresh), askToken(house, app, refresh)]);
  const winner = one.status === 200 ? one : other;
  expect([one.status, other.status].toSorted((a, b) => a - b)).toEqual([200, 400]);
  expect(await isAlive(winner.body["access_token"])).toBe(true);
});

/** How many replays of each user earlier rounds had: the log only grows. */
const replaysSeen = new Map<string, number>();

/**
 * What one redemption gives is there, and no more. A loser that came so late that it was a replay, which the log tells,
 * has revoked it; then there is nothing.
 */
async function expectOneFamily(userId: string, accessToken: unknown, family: Record<string, number>): Promise<void> {
  const rows = await house.db.rows<{ model: string; count: number }>(
    `select model, count(*)::int as count from oidc_records
     where account_id = $1 and consumed_at is null and model in ('RefreshToken', 'AccessToken', 'AuthorizationCode')
     group by model order by model`,
    [userId],
  );
  const replays = await house.db.rows("select 1 from events where type = 'token.reused' and subject_id = $1", [userId]);
  const isReplayed = replays.length > (replaysSeen.get(userId) ?? 0);
  replaysSeen.set(userId, replays.length);
  expect(Object.fromEntries(rows.map(({ model, count }) => [model, count]))).toEqual(isReplayed ? {} : family);
  expect(await isAlive(accessToken)).toBe(!isReplayed);
  await house.db.run("delete from oidc_records where account_id = $1 and model <> 'Session'", [userId]);
}
