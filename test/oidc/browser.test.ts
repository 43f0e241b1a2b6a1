import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "#test/support/browser.ts";
import { relyingParty, startAttempt } from "./support/relying-party.ts";
import { password, serveHouse } from "./support/served-house.ts";
import type { ServedHouse } from "./support/served-house.ts";

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
