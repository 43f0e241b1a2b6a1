import AxeBuilder from "@axe-core/playwright";
import { generateSync } from "otplib";
import type { Browser, BrowserContext, BrowserContextOptions, CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openMail } from "#server/mail/queue-mail.ts";
import type { UserId } from "#server/kernel/ids.ts";
import { setSetting } from "#server/settings/set-setting.ts";
import { password, serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse } from "#test/oidc/support/served-house.ts";
import { launchBrowser } from "#test/support/browser.ts";

// Two cores run browser, server and database, and axe looks at every page.
vi.setConfig({ testTimeout: 120_000 });

let house: ServedHouse;
let browser: Browser;

beforeAll(async () => {
  [house, browser] = await Promise.all([serveHouse({}, [], "localhost"), launchBrowser()]);
  // The provider has a clock of its own, which says when somebody signed in; factors are younger than that.
  house.clock.now = new Date(Date.now() + 3_600_000);
  await house.work(async (work) => await setSetting(work, "factors.email", true));
});
afterAll(async () => {
  await browser.close();
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

/** A phone or laptop with an authenticator in it, that its owner unlocks. */
async function withAuthenticator(context: BrowserContext): Promise<{ page: Page; cdp: CDPSession; id: string }> {
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId: id } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { page, cdp, id };
}

async function signIn(page: Page, username: string): Promise<void> {
  await page.goto(`${house.issuer}/account/factors`);
  await page.fill("[name=username]", username);
  await page.keyboard.press("Enter");
  await page.waitForSelector("[name=password]");
  await page.fill("[name=password]", password);
  await page.keyboard.press("Enter");
}

const looks: [string, BrowserContextOptions][] = [
  ["a laptop", { viewport: { width: 1280, height: 800 } }],
  ["a phone in Japanese, in the dark", { viewport: { width: 390, height: 844 }, colorScheme: "dark", locale: "ja-JP" }],
];

describe.each(looks)("on %s", (_name, options) => {
  test("[S2] a passkey is added, named, used beside the password and alone, and removed", async () => {
    const { username } = await house.makeUser();
    const context = await browser.newContext(options);
    const { page, cdp, id } = await withAuthenticator(context);
    await signIn(page, username);
    await page.waitForURL(`${house.issuer}/account/`);
    await page.goto(`${house.issuer}/account/factors`);
    await isGood(page);
    await page.locator("a[href='/account/factors/passkey']").click();
    await isGood(page);
    await page.fill("[name=name]", "Work laptop");
    await page.locator("[data-passkey-button]").click();
    await page.waitForSelector(".door__codes");
    await isGood(page);
    await page.locator("a[href='/account/factors']").first().click();
    await page.waitForSelector("text=Work laptop");
    await isGood(page);
    const { credentials } = await cdp.send("WebAuthn.getCredentials", { authenticatorId: id });
    expect(credentials).toMatchObject([{ isResidentCredential: true, rpId: "localhost" }]);

    // The authenticator says itself that it has one already.
    await page.locator("a[href='/account/factors/passkey']").click();
    await page.locator("[data-passkey-button]").click();
    await page.waitForSelector("[data-passkey-says]:not([hidden])");
    await isGood(page);
    await page.goto(`${house.issuer}/account/factors`);
    await page.locator("a[href^='/account/factors/passkeys/']").click();
    await isGood(page);
    await page.fill("[name=name]", "Old laptop");
    await page.keyboard.press("Enter");
    await page.waitForSelector("text=Old laptop");

    // Nobody is there to touch the authenticator until the button is pressed; else the name field is answered at once.
    const present = async (enabled: boolean) =>
      await cdp.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId: id, enabled });
    await context.clearCookies();
    await present(false);
    await signIn(page, username);
    await page.waitForSelector("form[data-passkey=get] .door__who");
    await isGood(page);
    await present(true);
    await page.locator("[data-passkey-button]").click();
    await page.waitForURL(`${house.issuer}/account/`);

    await context.clearCookies();
    await present(false);
    await page.goto(`${house.issuer}/account/`);
    await isGood(page);
    await present(true);
    await page.locator("button[data-passkey-button]").click();
    await page.waitForURL(`${house.issuer}/account/`);
    await isGood(page);

    await context.clearCookies();
    await page.goto(`${house.issuer}/account/`);
    await page.waitForURL(`${house.issuer}/account/`);
    await page.waitForSelector("#h-factors");
    await page.goto(`${house.issuer}/account/factors`);
    await page.locator("form[action$='/remove'] button").click();
    await page.waitForURL(/done=removed/);
    await isGood(page);
    await context.clearCookies();
    await present(false);
    await page.goto(`${house.issuer}/account/`);
    await present(true);
    await page.locator("button[data-passkey-button]").click();
    await page.waitForSelector(".summary[role=alert]");
    await isGood(page);
    await context.close();
  });
});

test("[S2] [S8] without JavaScript everything but passkeys works, and the pages say so", async () => {
  const { id, username } = await house.makeUser();
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  await page.goto(`${house.issuer}/account/`);
  expect(await page.locator("[data-passkey-button]:visible").count()).toBe(0);
  await signIn(page, username);
  await page.waitForURL(`${house.issuer}/account/`);
  await page.goto(`${house.issuer}/account/factors/passkey`);
  expect(
    (await page.locator("noscript").count()) + (await page.locator(".note--warn:visible").count()),
  ).toBeGreaterThan(0);
  await page.goto(`${house.issuer}/account/factors/email`);
  await page.locator("button[name=send]").click();
  await page.waitForSelector("[name=code]");
  await page.fill("[name=code]", await mailedCode(id));
  await page.keyboard.press("Enter");
  await page.waitForSelector(".door__codes");
  await page.goto(`${house.issuer}/account/factors/add`);
  const secret = (await page.locator(".door__key").textContent()) ?? "";
  house.clock.now = new Date(house.clock.now.getTime() + 60_000);
  await page.fill("[name=code]", generateSync({ secret, epoch: Math.floor(house.clock.now.getTime() / 1000) }));
  await page.keyboard.press("Enter");
  await page.waitForURL(/done=added/);
  await page.locator("form[action='/account/factors/default'] button").click();
  await page.waitForURL(/done=chosen/);
  await context.clearCookies();
  await signIn(page, username);
  await page.waitForSelector("[name=code]");
  await page.locator("a[href$='way=totp']").click();
  await page.locator("a[href$='way=email']").click();
  await page.fill("[name=code]", await mailedCode(id));
  await page.keyboard.press("Enter");
  await page.waitForURL(`${house.issuer}/account/`);
  await context.close();
});

async function mailedCode(userId: UserId): Promise<string> {
  const mail = await house.db.models.Mail.findOne({
    where: { userId, template: "sign-in-code" },
    order: [["id", "DESC"]],
  });
  return /^\d{6}$/m.exec(openMail(house.keyring, mail?.sealed)?.text ?? "")?.[0] ?? "";
}
