import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { adminRole } from "#server/permissions/read-role.ts";
import { password, serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse } from "#test/oidc/support/served-house.ts";
import { launchBrowser } from "#test/support/browser.ts";

/** A served house with a browser, for tests that use the console as a person does. */
export interface TestConsole {
  house: ServedHouse;
  browser: Browser;
  /**
   * Signs an administrator of its own in, in a browser context of its own, at an address below `/admin`.
   *
   * @example
   * const page = await console.signIn("/users?status=pending");
   */
  signIn(path?: string, options?: BrowserContextOptions): Promise<Page>;
  /** What browsers complained of since the last time it was asked: errors, breaches of the content security policy. */
  takeComplaints(): string[];
  close(): Promise<void>;
}

/** Opens a house and a browser for a test file; close them in `afterAll`. */
export async function openTestConsole(): Promise<TestConsole> {
  const [house, browser] = await Promise.all([serveHouse(), launchBrowser()]);
  let complaints: string[] = [];
  return {
    house,
    browser,
    async signIn(path = "/", options = { viewport: { width: 1280, height: 900 }, locale: "en-GB" }) {
      const { username } = await house.makeUser({ roleId: adminRole });
      const context = await browser.newContext(options);
      await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: house.issuer });
      const page = await context.newPage();
      page.setDefaultTimeout(10_000);
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("console", (line) => {
        // A refused request is an answer that the page shows, not a fault of the page.
        if (line.type() === "error" && !line.text().startsWith("Failed to load resource")) complaints.push(line.text());
      });
      await page.goto(`${house.issuer}/admin${path}`);
      await page.fill("[name=username]", username);
      await page.keyboard.press("Enter");
      await page.fill("[name=password]", password);
      await page.keyboard.press("Enter");
      await page.waitForSelector("#sidebar", { state: "attached" });
      return page;
    },
    takeComplaints() {
      const taken = complaints;
      complaints = [];
      return taken;
    },
    async close() {
      await browser.close();
      await house.close();
    },
  };
}
