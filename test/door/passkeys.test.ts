import * as client from "openid-client";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { removeFactor, resetFactors } from "#server/factors/remove-factors.ts";
import { changeStatus } from "#server/users/change-status.ts";
import { updateUser } from "#server/users/update-user.ts";
import { makeLink } from "#server/onboarding/links.ts";
import { setSetting } from "#server/settings/set-setting.ts";
import type { UserId } from "#server/kernel/ids.ts";
import { openBrowser } from "#test/oidc/support/browser.ts";
import type { Browser, Page } from "#test/oidc/support/browser.ts";
import { relyingParty, signInAt, startAttempt } from "#test/oidc/support/relying-party.ts";
import { password, serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse, TestApp } from "#test/oidc/support/served-house.ts";
import { makeAuthenticator } from "#test/support/authenticator.ts";
import type { Authenticator, Oddities, PasskeyOptions } from "#test/support/authenticator.ts";

let house: ServedHouse;
let app: TestApp;
let strict: TestApp;

beforeAll(async () => {
  house = await serveHouse({}, [], "localhost");
  // The provider has a clock of its own, which says when somebody signed in; factors are younger than that.
  house.clock.now = new Date(Date.now() + 3_600_000);
  app = await house.makeApp();
  strict = await house.makeApp({ requireFactor: true });
});
afterAll(async () => await house.close());
afterEach(async () => {
  await set("factors.policy", "optional");
  await set("factors.passkeyAlone", true);
  await set("devices.limit", 0);
  await house.db.run("delete from throttles");
});

const set = async (key: string, value: unknown) => await house.work(async (work) => await setSetting(work, key, value));
const hasCode = (page: Page) => page.url.searchParams.has("code");
const start = async (to = app, more = {}) => (await startAttempt(await relyingParty(house, to), to, more)).url;

/** The form of a page that a passkey fills in, alone, with what the page tells the browser. */
function asked(page: Page): { page: Page; options: PasskeyOptions } {
  const html = /<form[^>]*data-passkey=[\s\S]*?<\/form>/.exec(page.html)?.[0];
  if (html === undefined) throw new Error(`no passkey is asked for at ${page.url.href}`);
  const options = (/data-options="([^"]*)"/.exec(html)?.[1] ?? "").replaceAll(/&quot;|&#34;/g, '"');
  return { page: { ...page, html }, options: JSON.parse(options) as PasskeyOptions };
}

/** Answers a page that asks for a passkey. */
async function answer(browser: Browser, page: Page, authenticator: Authenticator, odd: Oddities = {}): Promise<Page> {
  const { page: form, options } = asked(page);
  return await browser.submit(form, { answer: authenticator.get(options, odd) });
}

interface Owner {
  id: UserId;
  username: string;
  browser: Browser;
  authenticator: Authenticator;
}

/** A person who has added a passkey on the own pages, and the page that came then. */
async function owner(counts = true): Promise<Owner & { page: Page; options: PasskeyOptions }> {
  const user = await house.makeUser();
  const browser = openBrowser(house.issuer);
  await signInAt(browser, await start(), user.username);
  const authenticator = makeAuthenticator(house.issuer, counts);
  const { page: form, options } = asked(await browser.visit("/account/factors/passkey"));
  const page = await browser.submit(form, { name: "Work laptop", answer: authenticator.create(options) });
  return { ...user, browser, authenticator, page, options };
}

const events = async (id: string, type: string) =>
  (
    await house.db.rows<{ reason: string | null }>(
      "select reason from events where subject_id = $1 and type = $2 order by id",
      [id, type],
    )
  ).map((row) => row.reason);

describe("a passkey alone", () => {
  test("[S2] signs in without name and password, and counts as two factors", async () => {
    const user = await owner();
    const config = await relyingParty(house, strict);
    const attempt = await startAttempt(config, strict, { scope: "openid profile" });
    const browser = openBrowser(house.issuer);
    const page = await browser.visit(attempt.url.href);
    const { options } = asked(page);
    expect(options).toMatchObject({ rpId: "localhost", userVerification: "required" });
    expect(options.allowCredentials).toBeUndefined();
    const done = await answer(browser, page, user.authenticator);
    const tokens = await client.authorizationCodeGrant(config, done.url, attempt.checks);
    expect(tokens.claims()?.sub).toBe(user.id);
    expect(tokens.claims()?.["amr"]).toEqual(["hwk", "user", "mfa"]);
    expect(tokens.claims()?.["acr"]).toBe("urn:gatehouse:2fa");
    expect(await events(user.id, "signin.succeeded")).toHaveLength(2);
  });

  const odd: [string, (user: Owner) => Oddities][] = [
    ["from another address", () => ({ origin: "http://localhost.evil.example" })],
    ["for another house", () => ({ rpId: "evil.example" })],
    ["to a question of its own", () => ({ challenge: Buffer.alloc(32, 7).toString("base64url") })],
    ["that was never unlocked", () => ({ isVerified: false })],
    ["of another kind", () => ({ type: "webauthn.create" })],
    ["with another owner", () => ({ userHandle: Buffer.alloc(32, 7).toString("base64url") })],
    ["that may suddenly be copied", () => ({ isBackedUp: true })],
    ["of a passkey that nobody has", () => ({ credentialId: Buffer.alloc(16, 7).toString("base64url") })],
  ];

  test("[S2] [S6] an answer that is not right opens nothing; unknown and wrong get the same words and status", async () => {
    const user = await owner();
    const replies = new Set<string>();
    for (const [name, make] of odd) {
      const browser = openBrowser(house.issuer);
      const page = await answer(browser, await browser.visit((await start()).href), user.authenticator, make(user));
      expect(page.status, name).toBe(401);
      expect(hasCode(page), name).toBe(false);
      replies.add(page.html.replaceAll(/\/signin\/[\w-]+|value="[^"]*"|data-options="[^"]*"/g, ""));
      expect((await browser.visit("/account/")).url.pathname).toMatch(/^\/signin\//);
    }
    expect([...replies]).toHaveLength(1);
    for (const junk of [
      "",
      "{",
      "[]",
      "null",
      '{"id":1}',
      JSON.stringify({ id: "a", rawId: "a", type: "public-key" }),
    ]) {
      const browser = openBrowser(house.issuer);
      const { page } = asked(await browser.visit((await start()).href));
      expect((await browser.submit(page, { answer: junk })).status, junk).toBe(401);
    }
    expect(await events(user.id, "signin.failed")).toEqual(Array.from({ length: 7 }, () => "wrongPasskey"));
  });

  test("[S2] a question counts in its own sign-in, for a quarter of an hour", async () => {
    const user = await owner();
    const [one, other] = [openBrowser(house.issuer), openBrowser(house.issuer)];
    const mine = asked(await one.visit((await start()).href));
    const theirs = asked(await other.visit((await start()).href));
    const ticketOf = (page: Page) => /name="ticket" value="([^"]*)"/.exec(page.html)?.[1] ?? "";
    const given = user.authenticator.get(mine.options);
    const moved = await other.submit(theirs.page, { ticket: ticketOf(mine.page), answer: given });
    expect(moved.status).toBe(401);
    house.clock.now = new Date(house.clock.now.getTime() + 15 * 60_000 + 1);
    expect((await one.submit(mine.page, { answer: user.authenticator.get(mine.options) })).status).toBe(401);
  });

  test("[S2] one answer posted many times at once signs in once (ASVS 6.5.1)", async () => {
    const user = await owner(false);
    for (let round = 0; round < 2; round += 1) {
      const browser = openBrowser(house.issuer);
      const { page, options } = asked(await browser.visit((await start()).href));
      const given = user.authenticator.get(options);
      await Promise.all(Array.from({ length: 20 }, async () => await browser.submit(page, { answer: given })));
      const [used] = await house.db.rows<{ count: number }>(
        `select count(*)::int as count from events where subject_id = $1 and type = 'signin.succeeded'`,
        [user.id],
      );
      expect(used?.count).toBe(round + 2);
      await house.db.run("delete from throttles");
    }
  });

  test("[S2] a count that does not go up opens nothing and is told: there may be a copy", async () => {
    const user = await owner();
    const signIn = async (given: Oddities = {}) => {
      const browser = openBrowser(house.issuer);
      return await answer(browser, await browser.visit((await start()).href), user.authenticator, given);
    };
    expect(hasCode(await signIn({ count: 9 }))).toBe(true);
    expect((await signIn({ count: 9 })).status).toBe(401);
    expect((await signIn({ count: 3 })).status).toBe(401);
    expect((await signIn({ count: 0 })).status).toBe(401);
    expect(await events(user.id, "factor.cloneSuspected")).toHaveLength(3);
    expect(await events(user.id, "signin.failed")).toEqual(["clonedPasskey", "clonedPasskey", "clonedPasskey"]);
    expect(hasCode(await signIn({ count: 10 }))).toBe(true);
    const synced = await owner(false);
    for (let index = 0; index < 2; index += 1) {
      const browser = openBrowser(house.issuer);
      expect(hasCode(await answer(browser, await browser.visit((await start()).href), synced.authenticator))).toBe(
        true,
      );
    }
  });

  test("[S7] statuses, settings and policy hold, and are told only after the right answer", async () => {
    const user = await owner();
    const signIn = async () => {
      const browser = openBrowser(house.issuer);
      return await answer(browser, await browser.visit((await start()).href), user.authenticator);
    };
    await house.work(async (work) => await changeStatus(work, user.id, "block"));
    expect((await signIn()).html).toContain("may not use apps");
    await house.work(async (work) => await changeStatus(work, user.id, "unblock"));
    await house.work(async (work) => await changeStatus(work, user.id, "disable"));
    expect((await signIn()).html).toContain("disabled");
    await house.work(async (work) => await changeStatus(work, user.id, "enable"));
    await house.work(async (work) => await updateUser(work, user.id, { factorRule: "forbid" }));
    expect((await signIn()).status).toBe(401);
    await house.work(async (work) => await updateUser(work, user.id, { factorRule: null }));
    expect(hasCode(await signIn())).toBe(true);
    await set("factors.passkeyAlone", false);
    expect((await openBrowser(house.issuer).visit((await start()).href)).html).not.toContain("data-passkey");
  });

  test("[S4] the limit of devices holds on this path too", async () => {
    await set("devices.limit", 1);
    const user = await owner();
    const browser = openBrowser(house.issuer);
    const page = await answer(browser, await browser.visit((await start()).href), user.authenticator);
    expect(page.html).toContain('name="device"');
    expect(hasCode(page)).toBe(false);
  });
});

describe("a passkey as the second factor", () => {
  test("[S2] is asked for after the password, from those of the account alone, at one turn of one sign-in", async () => {
    const user = await owner();
    const config = await relyingParty(house, app);
    const attempt = await startAttempt(config, app);
    const browser = openBrowser(house.issuer);
    const page = await signInAt(browser, attempt.url, user.username);
    const { options } = asked(page);
    expect(options.allowCredentials).toMatchObject([{ id: user.authenticator.credentialId }]);
    const stranger = await owner();
    expect((await answer(browser, page, stranger.authenticator)).status).toBe(401);
    // That took the turn: the question of the page before is over.
    expect(hasCode(await answer(browser, page, user.authenticator))).toBe(false);
    const again = await browser.visit(page.url.pathname.replace(/\/password$/, ""));
    const done = await answer(browser, again, user.authenticator, { isVerified: false });
    const tokens = await client.authorizationCodeGrant(config, done.url, attempt.checks);
    expect(tokens.claims()?.["amr"]).toEqual(["pwd", "hwk", "user", "mfa"]);
  });

  test("[S2] one answer posted many times at once goes on once", async () => {
    const user = await owner(false);
    const browser = openBrowser(house.issuer);
    const { page, options } = asked(await signInAt(browser, await start(), user.username));
    const given = user.authenticator.get(options);
    const done = await Promise.all(
      Array.from({ length: 20 }, async () => await browser.submit(page, { answer: given })),
    );
    expect(done.filter(hasCode)).toHaveLength(1);
  });

  test("[S2] an answer given to sign in alone is none for the second factor, nor the other way round", async () => {
    const user = await owner();
    const [one, other] = [openBrowser(house.issuer), openBrowser(house.issuer)];
    const alone = asked(await one.visit((await start()).href));
    const second = asked(await signInAt(other, await start(), user.username));
    const ticketOf = (page: Page) => /name="ticket" value="([^"]*)"/.exec(page.html)?.[1] ?? "";
    const forAlone = { ticket: ticketOf(alone.page), answer: user.authenticator.get(alone.options) };
    expect(hasCode(await other.submit(second.page, forAlone))).toBe(false);
    const forSecond = { ticket: ticketOf(second.page), answer: user.authenticator.get(second.options) };
    expect(hasCode(await one.submit(alone.page, forSecond))).toBe(false);
  });

  test("[S2] another tab signs in with a passkey alone while a step waits: only its owner gets in", async () => {
    const [ann, bob] = [await owner(), await owner()];
    const config = await relyingParty(house, app);
    const attempt = await startAttempt(config, app, { scope: "openid profile" });
    const browser = openBrowser(house.issuer);
    const name = await browser.visit(attempt.url.href);
    const waiting = await browser.submit(await browser.submit(name, { username: ann.username }), {
      username: ann.username,
      password,
    });
    const done = await answer(browser, name, bob.authenticator);
    expect(hasCode(await answer(browser, waiting, ann.authenticator))).toBe(false);
    const tokens = await client.authorizationCodeGrant(config, done.url, attempt.checks);
    expect(tokens.claims()?.sub).toBe(bob.id);
    expect(tokens.claims()?.["amr"]).toEqual(["hwk", "user", "mfa"]);
  });

  test("[S2] is enrolled during a sign-in that requires a factor", async () => {
    const user = await house.makeUser();
    const browser = openBrowser(house.issuer);
    const first = await signInAt(browser, await start(strict), user.username);
    const page = await browser.visit(`${first.url.pathname.replace(/\/password$/, "")}?way=passkey`);
    const authenticator = makeAuthenticator(house.issuer);
    const { page: form, options } = asked(page);
    const wrong = await browser.submit(form, {
      name: "Phone",
      answer: authenticator.create(options, { origin: "http://evil.example" }),
    });
    expect(wrong.status).toBe(401);
    const again = asked(wrong);
    const codes = await browser.submit(again.page, { name: "Phone", answer: authenticator.create(again.options) });
    expect(codes.html).toContain("door__codes");
    expect(hasCode(await browser.submit(codes))).toBe(true);
  });
});

describe("the own passkeys", () => {
  test("[S2] [U11] are added with recovery codes, named, renamed and removed; the user handle tells nothing", async () => {
    const user = await owner();
    expect(user.page.html.match(/<li><code>/g)).toHaveLength(10);
    expect(user.options.user?.name).toBe(user.username);
    const handle = Buffer.from(user.options.user?.id ?? "", "base64url");
    expect(handle).toHaveLength(32);
    expect(handle.toString("latin1")).not.toContain(user.username);
    const list = await user.browser.visit("/account/factors");
    expect(list.html).toContain("Work laptop");

    const second = asked(await user.browser.visit("/account/factors/passkey"));
    expect(second.options.excludeCredentials).toMatchObject([{ id: user.authenticator.credentialId }]);
    expect(second.options.user?.id).toBe(user.options.user?.id);
    const twice = await user.browser.submit(second.page, {
      name: "Again",
      answer: user.authenticator.create(second.options),
    });
    expect(twice.status).toBe(422);
    const other = asked(twice);
    const key = makeAuthenticator(house.issuer);
    const added = await user.browser.submit(other.page, { name: "Key", answer: key.create(other.options) });
    expect(added.url.search).toBe("?done=added");

    const path = /href="(\/account\/factors\/passkeys\/[\w-]+)"/.exec(added.html)?.[1] ?? "";
    const named = await user.browser.visit(path);
    expect((await user.browser.submit(named, { name: " " })).status).toBe(422);
    const renamed = await user.browser.submit(named, { name: "Old laptop" });
    expect(renamed.html).toContain("Old laptop");
    const remove = {
      ...renamed,
      html: renamed.html.slice(renamed.html.indexOf(`<form method="post" action="${path}/remove`)),
    };
    const removed = await user.browser.submit(remove);
    expect(removed.html).not.toContain("Old laptop");
    expect(removed.html).toContain("Key");
    const browser = openBrowser(house.issuer);
    expect((await answer(browser, await browser.visit((await start()).href), user.authenticator)).status).toBe(401);
  });

  test("[S2] one answer posted many times at once adds one passkey", async () => {
    const user = await house.makeUser();
    const browser = openBrowser(house.issuer);
    await signInAt(browser, await start(), user.username);
    const { page, options } = asked(await browser.visit("/account/factors/passkey"));
    const given = makeAuthenticator(house.issuer).create(options);
    await Promise.all(
      Array.from({ length: 20 }, async () => await browser.submit(page, { name: "Key", answer: given })),
    );
    expect(await house.db.rows("select 1 from passkeys where user_id = $1", [user.id])).toHaveLength(1);
  });

  test("[S2] nobody adds one to another account, or without a fresh sign-in; statements about makers are not read", async () => {
    const [ann, bob] = [await owner(), await owner()];
    const mine = asked(await ann.browser.visit("/account/factors/passkey"));
    const theirs = asked(await bob.browser.visit("/account/factors/passkey"));
    const key = makeAuthenticator(house.issuer);
    const ticket = /name="ticket" value="([^"]*)"/.exec(mine.page.html)?.[1] ?? "";
    const moved = await bob.browser.submit(theirs.page, { name: "x", ticket, answer: key.create(mine.options) });
    expect(moved.status).toBe(422);
    await house.db.run(
      `update oidc_records set payload = payload || jsonb_build_object('loginTs', (payload ->> 'loginTs')::bigint - 700)
       where model = 'Session' and account_id = $1`,
      [ann.id],
    );
    const late = await ann.browser.submit(mine.page, { name: "x", answer: key.create(mine.options) });
    expect(late.html).toContain('name="password"');
    expect(await house.db.rows("select 1 from passkeys where user_id = $1", [ann.id])).toHaveLength(1);
    // A passkey alone is a fresh sign-in too, and leads back to where it was asked for.
    const back = await answer(ann.browser, late, ann.authenticator);
    expect(`${back.url.pathname}${back.url.search}`).toBe("/account/factors?done=confirmed");
    const again = asked(await ann.browser.visit("/account/factors/passkey"));
    const done = await ann.browser.submit(again.page, {
      name: "x",
      answer: key.create(again.options, { isAttested: true }),
    });
    expect(done.url.search).toBe("?done=added");
  });

  test("[U11] a reset, and removing the last one, take the recovery codes too; the waiting sign-in ends", async () => {
    const user = await owner();
    const browser = openBrowser(house.issuer);
    const page = await signInAt(browser, await start(), user.username);
    await house.work(async (work) => await resetFactors(work, user.id));
    expect(hasCode(await answer(browser, page, user.authenticator))).toBe(false);
    expect(hasCode(await signInAt(openBrowser(house.issuer), await start(), user.username))).toBe(true);
    const last = await owner();
    const self = { kind: "user" as const, id: last.id, name: "", can: () => false };
    const [passkey] = await house.db.rows<{ id: string }>("select id from passkeys where user_id = $1", [last.id]);
    await house.as(self, async (work) => {
      await removeFactor(work, last.id, { kind: "passkey", id: passkey?.id ?? "" });
    });
    expect(await house.db.rows("select 1 from recovery_codes where user_id = $1", [last.id])).toEqual([]);
  });

  test("[S2] a password that was reset still has the factor asked for (ASVS 6.4.3)", async () => {
    const user = await owner();
    const link = await house.work(
      async (work) => await makeLink(work.tx, house.issuer, "reset", user.id, house.clock.now),
    );
    const browser = openBrowser(house.issuer);
    const fresh = "hazel-comet-drum-58";
    await browser.submit(await browser.visit(link.url), { new_password: fresh });
    const named = await browser.submit(await browser.visit((await start()).href), { username: user.username });
    const page = await browser.submit(named, { username: user.username, password: fresh });
    expect(asked(page).options.allowCredentials).toHaveLength(1);
    expect(hasCode(await answer(browser, page, user.authenticator))).toBe(true);
  });
});
