import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createGroup } from "#server/groups/create-group.ts";
import { changeGroup } from "#server/groups/change-group.ts";
import { updateUser } from "#server/users/update-user.ts";
import { openTestConsole } from "./support/open-console.ts";
import type { TestConsole } from "./support/open-console.ts";

vi.setConfig({ testTimeout: 60_000 });

let desk: TestConsole;
beforeAll(async () => {
  desk = await openTestConsole();
});
afterAll(async () => await desk.close());
afterEach(() => expect(desk.takeComplaints()).toEqual([]));

describe("the log", () => {
  test("[L1] [L2] finds an event by name and kind, and the plus button opens what changed from what to what", async () => {
    const { house } = desk;
    const { id, username } = await house.makeUser({ displayName: "Stavroula P." });
    await house.work(async (work) => await updateUser(work, id, { displayName: "Σταυρούλα Παπαδήμα" }));
    const page = await desk.signIn("/logs");
    await page.keyboard.press("/");
    await page.keyboard.type(username);
    await page.waitForURL(/q=/);
    await page.getByRole("link", { name: "Users", exact: true }).last().click();
    await page.waitForURL(/type=user/);
    await page.getByRole("button", { name: /^Details of User changed/ }).click();
    const detail = page.locator(".table__detail");
    expect(await detail.locator("del").innerText()).toContain("Stavroula P.");
    expect(await detail.locator("ins").innerText()).toContain("Σταυρούλα Παπαδήμα");
    expect(await page.getByRole("row", { name: /User changed.*test/ }).count()).toBeGreaterThan(0);
  });

  test("[L1] [L2] shows a failed sign-in with its reason, and narrows by outcome and time", async () => {
    const { house } = desk;
    const { username } = await house.makeUser();
    const page = await desk.signIn("/logs");
    const other = await (await desk.browser.newContext()).newPage();
    await other.goto(`${house.issuer}/admin/`);
    await other.fill("[name=username]", username);
    await other.keyboard.press("Enter");
    await other.fill("[name=password]", "not-the-password-1");
    await other.keyboard.press("Enter");
    await other.waitForSelector("[aria-invalid=true]");
    await page.getByRole("button", { name: "Filter", exact: true }).click();
    await page.getByLabel("Outcome").selectOption("failure");
    await page.getByLabel("Time").selectOption("1h");
    await page.waitForURL(/within=1h/);
    await page.keyboard.press("Escape");
    await page
      .getByRole("row", { name: /Sign-in failed.*Failed/ })
      .first()
      .waitFor();
    await expect.poll(async () => await page.getByText("Succeeded").count()).toBe(0);
  });
});

describe("groups", () => {
  test("[G1] are listed and searched, and show their members", async () => {
    const { house } = desk;
    const members = await Promise.all([house.makeUser(), house.makeUser(), house.makeUser()]);
    await house.work(async (work) => {
      const id = await createGroup(work, { displayName: "Sales, Osaka" });
      await changeGroup(work, id, [{ kind: "addMembers", ids: members.map((member) => member.id) }]);
      await createGroup(work, { displayName: "Platform" });
    });
    const page = await desk.signIn("/groups");
    await page.getByRole("row", { name: /Platform/ }).waitFor();
    await page.getByRole("searchbox").fill("osaka");
    await page.waitForURL(/q=osaka/);
    await expect.poll(async () => await page.getByRole("row", { name: /Platform/ }).count()).toBe(0);
    await page.getByRole("link", { name: "Sales, Osaka" }).click();
    await page.getByText("3 members").waitFor();
    await page
      .getByRole("row", { name: new RegExp(members[1]?.username ?? "") })
      .getByRole("link")
      .click();
    await page
      .getByRole("link", { name: /^Groups/ })
      .last()
      .click();
    await page.getByRole("link", { name: "Sales, Osaka" }).waitFor();
  });
});

describe("settings", () => {
  test("[C1] are changed in place; what does not fit is said beside the setting", async () => {
    const page = await desk.signIn("/settings");
    await page.getByRole("spinbutton", { name: "Shortest password" }).fill("3");
    await page.getByRole("button", { name: "Save changes: Shortest password" }).click();
    await page.locator("#setting-passwords-minLength-error").waitFor();
    await page.getByRole("spinbutton", { name: "Shortest password" }).fill("14");
    await page.getByRole("button", { name: "Save changes: Shortest password" }).click();
    await page.getByText("Saved: Shortest password").waitFor();
    await page.getByRole("switch", { name: "Require a digit" }).check();
    await page.getByText("Saved: Require a digit").waitFor();
    await page.reload();
    await expect
      .poll(async () => await page.getByRole("spinbutton", { name: "Shortest password" }).inputValue())
      .toBe("14");
    expect(await page.getByRole("switch", { name: "Require a digit" }).isChecked()).toBe(true);
    await page.getByRole("link", { name: "Logs" }).click();
    await page.getByRole("row", { name: /Setting changed 8 → 14/ }).waitFor();
  });
});
