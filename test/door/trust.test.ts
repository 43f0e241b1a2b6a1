import { generateSync } from "otplib";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { removeDevice } from "#server/devices/remove-device.ts";
import { removeFactor, resetFactors } from "#server/factors/remove-factors.ts";
import type { UserId } from "#server/kernel/ids.ts";
import { preparePassword, setPassword } from "#server/passwords/set-password.ts";
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
  house.clock.now = new Date();
  await set("factors.trustDays", 0);
  await house.db.run("delete from throttles");
});

const set = async (key: string, value: unknown) => await house.work(async (work) => await setSetting(work, key, value));
const hasCode = (page: Page) => page.url.searchParams.has("code");
const asksFactor = (page: Page) => page.html.includes('name="code"');

function codeOf(secret: string): string {
  house.clock.now = new Date(house.clock.now.getTime() + 60_000);
  return generateSync({ secret, epoch: Math.floor(house.clock.now.getTime() / 1000) });
}

interface Person {
  id: UserId;
  username: string;
  secret: string;
}

async function enrolled(): Promise<Person> {
  const user = await house.makeUser();
  const browser = openBrowser(house.issuer);
  await signIn(user.username, browser);
  const form = await browser.visit("/account/factors/add");
  const secret = /class="door__key">([A-Z2-7]+)</.exec(form.html)?.[1] ?? "";
  await browser.submit(form, { code: codeOf(secret) });
  return { ...user, secret };
}

/** A new sign-in in a browser, as far as the password gets. */
async function signIn(username: string, browser: Browser, to = app, more: Record<string, string> = {}): Promise<Page> {
  browser.cookies.delete("gatehouse_session");
  const { url } = await startAttempt(await relyingParty(house, to), to, more);
  return await signInAt(browser, url, username);
}

/** A browser that a person has made trusted. */
async function trusted(person: Person): Promise<Browser> {
  const browser = openBrowser(house.issuer);
  const page = await signIn(person.username, browser);
  expect(page.html).toContain('name="trust"');
  expect(hasCode(await browser.submit(page, { code: codeOf(person.secret), trust: "yes" }))).toBe(true);
  return browser;
}

test("[S4] trust is offered only where the organization allows it, and not given for the asking", async () => {
  const person = await enrolled();
  const browser = openBrowser(house.issuer);
  const page = await signIn(person.username, browser);
  expect(page.html).not.toContain('name="trust"');
  expect(hasCode(await browser.submit(page, { code: codeOf(person.secret), trust: "yes" }))).toBe(true);
  await set("factors.trustDays", 30);
  expect(asksFactor(await signIn(person.username, browser))).toBe(true);
});

test("[S4] a trusted browser is not asked for the second factor, by this person, for the days of the setting", async () => {
  await set("factors.trustDays", 30);
  const person = await enrolled();
  const browser = await trusted(person);
  expect(hasCode(await signIn(person.username, browser))).toBe(true);
  expect(asksFactor(await signIn(person.username, openBrowser(house.issuer)))).toBe(true);
  const other = await enrolled();
  expect(asksFactor(await signIn(other.username, browser))).toBe(true);
  house.clock.now = new Date(Date.now() + 29 * 86_400_000);
  expect(hasCode(await signIn(person.username, browser))).toBe(true);
  house.clock.now = new Date(Date.now() + 31 * 86_400_000);
  expect(asksFactor(await signIn(person.username, browser))).toBe(true);
});

test("[S4] trust counts for the policy and the account's own rule, not for an app that requires a factor", async () => {
  await set("factors.trustDays", 30);
  const person = await enrolled();
  const browser = await trusted(person);
  await house.work(async (work) => await updateUser(work, person.id, { factorRule: "require" }));
  expect(hasCode(await signIn(person.username, browser))).toBe(true);
  expect(asksFactor(await signIn(person.username, browser, strict))).toBe(true);
  const claims = JSON.stringify({ id_token: { acr: { essential: true, value: "urn:gatehouse:2fa" } } });
  expect(asksFactor(await signIn(person.username, browser, app, { claims }))).toBe(true);
});

const ends: [string, (person: Person, browser: Browser) => Promise<unknown>][] = [
  ["the device is removed", async ({ id }) => await forEachDevice(id)],
  [
    "the password is replaced",
    async ({ id }) => {
      const checked = await preparePassword(house.db, password, { display_name: "", username: null });
      await house.work(
        async (work) => await setPassword(work, id, checked, { isTemporary: false, event: "user.passwordSet" }),
      );
    },
  ],
  ["the factors are reset", async ({ id }) => await house.work(async (work) => await resetFactors(work, id))],
  [
    "a factor is removed",
    async ({ id }) => {
      await house.db.run(
        `insert into passkeys (id, user_id, credential_id, public_key, sign_count, transports, is_backup_eligible,
           is_backed_up, name, created_at, last_used_at)
         values (gen_random_uuid(), $1, '\\x01', '\\x02', 0, '{}', false, false, 'Key', now(), now())`,
        [id],
      );
      const self = { kind: "user" as const, id, name: "", can: () => false };
      await house.as(self, async (work) => await removeFactor(work, id, { kind: "passkey" }));
    },
  ],
  ["the organization switches it off", async () => await set("factors.trustDays", 0)],
  [
    "the person takes it back on the own pages",
    async (_person, browser) => {
      const home = await browser.visit("/account/");
      const action = /action="(\/account\/devices\/[\w-]+\/distrust)"/.exec(home.html)?.[1] ?? "";
      const csrf = /name="csrf" value="([^"]*)"/.exec(home.html)?.[1] ?? "";
      const form = `<form action="${action}"><input type="hidden" name="csrf" value="${csrf}"></form>`;
      expect((await browser.submit({ ...home, html: form })).url.search).toBe("?done=deviceDistrusted");
    },
  ],
];

async function forEachDevice(id: UserId): Promise<void> {
  const devices = await house.db.rows<{ id: string }>(
    "select id from devices where user_id = $1 and removed_at is null",
    [id],
  );
  for (const device of devices) await house.work(async (work) => await removeDevice(work, id, device.id));
}

test.each(ends)("[S4] trust ends when %s", async (_what, end) => {
  await set("factors.trustDays", 30);
  const person = await enrolled();
  const browser = await trusted(person);
  await end(person, browser);
  const rows = await house.db.rows("select 1 from devices where user_id = $1 and trusted_until is not null", [
    person.id,
  ]);
  if (_what !== "the organization switches it off") expect(rows).toEqual([]);
  if (_what === "the factors are reset") {
    const fresh = await signIn(person.username, browser, strict);
    expect(fresh.html).toContain("door__key");
  } else {
    expect(asksFactor(await signIn(person.username, browser))).toBe(true);
  }
});
