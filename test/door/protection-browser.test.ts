import AxeBuilder from "@axe-core/playwright";
import { SMTPServer } from "smtp-server";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { setSetting } from "#server/settings/set-setting.ts";
import { workJobs } from "#server/tasks/work-jobs.ts";
import { password, serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse } from "#test/oidc/support/served-house.ts";
import { launchBrowser } from "#test/support/browser.ts";

// Two cores run browser, server and database, and axe looks at every page.
vi.setConfig({ testTimeout: 120_000 });

let house: ServedHouse;
let browser: Browser;
let smtp: SMTPServer;
let worker: { close(): Promise<void> };
const received: { to: string; text: string }[] = [];
const waiting: (() => void)[] = [];

beforeAll(async () => {
  smtp = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    logger: false,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        // Long lines are broken by a sign that stands for nothing (RFC 2045 §6.7).
        const text = Buffer.concat(chunks).toString("utf8").replaceAll("=\r\n", "");
        received.push({ to: session.envelope.rcptTo[0]?.address ?? "", text });
        done();
        for (const wake of waiting.splice(0)) wake();
      });
    },
  });
  const port = await new Promise<number>((resolve) => {
    const server = smtp.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  [house, browser] = await Promise.all([serveHouse({ smtpUrl: `smtp://127.0.0.1:${port}` }), launchBrowser()]);
  worker = await workJobs(house);
  await house.work(async (work) => await setSetting(work, "protection.default", true));
});
afterAll(async () => {
  await worker.close();
  await browser.close();
  await house.close();
  await new Promise<void>((resolve) => smtp.close(resolve));
});

/** The link in the latest mail to somebody, as soon as the mail server has it. */
async function linkTo(address: string): Promise<string> {
  for (;;) {
    const mail = received.findLast((one) => one.to === address);
    const link = /http:\/\/127\.0\.0\.1:\d+\/signin\/confirm\/[\w-]+/.exec(mail?.text ?? "")?.[0];
    if (link !== undefined) return link;
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
}

/** Nothing wrong for people who use other means than eyes, nothing that scrolls sideways. */
async function isGood(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((one) => `${page.url()} ${one.id}: ${one.nodes[0]?.html ?? ""}`)).toEqual([]);
  expect(await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")).toBe(
    true,
  );
}

async function signIn(page: Page, username: string): Promise<void> {
  await page.goto(`${house.issuer}/account/`);
  await page.fill("[name=username]", username);
  await page.keyboard.press("Enter");
  await page.fill("[name=password]", password);
  await page.keyboard.press("Enter");
  await page.waitForSelector("[data-waits]");
}

const looks: [string, BrowserContextOptions][] = [
  ["a laptop", { viewport: { width: 1280, height: 800 } }],
  ["a phone in the dark", { viewport: { width: 390, height: 844 }, colorScheme: "dark", hasTouch: true }],
  ["a phone in Japanese", { viewport: { width: 390, height: 844 }, locale: "ja-JP" }],
];

describe.each(looks)("on %s", (_name, options) => {
  test("[S3] a sign-in waits for the mail, is confirmed on another device by keyboard, and goes on by itself", async () => {
    const { username } = await house.makeUser();
    const [here, phone] = await Promise.all([browser.newContext(options), browser.newContext(options)]);
    const page = await here.newPage();
    const complaints: string[] = [];
    page.on("console", (line) => line.type() === "error" && complaints.push(line.text()));
    await signIn(page, username);
    await isGood(page);
    const other = await phone.newPage();
    await other.goto(await linkTo(`${username}@example.com`));
    await isGood(other);
    const yes = other.locator("button[value=yes]");
    await other.keyboard.press("Tab");
    for (let step = 0; step < 5 && !(await yes.evaluate("(button) => button === document.activeElement")); step += 1) {
      await other.keyboard.press("Tab");
    }
    await other.keyboard.press("Enter");
    await yes.waitFor({ state: "detached" });
    await isGood(other);
    await page.waitForURL(`${house.issuer}/account/`);
    expect(complaints).toEqual([]);
    await Promise.all([here.close(), phone.close()]);
  });

  test("[S3] “this is not me” stops it; a spent link and a sign-in that was stopped say what to do", async () => {
    const { username } = await house.makeUser();
    const [here, phone] = await Promise.all([browser.newContext(options), browser.newContext(options)]);
    const page = await here.newPage();
    await signIn(page, username);
    const other = await phone.newPage();
    const link = await linkTo(`${username}@example.com`);
    await other.goto(link);
    await other.locator("button[value=no]").click();
    await other.waitForSelector("a[href='/reset']");
    await isGood(other);
    await page.waitForSelector("[data-waits]", { state: "detached" });
    await isGood(page);
    await other.goto(link);
    await isGood(other);
    expect(await other.locator("button[value=yes]").count()).toBe(0);
    await Promise.all([here.close(), phone.close()]);
  });
});

test("[S3] [S8] without JavaScript the person comes back and goes on; before the answer the page says what is missing", async () => {
  const { username } = await house.makeUser();
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await signIn(page, username);
  await page.locator("a[href*='checked=1']").click();
  await page.waitForSelector("[role=status]");
  const other = await context.newPage();
  await other.goto(await linkTo(`${username}@example.com`));
  await other.locator("button[value=yes]").click();
  await other.waitForSelector("h1:has-text('Confirmed')");
  await page.locator("a[href*='checked=1']").click();
  await page.waitForURL(`${house.issuer}/account/`);
  await context.close();
});
