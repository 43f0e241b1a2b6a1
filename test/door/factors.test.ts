import { generateSync } from "otplib";
import * as client from "openid-client";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { resetFactors } from "#server/factors/remove-factors.ts";
import { openMail } from "#server/mail/queue-mail.ts";
import { tellFactorChanged } from "#server/tasks/tell-factor-changed.ts";
import { updateRole } from "#server/permissions/change-role.ts";
import { setSetting } from "#server/settings/set-setting.ts";
import { updateUser } from "#server/users/update-user.ts";
import { openBrowser } from "#test/oidc/support/browser.ts";
import type { Browser, Page } from "#test/oidc/support/browser.ts";
import { relyingParty, signInAt, startAttempt } from "#test/oidc/support/relying-party.ts";
import { password, serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse, TestApp } from "#test/oidc/support/served-house.ts";

let house: ServedHouse;
let app: TestApp;
let strict: TestApp;

beforeAll(async () => {
  house = await serveHouse();
  app = await house.makeApp();
  strict = await house.makeApp({ requireFactor: true });
});
afterAll(async () => await house.close());
afterEach(async () => {
  await set("factors.policy", "optional");
  await set("devices.limit", 0);
  await house.db.run("delete from throttles");
});

const set = async (key: string, value: unknown) => await house.work(async (work) => await setSetting(work, key, value));
const hasCode = (page: Page) => page.url.searchParams.has("code");
const start = async (to: TestApp, more = {}) => (await startAttempt(await relyingParty(house, to), to, more)).url;

/** The code that an authenticator app shows; the clock moves on first, since each step counts once. */
function codeOf(secret: string): string {
  house.clock.now = new Date(house.clock.now.getTime() + 60_000);
  return generateSync({ secret, epoch: Math.floor(house.clock.now.getTime() / 1000) });
}

interface Enrolled {
  id: Awaited<ReturnType<ServedHouse["makeUser"]>>["id"];
  username: string;
  secret: string;
  codes: string[];
  browser: Browser;
}

/** A person who has set up an authenticator app on the own pages. */
async function enrolled(): Promise<Enrolled> {
  const user = await house.makeUser();
  const browser = openBrowser(house.issuer);
  await signInAt(browser, await start(app), user.username);
  const form = await browser.visit("/account/factors/add");
  const secret = secretIn(form);
  const done = await browser.submit(form, { code: codeOf(secret) });
  return { ...user, secret, browser, codes: codesIn(done) };
}

const secretIn = (page: Page) => /class="door__key">([A-Z2-7]+)</.exec(page.html)?.[1] ?? "";
const codesIn = (page: Page) => [...page.html.matchAll(/<li><code>([\w-]+)</g)].map((match) => match[1] ?? "");

/** Up to the page that asks for the second factor. */
async function askedFor(user: { username: string }, browser = openBrowser(house.issuer), to = app): Promise<Page> {
  return await signInAt(browser, await start(to), user.username);
}

test("[S2] an authenticator app is asked for after the password, and amr and acr say so", async () => {
  const user = await enrolled();
  expect(user.codes).toHaveLength(10);
  const config = await relyingParty(house, app);
  const browser = openBrowser(house.issuer);
  const attempt = await startAttempt(config, app);
  const page = await signInAt(browser, attempt.url, user.username);
  expect(page.html).toContain('autocomplete="one-time-code"');
  expect((await browser.visit("/account/")).url.pathname).toMatch(/^\/signin\//);
  expect((await browser.submit(page, { code: "000000" })).status).toBe(401);
  const again = await browser.visit(page.url.pathname);
  const done = await browser.submit(again, { code: codeOf(user.secret) });
  const tokens = await client.authorizationCodeGrant(config, done.url, attempt.checks);
  expect(tokens.claims()?.["amr"]).toEqual(["pwd", "otp", "mfa"]);
  expect(tokens.claims()?.["acr"]).toBe("urn:gatehouse:2fa");
});

test("[S2] a time step counts once, and none older counts after it (IDENTITY #17, RFC 6238 §5.2)", async () => {
  const user = await enrolled();
  const older = codeOf(user.secret);
  const code = codeOf(user.secret);
  const pages = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const browser = openBrowser(house.issuer);
      return { browser, page: await askedFor(user, browser) };
    }),
  );
  const done = await Promise.all(pages.map(async ({ browser, page }) => await browser.submit(page, { code })));
  expect(done.filter(hasCode)).toHaveLength(1);
  await house.db.run("delete from throttles");
  const browser = openBrowser(house.issuer);
  expect(hasCode(await browser.submit(await askedFor(user, browser), { code: older }))).toBe(false);
});

test("[S2] one step either side is accepted, two are not (RFC 6238 §5.2)", async () => {
  const user = await enrolled();
  house.clock.now = new Date(house.clock.now.getTime() + 600_000);
  const at = (seconds: number) =>
    generateSync({ secret: user.secret, epoch: Math.floor(house.clock.now.getTime() / 1000) + seconds });
  for (const [seconds, isRight] of [
    [-60, false],
    [60, false],
    [-30, true],
    [30, true],
  ] as const) {
    const browser = openBrowser(house.issuer);
    const done = await browser.submit(await askedFor(user, browser), { code: at(seconds) });
    expect(hasCode(done), String(seconds)).toBe(isRight);
  }
});

test("[S2] a recovery code lets in once, by one of many at the same time (ASVS 6.5.1)", async () => {
  const user = await enrolled();
  const [code = ""] = user.codes;
  const tries = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const browser = openBrowser(house.issuer);
      const asked = await askedFor(user, browser);
      const page = await browser.visit(`${asked.url.pathname.split("/").slice(0, 3).join("/")}?way=recovery`);
      return async () => await browser.submit(page, { code: ` ${code.toUpperCase()} ` });
    }),
  );
  const done = await Promise.all(tries.map(async (submit) => await submit()));
  expect(done.filter(hasCode)).toHaveLength(1);
  await tellFactorChanged(house, { userId: user.id, change: "codeUsed", by: "self", codesLeft: 9 });
  const mail = await house.db.models.Mail.findOne({ where: { userId: user.id, template: "factor-changed" } });
  expect(openMail(house.keyring, mail?.sealed)?.text).toContain("Recovery codes left: 9.");
  expect(
    await house.db.rows("select 1 from events where subject_id = $1 and type = 'factor.codeUsed'", [user.id]),
  ).toHaveLength(1);
  const stored = await house.db.rows<{ hash: Buffer }>("select hash from recovery_codes where user_id = $1", [user.id]);
  expect(stored.map((row) => row.hash.toString()).join()).not.toContain(code);
});

test("[S6] wrong codes count for the account, across sign-ins and kinds of codes (IDENTITY #13)", async () => {
  const user = await enrolled();
  let last: Page | undefined;
  for (let index = 0; index < 11; index += 1) {
    const browser = openBrowser(house.issuer);
    const page = await askedFor(user, browser);
    last = await browser.submit(page, { code: "000000", way: index % 2 === 0 ? "totp" : "recovery" });
  }
  expect(last?.status).toBe(429);
  const browser = openBrowser(house.issuer);
  const right = await browser.submit(await askedFor(user, browser), { code: codeOf(user.secret) });
  expect(right.status).toBe(429);
});

test("[S2] no step is skipped: posting to later ones, in other browsers or tabs, never gets past the factor (CVE-2025-64103)", async () => {
  const user = await enrolled();
  for (const step of ["codes", "device", "enroll", "consent", "change", "finish", "admit"]) {
    const browser = openBrowser(house.issuer);
    const page = await askedFor(user, browser);
    for (const typed of [{}, { code: "" }, { device: "x", code: codeOf(user.secret), ticket: "AAAA" }]) {
      const reply = await browser.submit({ ...page, html: page.html.replace("/factor", `/${step}`) }, typed);
      expect(hasCode(reply), step).toBe(false);
    }
    expect((await browser.visit("/account/")).url.pathname).toMatch(/^\/signin\//);
  }
  const [one, other] = [openBrowser(house.issuer), openBrowser(house.issuer)];
  const page = await askedFor(user, one);
  await askedFor(user, other);
  expect((await other.submit(page, { code: codeOf(user.secret) })).status).toBe(410);

  // Another tab of the same sign-in has gone on as somebody else.
  const bob = await enrolled();
  const tab = await one.visit(`${page.url.pathname.split("/").slice(0, 3).join("/")}?other=1`);
  const theirs = await one.submit(await one.submit(tab, { username: bob.username }), {
    username: bob.username,
    password,
  });
  expect(theirs.html).toContain('autocomplete="one-time-code"');
  expect(hasCode(await one.submit(page, { code: codeOf(user.secret) }))).toBe(false);
});

test("[S2] an app that requires a factor has it enrolled during the sign-in, and nothing is left half done", async () => {
  const user = await house.makeUser();
  const browser = openBrowser(house.issuer);
  const page = await askedFor(user, browser, strict);
  const secret = secretIn(page);
  expect(secret).not.toBe("");
  expect(page.html).toContain('src="data:image/svg+xml;base64,');
  expect(await house.db.rows("select 1 from factors where user_id = $1", [user.id])).toEqual([]);
  const wrong = await browser.submit(page, { code: "000000" });
  expect(wrong.status).toBe(401);
  expect(secretIn(wrong)).toBe(secret);
  expect(hasCode(await browser.submit(wrong, { ticket: "AAAA", code: codeOf(secret) }))).toBe(false);
  const codes = await browser.submit(wrong, { code: codeOf(secret) });
  expect(codesIn(codes)).toHaveLength(10);
  expect(hasCode(await browser.submit(codes))).toBe(true);
  expect(await house.db.rows("select 1 from factors where user_id = $1", [user.id])).toHaveLength(1);
});

test("[S2] a session with one factor is asked for the other alone where an app requires it", async () => {
  const user = await house.makeUser();
  const browser = openBrowser(house.issuer);
  expect(hasCode(await askedFor(user, browser))).toBe(true);
  const page = await browser.visit((await start(strict)).href);
  expect(page.html).not.toContain('name="password"');
  const codes = await browser.submit(page, { code: codeOf(secretIn(page)) });
  expect(hasCode(await browser.submit(codes))).toBe(true);
  expect(hasCode(await browser.visit((await start(strict)).href))).toBe(true);
});

test("[U11] an app, the user's own rule, and the more of organization and role decide who is asked", async () => {
  const user = await house.makeUser();
  const isEnrolling = async () => secretIn(await askedFor(user)) !== "";
  expect(await isEnrolling()).toBe(false);
  await set("factors.policy", "required");
  expect(await isEnrolling()).toBe(true);
  await house.work(async (work) => await updateUser(work, user.id, { factorRule: "allow" }));
  expect(await isEnrolling()).toBe(false);
  await set("factors.policy", "off");
  await house.work(async (work) => await updateUser(work, user.id, { factorRule: "require" }));
  expect(await isEnrolling()).toBe(true);
  await house.work(async (work) => await updateUser(work, user.id, { factorRule: null }));
  expect(await isEnrolling()).toBe(false);
  await house.work(async (work) => await updateRole(work, "regular", { factorPolicy: "required" }));
  expect(await isEnrolling()).toBe(true);
  await house.work(async (work) => await updateUser(work, user.id, { factorRule: "forbid" }));
  expect(await isEnrolling()).toBe(false);
  expect(secretIn(await askedFor(user, openBrowser(house.issuer), strict))).not.toBe("");
  await house.work(async (work) => await updateRole(work, "regular", { factorPolicy: null }));
});

test("[U11] a reset takes factor and codes; the waiting sign-in ends, and the next asks for the password alone", async () => {
  const user = await enrolled();
  const browser = openBrowser(house.issuer);
  const page = await askedFor(user, browser);
  await house.work(async (work) => await resetFactors(work, user.id));
  expect(hasCode(await browser.submit(page, { code: codeOf(user.secret) }))).toBe(false);
  expect(hasCode(await askedFor(user))).toBe(true);
  const types = await house.db.rows<{ type: string }>(
    "select type from events where subject_id = $1 and type like 'factor.%' order by id",
    [user.id],
  );
  expect(types.map((row) => row.type)).toEqual(["factor.enrolled", "factor.reset"]);
});

test("[S4] a device at the limit is removed only after the second factor", async () => {
  await set("devices.limit", 1);
  await set("factors.policy", "optional");
  const user = await enrolled();
  const browser = openBrowser(house.issuer);
  const page = await askedFor(user, browser);
  expect(page.html).not.toContain('name="device"');
  const devices = await house.db.rows<{ id: string }>("select id from devices where user_id = $1", [user.id]);
  const device = devices[0]?.id ?? "";
  const early = { ...page, html: page.html.replace("/factor", "/device") };
  expect(hasCode(await browser.submit(early, { device }))).toBe(false);
  const full = await browser.submit(page, { code: codeOf(user.secret) });
  expect(full.html).toContain('name="device"');
  expect(hasCode(await browser.submit(full, { device }))).toBe(true);

  // Asked for at the limit even where sign-ins do not ask for it.
  await set("factors.policy", "off");
  const third = openBrowser(house.issuer);
  expect((await askedFor(user, third)).html).toContain('autocomplete="one-time-code"');
});

test("[U11] changing a factor needs a fresh sign-in, with the factor itself (ASVS 7.5.1)", async () => {
  const user = await enrolled();
  await house.db.run(
    `update oidc_records set payload = payload || jsonb_build_object('loginTs', (payload ->> 'loginTs')::bigint - 700)
     where model = 'Session' and account_id = $1`,
    [user.id],
  );
  const home = await user.browser.visit("/account/");
  const csrf = /name="csrf" value="([^"]*)"/.exec(home.html)?.[1] ?? "";
  const remove = {
    ...home,
    html: `<form action="/account/factors/remove"><input type="hidden" name="csrf" value="${csrf}"></form>`,
  };
  const asked = await user.browser.submit(remove);
  expect(asked.html).toContain('name="password"');
  const second = await user.browser.submit(asked, { username: user.username, password });
  expect(second.html).toContain('autocomplete="one-time-code"');
  await user.browser.submit(second, { code: codeOf(user.secret) });
  expect((await user.browser.submit(remove)).url.search).toBe("?done=removed");
  expect(hasCode(await askedFor(user))).toBe(true);
});

test("[U11] a browser that is trusted skips the factor to sign in, not to change it (ASVS 7.5.1)", async () => {
  await set("factors.trustDays", 7);
  const user = await enrolled();
  await house.db.run("update factors set created_at = created_at - interval '1 day' where user_id = $1", [user.id]);
  const browser = openBrowser(house.issuer);
  const page = await askedFor(user, browser);
  expect(hasCode(await browser.submit(page, { code: codeOf(user.secret), trust: "yes" }))).toBe(true);
  for (const name of browser.cookies.keys()) if (name.includes("session")) browser.cookies.delete(name);
  expect(hasCode(await askedFor(user, browser))).toBe(true);
  const asked = await browser.visit("/account/factors/add");
  expect(asked.html).toContain('autocomplete="one-time-code"');
  const back = await browser.submit(asked, { code: codeOf(user.secret) });
  expect(back.url.pathname).toBe("/account/factors/add");
  await set("factors.trustDays", 0);
});
