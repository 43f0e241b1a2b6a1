import AxeBuilder from "@axe-core/playwright";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { initiateDeviceAuthorization, pollDeviceAuthorizationGrant } from "openid-client";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { assignApp } from "#server/apps/assign-app.ts";
import { launchBrowser } from "#test/support/browser.ts";
import { relyingParty, startAttempt } from "./support/relying-party.ts";
import { password, serveHouse } from "./support/served-house.ts";
import type { ServedHouse } from "./support/served-house.ts";

// Two cores run browser, server and database, and axe looks at every page.
vi.setConfig({ testTimeout: 120_000 });

let house: ServedHouse;
let browser: Browser;
/** An app on another origin, which answers whatever comes. */
let origin: string;
const app = createServer((_req, res) => res.setHeader("content-type", "text/html").end("<title>the app</title>"));

beforeAll(async () => {
  house = await serveHouse();
  browser = await launchBrowser();
  await new Promise<void>((resolve) => app.listen(0, "127.0.0.1", resolve));
  origin = `http://localhost:${(app.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await browser.close();
  app.close();
  await house.close();
});

/** A page, and what the browser complained of. */
async function openPage(): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (/Content Security Policy|Refused/.test(message.text())) complaints.push(message.text());
  });
  return { page, complaints };
}

async function typeIn(page: Page, username: string): Promise<void> {
  await page.fill('input[name="username"]', username);
  await page.click('button[type="submit"]');
  await page.fill('input[name="password"]', password);
  await page.click('button[type="submit"]');
}

test.each([
  ["by redirect", {}],
  ["by form_post", { response_mode: "form_post" }],
])("[S1] a real browser lets the sign-in end at the app, %s", async (_what, parameters) => {
  const [client, user] = [await house.makeApp({ redirectUris: [`${origin}/cb`] }), await house.makeUser()];
  const { url } = await startAttempt(await relyingParty(house, client), client, parameters);
  const { page, complaints } = await openPage();
  await page.goto(url.href);
  await typeIn(page, user.username);
  await page.waitForURL(`${origin}/cb**`);
  expect(await page.title()).toBe("the app");
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("[S1] a real browser lets the sign-out end at the app", async () => {
  const [client, user] = [
    await house.makeApp({ redirectUris: [`${origin}/cb`], postLogoutRedirectUris: [`${origin}/bye`] }),
    await house.makeUser(),
  ];
  const { url } = await startAttempt(await relyingParty(house, client), client);
  const { page, complaints } = await openPage();
  await page.goto(url.href);
  await typeIn(page, user.username);
  await page.waitForURL(`${origin}/cb**`);
  const query = new URLSearchParams({ client_id: client.clientId, post_logout_redirect_uri: `${origin}/bye` });
  await page.goto(`${house.issuer}/oauth/logout?${query.toString()}`);
  await page.click('button[name="logout"]');
  await page.waitForURL(`${origin}/bye`);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("[S1] a real browser gets back to the app from a sign-out when nobody was signed in", async () => {
  const client = await house.makeApp({ postLogoutRedirectUris: [`${origin}/bye`] });
  const { page, complaints } = await openPage();
  const query = new URLSearchParams({ client_id: client.clientId, post_logout_redirect_uri: `${origin}/bye` });
  await page.goto(`${house.issuer}/oauth/logout?${query.toString()}`);
  await page.waitForURL(`${origin}/bye`, { timeout: 5000 });
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("[S1] somebody else's page cannot post to the door", async () => {
  const user = await house.makeUser();
  const { page } = await openPage();
  await page.goto(`${origin}/evil`);
  await page.setContent(
    `<form method="post" action="${house.issuer}/reset"><input name="username" value="${user.username}"></form>`,
  );
  await page.evaluate("document.forms[0].submit()");
  await page.waitForURL(`${house.issuer}/reset`);
  expect(await page.textContent("body")).not.toContain(user.username);
  const jobs = await house.db.rows("select 1 from graphile_worker.jobs");
  expect(jobs).toEqual([]);
  await page.context().close();
});

const looks: [string, BrowserContextOptions][] = [
  ["a laptop", { viewport: { width: 1280, height: 800 }, locale: "en-GB" }],
  ["a phone in the dark, in Japanese", { viewport: { width: 390, height: 844 }, locale: "ja-JP", colorScheme: "dark" }],
];

async function isGood(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((one) => `${page.url()} ${one.id}: ${one.nodes[0]?.html ?? ""}`)).toEqual([]);
  expect(await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")).toBe(
    true,
  );
}

async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env["SHOTS"];
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

test.each(looks)(
  "[S1] [S8] a device is let in with the keyboard alone, without JavaScript, on %s",
  async (name, options) => {
    const tv = await house.makeApp({
      name: `Television, ${name}`,
      kind: "public",
      redirectUris: [],
      grantTypes: ["urn:ietf:params:oauth:grant-type:device_code"],
    });
    const user = await house.makeUser();
    const config = await relyingParty(house, tv);
    const started = await initiateDeviceAuthorization(config, { scope: "openid" });
    // axe needs scripts; without them the same pages are walked through once more.
    for (const javaScriptEnabled of [true, false]) {
      const code = javaScriptEnabled ? "BBBB-BBBB" : started.user_code;
      const context = await browser.newContext({ ...options, javaScriptEnabled });
      const page = await context.newPage();
      await page.goto(started.verification_uri);
      await page.keyboard.type(code);
      await page.keyboard.press("Enter");
      if (!javaScriptEnabled) {
        await page.locator("button[name=confirm]").waitFor();
        await page.locator("button[name=confirm]").press("Enter");
        await typeIn(page, user.username);
        await page.locator(".door__panel").getByText(`Television, ${name}`).waitFor();
        await context.close();
        continue;
      }
      await page.locator("#user_code-error").waitFor();
      await isGood(page);
      await shoot(page, `device-code-${options.locale ?? ""}`);
      await page.fill("#user_code", (await initiateDeviceAuthorization(config, { scope: "openid" })).user_code);
      await page.keyboard.press("Enter");
      await page.locator("button[name=confirm]").waitFor();
      await isGood(page);
      await shoot(page, `device-confirm-${options.locale ?? ""}`);
      await page.locator("button[name=confirm]").press("Enter");
      await typeIn(page, user.username);
      await page.locator(".door__panel").getByText(`Television, ${name}`).waitFor();
      await isGood(page);
      await shoot(page, `device-done-${options.locale ?? ""}`);
      await context.close();
    }
    const tokens = await pollDeviceAuthorizationGrant(config, { ...started, interval: 0.01 });
    expect(tokens.claims()?.sub).toBe(user.id);
  },
);

test.each(looks)("[G4] the page for those whom an app is not open to is good on %s", async (_name, options) => {
  const notes = await house.makeApp({ access: "chosen", redirectUris: [`${origin}/cb`] });
  const [user, friend] = [await house.makeUser(), await house.makeUser()];
  await house.work(async (work) => await assignApp(work, notes.id, { userIds: [friend.id] }));
  const { url } = await startAttempt(await relyingParty(house, notes), notes);
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(url.href);
  await typeIn(page, user.username);
  await page.locator("form[action$='/leave']").waitFor();
  await isGood(page);
  await shoot(page, `no-access-${options.locale ?? ""}`);
  await page.click("a[href*='other=1']");
  await typeIn(page, friend.username);
  await page.waitForURL(`${origin}/cb?code=**`);
  await context.close();
});
