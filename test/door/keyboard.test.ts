import AxeBuilder from "@axe-core/playwright";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { generateSync } from "otplib";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createConnection } from "#server/connections/change-connection.ts";
import { linkIdentity } from "#server/connections/identities.ts";
import { beginEnrolment, enrollFactor } from "#server/factors/enroll-factor.ts";
import type { UserId } from "#server/kernel/ids.ts";
import { setPassword } from "#server/passwords/set-password.ts";
import { hashPassword } from "#server/passwords/hash.ts";
import { setSetting } from "#server/settings/set-setting.ts";
import { getTokens, relyingParty, startAttempt } from "#test/oidc/support/relying-party.ts";
import { password, serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse, TestApp } from "#test/oidc/support/served-house.ts";
import { openUpstream } from "#test/oidc/support/upstream-provider.ts";
import { launchBrowser } from "#test/support/browser.ts";

// Two cores run browser, server and database, and axe looks at every page.
vi.setConfig({ testTimeout: 120_000 });

const temporary = "amber-harbour-lantern-58";

let house: ServedHouse;
let browser: Browser;
const landing = createServer((_request, reply) => {
  reply.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>The app</title>");
});
let origin: string;
let owned: TestApp;
let foreign: TestApp;

beforeAll(async () => {
  [house, browser] = await Promise.all([serveHouse({}, [], "localhost"), launchBrowser()]);
  await new Promise<void>((resolve) => landing.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(landing.address() as AddressInfo).port}`;
  owned = await house.makeApp({ redirectUris: [`${origin}/own`] });
  foreign = await house.makeApp({ redirectUris: [`${origin}/foreign`], isThirdParty: true });
});
afterAll(async () => {
  await browser.close();
  landing.close();
  await house.close();
});

/** Nothing wrong for people who use other means than eyes, nothing that scrolls sideways. */
async function isGood(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((one) => `${page.url()} ${one.id}: ${one.nodes[0]?.html ?? ""}`)).toEqual([]);
  expect(await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")).toBe(
    true,
  );
}

/** Goes to something with the tab key alone, as far as forty stops lead. */
async function reach(page: Page, selector: string): Promise<void> {
  await page.locator(selector).first().waitFor();
  for (let stop = 0; stop < 40; stop += 1) {
    if (await page.evaluate(`document.activeElement?.matches(${JSON.stringify(selector)}) === true`)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the keyboard does not lead to ${selector} at ${page.url()}`);
}

async function typeInto(page: Page, selector: string, text: string): Promise<void> {
  await reach(page, selector);
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type(text);
}

const start = async (app: TestApp) => (await startAttempt(await relyingParty(house, app), app)).url.href;

async function giveApp(id: UserId): Promise<string> {
  const enrolment = beginEnrolment(house.keyring, id, "here", house.clock.now);
  const code = generateSync({ secret: enrolment.secret, epoch: Math.floor(house.clock.now.getTime() / 1000) });
  const actor = { kind: "user" as const, id, name: "", can: () => false };
  await house.as(actor, async (work) => await enrollFactor(work, house.keyring, id, enrolment, code));
  return enrolment.secret;
}

const looks: [string, BrowserContextOptions][] = [
  ["a laptop", { viewport: { width: 1280, height: 800 }, locale: "en-GB" }],
  ["a phone in the dark", { viewport: { width: 390, height: 844 }, locale: "en-GB", colorScheme: "dark" }],
];

describe.each(looks)("on %s, with the keyboard alone", (_name, options) => {
  test("[S2] [S4] [U8] a wrong password, a temporary one, a second factor, the limit of devices and consent", async () => {
    const user = await house.makeUser();
    // A browser of before holds the only place.
    await getTokens(house, owned, user.username);
    const secret = await giveApp(user.id);
    const hash = await hashPassword(temporary);
    await house.work(
      async (work) => await setPassword(work, user.id, { hash }, { isTemporary: true, event: "user.passwordSet" }),
    );
    await house.work(async (work) => await setSetting(work, "devices.limit", 1));
    const context = await browser.newContext(options);
    const page = await context.newPage();
    await page.goto(await start(foreign));
    await isGood(page);
    await typeInto(page, "#username", user.username);
    await page.keyboard.press("Enter");
    await typeInto(page, "#password", "wrong-wrong-1");
    await page.keyboard.press("Enter");
    await page.locator("#password-error").waitFor();
    await isGood(page);
    await typeInto(page, "#password", temporary);
    await page.keyboard.press("Enter");
    await page.locator("#new_password").waitFor();
    await isGood(page);
    await typeInto(page, "#new_password", "short");
    await page.keyboard.press("Enter");
    await page.locator("#new_password-error").waitFor();
    await isGood(page);
    await typeInto(page, "#new_password", "copper-window-prairie-71");
    await page.keyboard.press("Enter");

    await page.locator("[name=code]").waitFor();
    await isGood(page);
    await reach(page, "a[href$='way=recovery']");
    await page.keyboard.press("Enter");
    await reach(page, "a[href$='way=totp']");
    await isGood(page);
    await page.keyboard.press("Enter");
    house.clock.now = new Date(house.clock.now.getTime() + 60_000);
    await page.locator("input[name=way][value=totp]").waitFor({ state: "attached" });
    await typeInto(page, "[name=code]", generateSync({ secret, epoch: Math.floor(house.clock.now.getTime() / 1000) }));
    await page.keyboard.press("Enter");

    await page.locator("[name=device]").first().waitFor();
    await isGood(page);
    await reach(page, "[name=device]");
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");

    await page.locator("button[value=allow]").waitFor();
    await isGood(page);
    await reach(page, "button[value=allow]");
    await page.keyboard.press("Enter");
    await page.waitForURL(`${origin}/foreign?**`);
    expect(new URL(page.url()).searchParams.has("code")).toBe(true);
    await house.work(async (work) => await setSetting(work, "devices.limit", 0));
    await context.close();
  });

  test("[S5] another provider, by its button and by the domain of the email", async () => {
    const upstream = await openUpstream();
    const user = await house.makeUser();
    const connection = await house.work(async (work) => {
      const id = await createConnection(work, house.keyring, {
        name: `Works of ${user.username}`,
        issuer: upstream.issuer,
        clientId: "gatehouse",
        clientSecret: "upstream-secret",
        domains: [`${user.username}.example`],
      });
      await linkIdentity(work, user.id, id, "subject-1");
      return id;
    });
    upstream.person = { sub: "subject-1" };
    for (const way of ["button", "domain"]) {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      await page.goto(await start(owned));
      if (way === "button") {
        await reach(page, `a[href$='/sso/${connection}']`);
        await isGood(page);
      } else await typeInto(page, "#username", `somebody@${user.username}.example`);
      await page.keyboard.press("Enter");
      await page.waitForURL(`${upstream.issuer}/authorize?**`);
      await page.goto(upstream.answer(new URL(page.url())).href);
      await page.waitForURL(`${origin}/own?**`);
      expect(new URL(page.url()).searchParams.has("code"), way).toBe(true);
      await context.close();
    }
    await upstream.close();
  });

  test("[S7] what a blocked account reads leads to its own pages", async () => {
    const user = await house.makeUser();
    await house.db.run("update users set blocked_at = now() where id = $1", [user.id]);
    const context = await browser.newContext(options);
    const page = await context.newPage();
    await page.goto(await start(owned));
    await typeInto(page, "#username", user.username);
    await page.keyboard.press("Enter");
    await typeInto(page, "#password", password);
    await page.keyboard.press("Enter");
    await reach(page, "a[href='/account/']");
    await isGood(page);
    await page.keyboard.press("Enter");
    await page.locator("#username").waitFor();
    await context.close();
  });
});
