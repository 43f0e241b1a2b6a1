import AxeBuilder from "@axe-core/playwright";
import { generateSync } from "otplib";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { inviteUser } from "#server/onboarding/invite-user.ts";
import { makeSetupLink } from "#server/onboarding/set-up.ts";
import { openMail } from "#server/mail/queue-mail.ts";
import { setSetting } from "#server/settings/set-setting.ts";
import { sendActivation } from "#server/tasks/send-link-mail.ts";
import { createUser } from "#server/users/create-user.ts";
import { password, serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse } from "#test/oidc/support/served-house.ts";
import { launchBrowser } from "#test/support/browser.ts";

// Two cores run browser, server and database, and axe looks at every page.
vi.setConfig({ testTimeout: 120_000 });

let house: ServedHouse;
let browser: Browser;
let count = 0;

beforeAll(async () => {
  [house, browser] = await Promise.all([serveHouse(), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await house.close();
});

async function activationLink(): Promise<{ link: string; username: string }> {
  count += 1;
  const username = `walker-${count}`;
  const resource = { emails: [{ value: `${username}@example.com`, type: "work", primary: true }] };
  const id = await house.work(async (work) => {
    const made = await createUser(work, { username, displayName: "Łucja Wiśniowska", resource });
    await inviteUser(work, made);
    return made;
  });
  await sendActivation(house, id);
  const mail = await house.db.models.Mail.findOne({ where: { userId: id }, order: [["id", "DESC"]] });
  const text = openMail(house.keyring, mail?.sealed)?.text ?? "";
  return { link: /https?:\/\/\S+\/activate\/[\w-]+/.exec(text)?.[0] ?? "", username };
}

/** Nothing wrong for people who use other means than eyes, nothing that scrolls sideways. */
async function isGood(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((one) => `${page.url()} ${one.id}: ${one.nodes[0]?.html ?? ""}`)).toEqual([]);
  expect(await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")).toBe(
    true,
  );
}

const looks: [string, BrowserContextOptions][] = [
  ["a laptop", { viewport: { width: 1280, height: 800 } }],
  ["a phone in the dark", { viewport: { width: 390, height: 844 }, colorScheme: "dark", hasTouch: true }],
  ["a phone in Japanese", { viewport: { width: 390, height: 844 }, locale: "ja-JP" }],
];

describe.each(looks)("on %s", (_name, options) => {
  test("[S8] activating, signing in to the own pages, changing the password and signing out", async () => {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const { link, username } = await activationLink();
    await page.goto(link);
    await isGood(page);
    await page.fill("[name=new_password]", "short");
    await page.keyboard.press("Enter");
    await page.waitForSelector("[aria-invalid=true]");
    await isGood(page);
    await page.fill("[name=new_password]", password);
    await page.keyboard.press("Enter");
    await page.waitForSelector("a[href='/account/']");
    await isGood(page);

    await page.goto(`${house.issuer}/account/`);
    await isGood(page);
    await page.fill("[name=username]", username);
    await page.keyboard.press("Enter");
    await page.waitForSelector("[name=password]");
    await isGood(page);
    await page.fill("[name=password]", "wrong-wrong-1");
    await page.keyboard.press("Enter");
    await page.waitForSelector("[aria-invalid=true]");
    await isGood(page);
    await page.fill("[name=password]", password);
    await page.keyboard.press("Enter");
    await page.waitForURL(`${house.issuer}/account/`);
    await isGood(page);

    await page.goto(`${house.issuer}/account/password`);
    await isGood(page);
    await page.fill("[name=current_password]", password);
    await page.fill("[name=new_password]", "hazel-comet-drum-58");
    await page.keyboard.press("Enter");
    await page.waitForURL(/done=passwordChanged/);
    await isGood(page);
    await page.locator("form[action='/account/sign-out'] button").click();
    await page.waitForURL(/sign-out/);
    await isGood(page);
    await context.close();
  });

  test("[S2] [S4] setting up a second factor, being asked for it, and the limit of devices", async () => {
    const { username } = await house.makeUser();
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const signIn = async () => {
      await page.goto(`${house.issuer}/account/`);
      await page.fill("[name=username]", username);
      await page.keyboard.press("Enter");
      await page.fill("[name=password]", password);
      await page.keyboard.press("Enter");
    };
    const type = async (secret: string) => {
      house.clock.now = new Date(house.clock.now.getTime() + 60_000);
      const code = generateSync({ secret, epoch: Math.floor(house.clock.now.getTime() / 1000) });
      await page.fill("[name=code]", code);
      await page.keyboard.press("Enter");
    };
    await signIn();
    await page.waitForURL(`${house.issuer}/account/`);
    await page.goto(`${house.issuer}/account/factors/add`);
    await isGood(page);
    expect(await page.evaluate("document.querySelector('.door__qr').naturalWidth")).toBeGreaterThan(0);
    const secret = (await page.locator(".door__key").textContent()) ?? "";
    await type(secret);
    await page.waitForSelector(".door__codes");
    await isGood(page);
    await page.locator("a[href='/account/factors']").first().click();
    await page.waitForURL(`${house.issuer}/account/factors`);
    await isGood(page);

    await house.work(async (work) => await setSetting(work, "devices.limit", 1));
    await context.clearCookies();
    await signIn();
    await page.waitForSelector("[name=code]");
    await isGood(page);
    await page.locator("a[href$='way=recovery']").click();
    await page.waitForSelector("input[name=way][value=recovery]", { state: "attached" });
    await isGood(page);
    await page.locator("a[href$='way=totp']").click();
    await page.waitForSelector("input[name=way][value=totp]", { state: "attached" });
    await type(secret);
    await page.waitForSelector("[name=device]");
    await isGood(page);
    await page.locator("[name=device]").first().check();
    await page.locator("form[action$='/device'] button[type=submit]").click();
    await page.waitForURL(`${house.issuer}/account/`);
    await house.work(async (work) => await setSetting(work, "devices.limit", 0));
    await context.close();
  });

  test("[S8] asking for a reset, and pages that have nothing to show", async () => {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    await page.goto(`${house.issuer}/reset`);
    await isGood(page);
    await page.fill("[name=username]", "nobody@example.com");
    await page.keyboard.press("Enter");
    await page.waitForSelector("input[type=hidden][name=username]", { state: "attached" });
    await isGood(page);
    for (const path of ["/reset/made-up", "/activate/made-up", "/setup/made-up", "/signin/made-up", "/nothing"]) {
      await page.goto(house.issuer + path);
      await isGood(page);
    }
    await context.close();
  });
});

test("[C4] [S8] without JavaScript the first administrator is made and reaches the door of the console", async () => {
  const fresh = await serveHouse();
  const context = await browser.newContext({ javaScriptEnabled: false });
  try {
    const page = await context.newPage();
    await page.goto(await makeSetupLink(fresh, "test"));
    await page.fill("[name=username]", "first");
    await page.fill("[name=display_name]", "First");
    await page.fill("[name=email]", "first@example.com");
    await page.fill("[name=new_password]", password);
    await page.locator("button[type=submit]").click();
    await page.waitForURL(/\/signin\//);
    await page.fill("[name=username]", "first@example.com");
    await page.locator("button[type=submit]").click();
    await page.fill("[name=password]", password);
    await page.locator("button[type=submit]").click();
    await page.waitForURL(`${fresh.issuer}/admin/`);
  } finally {
    await context.close();
    await fresh.close();
  }
});

test("[S8] the language switch works on every page, and stays", async () => {
  const context = await browser.newContext({ locale: "en-US" });
  const page = await context.newPage();
  await page.goto(`${house.issuer}/account/`);
  await page.locator("a[hreflang=ja]").click();
  expect(await page.locator("html").getAttribute("lang")).toBe("ja");
  await page.goto(`${house.issuer}/reset`);
  expect(await page.locator("html").getAttribute("lang")).toBe("ja");
  await context.close();
});
