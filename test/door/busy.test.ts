import { availableParallelism } from "node:os";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "#test/oidc/support/browser.ts";
import { askToken, getTokens, relyingParty, startAttempt } from "#test/oidc/support/relying-party.ts";
import { serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse } from "#test/oidc/support/served-house.ts";

let house: ServedHouse;
beforeAll(async () => {
  house = await serveHouse({ trustProxy: ["127.0.0.1"] });
});
afterAll(async () => await house.close());

test(
  "[S2] a flood of sign-ins is told to come back, and tokens are refreshed meanwhile",
  { timeout: 120_000 },
  async () => {
    const [app, user] = [await house.makeApp(), await house.makeUser()];
    const { tokens } = await getTokens(house, app, user.username, { scope: "openid offline_access" });
    const config = await relyingParty(house, app);
    // Twice what may wait for a core (see passwords/hash.ts), each from a network of its own, of names that nobody has.
    const flood = availableParallelism() * 33 * 2;
    const pages = await Promise.all(
      Array.from({ length: flood }, async (_, index) => {
        const headers = { "x-forwarded-for": `198.51.100.${(index % 250) + 1}` };
        const browser = openBrowser(house.issuer);
        const { url } = await startAttempt(config, app);
        const username = `nobody-${index}`;
        const page = await browser.submit(await browser.visit(url.href, headers), { username }, headers);
        return async () => await browser.submit(page, { username, password: "wrong-wrong-1" }, headers);
      }),
    );
    const flooding = { left: pages.length };
    const answers = pages.map(async (send) => await send().finally(() => (flooding.left -= 1)));
    let refresh = tokens.refresh_token ?? "";
    const duringFlood: number[] = [];
    while (flooding.left > 0) {
      const reply = await askToken(house, app, { grant_type: "refresh_token", refresh_token: refresh });
      refresh = String(reply.body["refresh_token"]);
      duringFlood.push(reply.status);
    }
    const replies = await Promise.all(answers);
    const busy = replies.filter((reply) => reply.status === 503);
    expect(busy.length).toBeGreaterThan(0);
    expect(busy.map((reply) => reply.headers.get("retry-after"))).toEqual(busy.map(() => "5"));
    expect(replies.filter((reply) => reply.status !== 503).every((reply) => reply.status === 401)).toBe(true);
    expect(duringFlood.length).toBeGreaterThan(1);
    expect(new Set(duringFlood)).toEqual(new Set([200]));
    // Nobody was counted as having failed who was not asked: the password was never looked at.
    const counted = await house.db.rows("select 1 from throttles where key like 'name:%' and points > 0");
    expect(counted).toHaveLength(replies.length - busy.length);
  },
);
