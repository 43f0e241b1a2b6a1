import AxeBuilder from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { createGroup } from "#server/groups/create-group.ts";
import { changeGroup } from "#server/groups/change-group.ts";
import { askToken, getTokens, relyingParty, signInAt, startAttempt } from "#test/oidc/support/relying-party.ts";
import { openBrowser } from "#test/oidc/support/browser.ts";
import type { TestApp } from "#test/oidc/support/served-house.ts";
import { openTestConsole } from "./support/open-console.ts";
import type { TestConsole } from "./support/open-console.ts";

vi.setConfig({ testTimeout: 120_000 });

let desk: TestConsole;
beforeAll(async () => {
  desk = await openTestConsole();
});
afterAll(async () => await desk.close());
afterEach(() => expect(desk.takeComplaints()).toEqual([]));

const phone = { viewport: { width: 390, height: 844 }, locale: "en-GB", hasTouch: true };

async function isIn(app: TestApp, username: string): Promise<boolean> {
  const { url } = await startAttempt(await relyingParty(desk.house, app), app);
  return (await signInAt(openBrowser(desk.house.issuer), url, username)).url.searchParams.has("code");
}

async function isAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((one) => `${one.id}: ${one.nodes[0]?.html ?? ""}`)).toEqual([]);
}

async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env["SHOTS"];
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

test("[G4] an app is closed to others in the console, and opened to a group that is found by name", async () => {
  const { house } = desk;
  const app = await house.makeApp({ name: "Field Notes" });
  const [member, stranger] = [await house.makeUser(), await house.makeUser({ displayName: "Sales Person" })];
  const group = await house.work(async (work) => await createGroup(work, { displayName: "Sales, Osaka" }));
  await house.work(async (work) => await changeGroup(work, group, [{ kind: "addMembers", ids: [member.id] }]));
  const page = await desk.signIn(`/apps/${app.id}/access`);
  await page.getByText("Nobody is chosen").waitFor();
  await page.getByRole("button", { name: "Add users and groups" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("searchbox").fill("sales");
  await dialog.getByRole("checkbox", { name: "Sales, Osaka" }).check();
  await isAccessible(page);
  await shoot(page, "access-pick");
  await dialog.getByRole("button", { name: "Add 1" }).click();
  await page.getByRole("link", { name: "Sales, Osaka" }).waitFor();
  expect(await isIn(app, stranger.username)).toBe(true);

  await page.getByRole("radio", { name: "Chosen users and groups" }).check();
  await page.getByRole("button", { name: "Save changes" }).click();
  await shoot(page, "access-confirm");
  await page.getByRole("dialog").getByRole("button", { name: "Save changes" }).click();
  await page.getByText("They may use the app, and nobody else.").waitFor();
  await isAccessible(page);
  await shoot(page, "access");
  expect(await isIn(app, member.username)).toBe(true);
  expect(await isIn(app, stranger.username)).toBe(false);

  const apps = await desk.signIn(`/users/${member.id}/apps`);
  await apps.getByRole("row", { name: /Field Notes.*Sales, Osaka/ }).waitFor();
  await shoot(apps, "user-apps");

  await page.getByRole("button", { name: "Remove Sales, Osaka" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove", exact: true }).click();
  await page.getByText("Nobody can use the app until you add users or groups.").waitFor();
  expect(await isIn(app, member.username)).toBe(false);
});

test("[G3] a permission is declared in the console and given to a user, and the app is told, all on a phone", async () => {
  const { house } = desk;
  const app = await house.makeApp({ name: "Chat" });
  const user = await house.makeUser({ displayName: "Haruka Ito" });
  const page = await desk.signIn(`/apps/${app.id}/permissions`, phone);
  await page.getByText("No permissions yet").waitFor();
  await page.getByRole("button", { name: "Add permission" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: /^Name/ }).fill("Chat settings");
  await dialog.getByRole("textbox", { name: "Value" }).fill("chat settings");
  await dialog.getByRole("button", { name: "Add permission" }).click();
  await dialog
    .locator("#permission-value-error")
    .getByText(/one word/)
    .waitFor();
  await isAccessible(page);
  await shoot(page, "permission-new-phone");
  await dialog.getByRole("textbox", { name: "Value" }).fill("chat.settings");
  await dialog.getByRole("button", { name: "Add permission" }).click();
  await page.getByRole("heading", { name: "Who holds Chat settings" }).waitFor();
  await page.getByRole("button", { name: "Add users and groups" }).click();
  await dialog.getByRole("searchbox").fill("haruka");
  await dialog.getByRole("checkbox", { name: "Haruka Ito" }).check();
  await dialog.getByRole("button", { name: "Add 1" }).click();
  await page.getByRole("link", { name: "Haruka Ito" }).waitFor();
  await isAccessible(page);
  await shoot(page, "permissions-phone");
  const { tokens } = await getTokens(house, app, user.username, { scope: "openid entitlements" });
  expect(tokens.claims()?.["entitlements"]).toEqual(["chat.settings"]);

  await page.getByRole("button", { name: "Delete Chat settings" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete permission" }).click();
  await page.getByText("No permissions yet").waitFor();
});

test("[S1] an app is given scopes and lifetimes of its own in the console", async () => {
  const { house } = desk;
  const app = await house.makeApp({ name: "Warehouse" });
  const user = await house.makeUser();
  const page = await desk.signIn(`/apps/${app.id}/settings`);
  await page.getByRole("radio", { name: "Chosen scopes" }).check();
  await page.getByRole("checkbox", { name: "groups" }).uncheck();
  await page.getByRole("textbox", { name: "Access token, minutes" }).fill("5");
  await page.getByRole("textbox", { name: "Refresh token unused, days" }).fill("8");
  await page.getByRole("textbox", { name: "Refresh tokens in all, days" }).fill("7");
  await page.getByRole("textbox", { name: /^Public keys/ }).fill('{"kty":"EC"');
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.locator("#settings-refreshIdleSeconds-error").waitFor();
  await page.getByRole("textbox", { name: "Refresh token unused, days" }).fill("2");
  await page.getByRole("button", { name: "Save changes" }).click();
  await page
    .locator("#settings-jwks-error")
    .getByText(/public keys/)
    .waitFor();
  await isAccessible(page);
  await shoot(page, "app-settings");
  await page.getByRole("textbox", { name: /^Public keys/ }).fill("");
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByText("Changes saved", { exact: true }).waitFor();
  const { tokens } = await getTokens(house, app, user.username);
  expect(tokens.expires_in).toBe(300);
  const { url } = await startAttempt(await relyingParty(house, app), app, { scope: "openid groups" });
  expect((await openBrowser(house.issuer).visit(url.href)).url.searchParams.get("error")).toBe("invalid_scope");
  await page.reload();
  await expect
    .poll(async () => await page.getByRole("textbox", { name: "Refresh token unused, days" }).inputValue())
    .toBe("2");
});

test("[S1] an API is registered in the console, and a machine gets a token for it", async () => {
  const { house } = desk;
  const machine = await house.makeApp({ kind: "machine" });
  const page = await desk.signIn("/apis/new");
  await page.getByRole("textbox", { name: "Identifier" }).fill("orders");
  await page.getByRole("textbox", { name: /^Scopes/ }).fill("orders:read See your orders\norders:write");
  await page.getByRole("button", { name: "Register API" }).click();
  await page
    .locator("#api-identifier-error")
    .getByText(/absolute URI/)
    .waitFor();
  await isAccessible(page);
  await page.getByRole("textbox", { name: "Identifier" }).fill("https://api.example.com/shop");
  await page.getByRole("textbox", { name: "Lifetime, minutes" }).fill("3");
  await shoot(page, "api-new");
  await page.getByRole("button", { name: "Register API" }).click();
  await page.getByRole("heading", { level: 1, name: "https://api.example.com/shop" }).waitFor();
  await shoot(page, "api");
  const ask = async () =>
    (
      await askToken(house, machine, {
        grant_type: "client_credentials",
        resource: "https://api.example.com/shop",
        scope: "orders:read",
      })
    ).body;
  expect(await ask()).toMatchObject({ expires_in: 180, scope: "orders:read" });
  await page.getByRole("button", { name: "Delete API" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete API" }).click();
  await page.getByText("No API yet").waitFor();
  expect(await ask()).toMatchObject({ error: "invalid_target" });
});

test("[C1] an app is connected by an example that is copied with its own values", async () => {
  const { id, clientId, redirectUri } = await desk.house.makeApp();
  const page = await desk.signIn(`/apps/${id}`);
  await page.getByRole("button", { name: "Node.js" }).click();
  await page.getByRole("button", { name: "Copy: Node.js" }).click();
  await page.getByText("Copied: Node.js").waitFor();
  const copied = await page.evaluate(async () => await navigator.clipboard.readText());
  for (const part of ["openid-client", clientId, desk.house.issuer, redirectUri]) expect(copied).toContain(part);
  await page.getByText("Single addresses").click();
  await page.getByText(`${desk.house.issuer}/oauth/token`, { exact: true }).waitFor();
});
