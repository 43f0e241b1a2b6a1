import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { password } from "#test/oidc/support/served-house.ts";
import { fitsHash } from "#server/passwords/hash.ts";
import { selectUser } from "#server/db/sql/users.ts";
import { sendActivation } from "#server/tasks/send-link-mail.ts";
import type { UserId } from "#server/kernel/ids.ts";
import { openBrowser } from "#test/oidc/support/browser.ts";
import { signInAt } from "#test/oidc/support/relying-party.ts";
import { openTestConsole } from "./support/open-console.ts";
import type { TestConsole } from "./support/open-console.ts";

vi.setConfig({ testTimeout: 60_000 });

let desk: TestConsole;
beforeAll(async () => {
  desk = await openTestConsole();
});
afterAll(async () => await desk.close());
afterEach(() => expect(desk.takeComplaints()).toEqual([]));

const idIn = (address: string) => /users\/([0-9a-f-]{36})/.exec(address)?.[1] as UserId;

describe("creating a user", () => {
  test("[U4] with an invitation leads to the new account, and its mail can be read under Mails", async () => {
    const page = await desk.signIn("/users");
    await page.keyboard.press("c");
    await page.waitForURL(/\/users\/new$/);
    await page.getByLabel("Username").fill("haruka.tanabe");
    await page.getByLabel("Display name").fill("田辺 遥");
    await page.getByLabel("First name").fill("遥");
    await page.getByLabel("Email").fill("haruka.tanabe@example.com");
    await page.getByLabel("Language").selectOption("ja");
    await page.getByLabel("Time zone").selectOption("Asia/Tokyo");
    await page.getByLabel("Email").press("Control+Enter");
    await page.getByRole("heading", { name: "田辺 遥", level: 1 }).waitFor();
    await page.getByText("田辺 遥 is created").waitFor();
    expect(await page.locator(".page-head").innerText()).toContain("Pending");
    expect(await page.getByText("Japanese · Asia/Tokyo").count()).toBe(1);
    await sendActivation(desk.house, idIn(page.url()));
    await page.getByRole("link", { name: "Mails" }).click();
    await page
      .getByRole("row", { name: /haruka.tanabe@example.com/ })
      .getByRole("link")
      .click();
    await page.getByText(/\/activate\/[\w-]+/).waitFor();
    await page.getByRole("button", { name: "Formatted" }).click();
    await page.frameLocator("iframe").getByRole("link").first().waitFor();
  });

  test("[U4] with a temporary password that it makes up itself", async () => {
    const page = await desk.signIn("/users/new");
    await page.getByLabel("Username").fill("temp.orary");
    await page.getByLabel("Display name").fill("Temp Orary");
    await page.getByLabel("Set a temporary password").check();
    await page.getByRole("button", { name: "Generate one" }).click();
    expect(await page.getByRole("textbox", { name: "Temporary password" }).inputValue()).toMatch(/^[\w-]{24}$/);
    await page.getByRole("button", { name: "Create user", exact: true }).click();
    await page.getByText("temporary, must be changed at the next sign-in").waitFor();
  });

  test("[U4] says beside the field what is wrong, with a summary on top, and keeps what was typed", async () => {
    const { username } = await desk.house.makeUser();
    const page = await desk.signIn("/users/new");
    await page.getByRole("button", { name: "Create user", exact: true }).click();
    await page.getByRole("alert").getByText("The account was not created.").waitFor();
    expect(await page.evaluate("document.activeElement.id")).toBe("user-summary");
    expect(await page.locator("#user-username-error").innerText()).toContain("This is needed.");
    await page.getByLabel("Username").fill(username);
    await page.getByLabel("Display name").fill("Second of that name");
    await page.getByLabel("Set a password", { exact: true }).check();
    await page.getByRole("textbox", { name: "Password" }).fill(password);
    await page.getByRole("button", { name: "Create user", exact: true }).click();
    await page.locator("#user-username-error").getByText("Another account has this username.").waitFor();
    expect(await page.locator("#user-username").getAttribute("aria-invalid")).toBe("true");
    expect(await page.getByLabel("Display name").inputValue()).toBe("Second of that name");
    await page.getByRole("link", { name: /Another account has this username/ }).click();
    expect(await page.evaluate("document.activeElement.id")).toBe("user-username");
  });
});

describe("the page of a user", () => {
  test("[U5] lets everything be edited, and asks before changes are lost", async () => {
    const { id } = await desk.house.makeUser();
    const page = await desk.signIn(`/users/${id}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.keyboard.press("e");
    await page.getByLabel("Display name").fill("Renamed Person");
    await page.getByRole("link", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Stay" }).click();
    expect(await page.getByLabel("Display name").inputValue()).toBe("Renamed Person");
    await page.getByLabel("Phone").fill("+81 90 0000 1842");
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByRole("heading", { name: "Renamed Person", level: 1 }).waitFor();
    expect((await selectUser(desk.house.db, id))?.display_name).toBe("Renamed Person");
  });

  test("[U6] disables and enables an account after a question that says what ends and what stays", async () => {
    const { id } = await desk.house.makeUser();
    const page = await desk.signIn(`/users/${id}`);
    await page.getByRole("button", { name: "Actions" }).click();
    await page.getByRole("menuitem", { name: /^Disable/ }).click();
    await page.getByText("Signing in stops working; all sessions and refresh tokens end.").waitFor();
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Cancel");
    await page.getByRole("button", { name: "Disable account" }).click();
    await page.locator(".page-head").getByText("Disabled").waitFor();
    await page.getByRole("button", { name: "Actions" }).click();
    await page.getByRole("menuitem", { name: "Enable" }).click();
    await page.getByRole("button", { name: "Enable account" }).click();
    await page.locator(".page-head").getByText("Active").waitFor();
    await page.getByRole("link", { name: "Log", exact: true }).click();
    await page.getByRole("row", { name: /User enabled/ }).waitFor();
    await page.getByRole("row", { name: /User disabled/ }).waitFor();
  });

  test("[U13] [U14] removes a device of somebody, and ends all their sessions, with effect at once", async () => {
    const { house } = desk;
    const person = await house.makeUser({ displayName: "Vera Visser" });
    const browsers = [openBrowser(house.issuer), openBrowser(house.issuer), openBrowser(house.issuer)];
    for (const one of browsers) await signInAt(one, new URL(`${house.issuer}/account/`), person.username);
    const signedIn = async () => {
      const pages = await Promise.all(browsers.map(async (one) => await one.visit("/account/")));
      return pages.filter((one) => one.url.pathname === "/account/").length;
    };
    expect(await signedIn()).toBe(3);
    const page = await desk.signIn(`/users/${person.id}/devices`);
    await page
      .getByRole("button", { name: /^Remove device/ })
      .first()
      .click();
    await page.getByText("That browser is signed out at once").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await page.getByText(/removed$/).waitFor();
    expect(await signedIn()).toBe(2);
    await page.getByRole("link", { name: "Sessions 2" }).click();
    await page.getByRole("button", { name: "End all sessions" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "End all sessions" }).click();
    await page.getByText("No active sessions").waitFor();
    expect(await signedIn()).toBe(0);
  });

  test("[U6] shows the sessions of an account and ends one", async () => {
    const page = await desk.signIn("/users");
    await page.getByRole("link", { name: "Active only" }).click();
    // The viewer's own account has the session of this very browser.
    const me = await page.evaluate("fetch('/api/v1/me').then((reply) => reply.json())");
    await page.goto(`${desk.house.issuer}/admin/users/${(me as { userId: string }).userId}/sessions`);
    await page.getByRole("button", { name: /^End session/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: "End session" }).click();
    await page.waitForURL(/\/signin\/|\/oauth\//);
  });

  test("[U6] deletes an account, which is then gone", async () => {
    const { id } = await desk.house.makeUser({ displayName: "Short Lived" });
    const page = await desk.signIn(`/users/${id}`);
    await page.getByRole("button", { name: "Actions" }).click();
    await page.getByRole("menuitem", { name: "Delete account" }).click();
    await page.getByRole("button", { name: "Delete account" }).click();
    await page.getByText("Short Lived is deleted").waitFor();
    await page.waitForURL(/\/admin\/users$/);
    await page.goto(`${desk.house.issuer}/admin/users/${id}`);
    await page.getByRole("alert").getByText("There is no such account.").waitFor();
  });
});

describe("what a person proves their identity by", () => {
  test("[U10] a temporary password and an expiry are set from the menu, and what is wrong stands beside the field", async () => {
    const { id } = await desk.house.makeUser({ displayName: "Forgetful" });
    const page = await desk.signIn(`/users/${id}`);
    await page.getByRole("button", { name: "Actions" }).click();
    await page.getByRole("menuitem", { name: "Set temporary password" }).click();
    await page.getByRole("textbox", { name: "Temporary password" }).fill("short");
    await page.getByRole("button", { name: "Set temporary password" }).click();
    await page.locator("#temporary-password-error").waitFor();
    await page.getByRole("button", { name: "Generate one" }).click();
    const made = await page.getByRole("textbox", { name: "Temporary password" }).inputValue();
    await page.getByRole("button", { name: "Set temporary password" }).click();
    await page.getByText("Forgetful has a temporary password").waitFor();
    await page.getByText("temporary, must be changed at the next sign-in").waitFor();
    const row = await desk.house.db.row<{ hash: string }>(
      "select hash from credentials where user_id = $1 and retired_at is null",
      [id],
    );
    expect(await fitsHash(made, row?.hash)).toBe(true);

    await page.getByRole("button", { name: "Actions" }).click();
    await page.getByRole("menuitem", { name: "Set password expiry" }).click();
    await page.getByLabel("Password expires").selectOption("At a time");
    await page.getByLabel("Date and time").fill("2031-01-31T17:00");
    await page.getByRole("button", { name: "Save expiry" }).click();
    await page.getByText("Password expiry of Forgetful saved").waitFor();
    const expiry = await desk.house.db.row<{ expires_at: Date }>(
      "select expires_at from credentials where user_id = $1 and retired_at is null",
      [id],
    );
    expect(expiry?.expires_at.toISOString()).toMatch(/^2031-0[12]-/);
  });

  test("[U12] removing the identity says what goes and what stays, and leaves a pending account", async () => {
    const { id } = await desk.house.makeUser({ displayName: "Compromised" });
    const page = await desk.signIn(`/users/${id}`);
    await page.getByRole("button", { name: "Actions" }).click();
    await page.getByRole("menuitem", { name: "Remove identity" }).click();
    await page.getByText("Name, email, groups, apps and settings are kept.").waitFor();
    await page.getByRole("button", { name: "Remove identity" }).click();
    await page.getByText("The identity of Compromised is removed").waitFor();
    expect((await selectUser(desk.house.db, id))?.status).toBe("pending");
  });
});
