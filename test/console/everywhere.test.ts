import AxeBuilder from "@axe-core/playwright";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { startBulk } from "#server/bulk/start-bulk.ts";
import { createAttribute } from "#server/attributes/create-attribute.ts";
import { createResource } from "#server/apps/resources.ts";
import { createGroup } from "#server/groups/create-group.ts";
import { createDirectory } from "#server/directories/create-directory.ts";
import { addDirectoryClient } from "#server/directories/directory-client.ts";
import { testDirectory } from "#server/http/directory-test/test-directory.ts";
import { adminRole } from "#server/permissions/read-role.ts";
import { trusted } from "#server/db/work.ts";
import { openBrowser } from "#test/oidc/support/browser.ts";
import { signInAt } from "#test/oidc/support/relying-party.ts";
import { giveFactors } from "#test/support/give-factors.ts";
import { openTestConsole } from "./support/open-console.ts";
import type { TestConsole } from "./support/open-console.ts";

// Two cores run browser, server and database, and axe looks at every page.
vi.setConfig({ testTimeout: 240_000 });

let desk: TestConsole;
let addresses: string[];
beforeAll(async () => {
  desk = await openTestConsole();
  const { house } = desk;
  const user = await house.makeUser({
    displayName: "<b>Bobby</b> Wolfeschlegelsteinhausenbergerdorff the Elder of Nowhere",
  });
  const attribute = await house.work(async (work) => {
    await createAttribute(work, {
      name: "colours",
      type: "string",
      isMultiValued: true,
      canonicalValues: ["Red", "Blue"],
      labels: { en: "Colours", ja: "色" },
    });
    await createAttribute(work, { name: "remote", type: "boolean", labels: { en: "Remote", ja: null } });
    const fields = { description: "Where the costs go", isUnique: true, claim: "cost_code" };
    return await createAttribute(work, {
      name: "costCode",
      type: "string",
      labels: { en: "Cost code", ja: null },
      ...fields,
    });
  });
  await signInAt(openBrowser(house.issuer), new URL(`${house.issuer}/account/`), user.username);
  await giveFactors(house, user.id, "The laptop of Wolfeschlegelsteinhausenbergerdorff");
  const app = await house.makeApp();
  const api = await house.work(
    async (work) => await createResource(work, { identifier: "https://api.example.com/orders" }),
  );
  const group = await house.work(async (work) => await createGroup(work, { displayName: "Sales, Osaka" }));
  const { directory } = await house.work(async (work) => await createDirectory(work, { name: "Okta, production" }));
  await house.work(async (work) => await addDirectoryClient(work, directory.id));
  const bulk = await house.work(
    async (work) => await startBulk(work, { action: "addToGroup", groupId: group, selection: { ids: [user.id] } }),
  );
  const by = { actor: trusted("operator", "test"), requestId: "everywhere" };
  await testDirectory(house, by, directory.id, "okta");
  addresses = [
    "/",
    "/users",
    "/users?sort=created&status=active",
    "/users?q=nobody-at-all",
    `/users/${user.id}`,
    `/users/${user.id}/security`,
    `/users/${user.id}/groups`,
    `/users/${user.id}/apps`,
    `/users/${user.id}/devices`,
    `/users/${user.id}/sessions`,
    `/users/${user.id}/log`,
    `/users/${user.id}/edit`,
    "/users/new",
    "/users/bulk",
    `/users/bulk/${bulk.id}`,
    "/groups",
    `/groups/${group}`,
    `/groups/${group}/groups`,
    `/groups/${group}/log`,
    "/roles",
    "/roles/new",
    `/roles/${adminRole}`,
    "/attributes",
    "/attributes/new",
    `/attributes/${attribute}`,
    "/apps",
    "/apps/new",
    "/apis",
    "/apis/new",
    `/apis/${api.id}`,
    `/apps/${app.id}`,
    `/apps/${app.id}/settings`,
    `/apps/${app.id}/access`,
    `/apps/${app.id}/permissions`,
    `/apps/${app.id}/signouts`,
    "/directories",
    `/directories/${directory.id}`,
    `/directories/${directory.id}/users`,
    `/directories/${directory.id}/groups`,
    `/directories/${directory.id}/requests`,
    `/directories/${directory.id}/test`,
    `/directories/${directory.id}/settings`,
    "/imports",
    "/exports",
    "/exports/new",
    "/onboarding",
    "/mails",
    "/mails/templates",
    "/logs",
    "/settings",
    "/nowhere",
  ];
});
afterAll(async () => await desk.close());
afterEach(() => expect(desk.takeComplaints()).toEqual([]));

const looks: [string, BrowserContextOptions][] = [
  ["a laptop in the light", { viewport: { width: 1280, height: 900 }, locale: "en-GB" }],
  [
    "a laptop in the dark, in Japanese",
    { viewport: { width: 1280, height: 900 }, locale: "ja-JP", colorScheme: "dark" },
  ],
  [
    "a phone in the dark",
    { viewport: { width: 390, height: 844 }, locale: "en-GB", colorScheme: "dark", hasTouch: true },
  ],
];

/** Nothing wrong for people who use other means than eyes, nothing that scrolls sideways. */
async function isGood(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((one) => `${page.url()} ${one.id}: ${one.nodes[0]?.html ?? ""}`)).toEqual([]);
  expect(await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")).toBe(
    true,
  );
}

describe.each(looks)("on %s", (name, options) => {
  test("[C1] every page is accessible, fits, and keeps to the content security policy", async () => {
    const page = await desk.signIn("/", options);
    for (const address of addresses) {
      await page.goto(`${desk.house.issuer}/admin${address}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.waitForLoadState("networkidle");
      await isGood(page);
    }
    expect(await page.evaluate("document.documentElement.lang")).toBe(name.includes("Japanese") ? "ja" : "en");
    await page.context().close();
  });
});

test("[C1] on a phone the sections are a drawer that keeps the focus and closes with Esc", async () => {
  const page = await desk.signIn("/users", { viewport: { width: 390, height: 844 }, hasTouch: true, locale: "en-GB" });
  await page.getByRole("button", { name: "Sections" }).click();
  await page.getByRole("link", { name: "Directories" }).waitFor();
  await isGood(page);
  await page.keyboard.press("Escape");
  expect(await page.getByRole("link", { name: "Directories" }).isVisible()).toBe(false);
  expect(await page.evaluate("document.activeElement.getAttribute('aria-label')")).toBe("Sections");
  await page.getByRole("button", { name: "Sections" }).click();
  await page.getByRole("link", { name: "Directories" }).click();
  await page.getByRole("heading", { name: "Directories", level: 1 }).waitFor();
  expect(await page.getByRole("link", { name: "Logs" }).isVisible()).toBe(false);
});

test("[C1] theme and language are chosen in the account menu and remembered", async () => {
  const page = await desk.signIn("/users");
  const openMenu = async () => await page.locator(".me").click();
  await openMenu();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  expect(await page.evaluate("document.documentElement.dataset.theme")).toBe("dark");
  await page.getByRole("menuitemradio", { name: "日本語" }).click();
  await page.getByRole("heading", { name: "ユーザー", level: 1 }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "ユーザー", level: 1 }).waitFor();
  expect(await page.evaluate("document.documentElement.dataset.theme")).toBe("dark");
  await openMenu();
  await page.getByRole("menuitem", { name: "サインアウト" }).click();
  await page.waitForSelector("[name=username]");
});

test("[C1] the first page needs less than 200 kB of compressed scripts", async () => {
  const page = await desk.signIn("/users");
  let bytes = 0;
  const scripts = new Set<string>();
  const session = await page.context().newCDPSession(page);
  session.on("Network.responseReceived", ({ type, requestId }) => type === "Script" && scripts.add(requestId));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength;
  });
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  await page.reload();
  await page.getByRole("row").nth(1).waitFor();
  await page.waitForLoadState("networkidle");
  expect(bytes).toBeGreaterThan(20_000);
  expect(bytes).toBeLessThan(200_000);
});
