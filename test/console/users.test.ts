import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createUser } from "#server/users/create-user.ts";
import { changeStatus } from "#server/users/change-status.ts";
import { openTestConsole } from "./support/open-console.ts";
import type { TestConsole } from "./support/open-console.ts";

vi.setConfig({ testTimeout: 60_000 });

let desk: TestConsole;
beforeAll(async () => {
  desk = await openTestConsole();
  const { house } = desk;
  for (let number = 1; number <= 60; number += 1) {
    const username = `person-${String(number).padStart(2, "0")}`;
    const resource = { emails: [{ value: `${username}@example.com`, type: "work", primary: true }] };
    await house.work(async (work) => await createUser(work, { username, displayName: `Person ${number}`, resource }));
  }
  const disabled = await house.makeUser({ username: "gone.away", displayName: "Gone Away" });
  await house.work(async (work) => await changeStatus(work, disabled.id, "disable"));
});
afterAll(async () => await desk.close());
afterEach(() => expect(desk.takeComplaints()).toEqual([]));

const rows = (page: Page) => page.locator("tbody tr[role=row]");
const row = (page: Page, name: string) => rows(page).filter({ hasText: name });

describe("the user list", () => {
  test("[U1] shows each account with name, email, its mark in words, status and directory", async () => {
    const page = await desk.signIn("/users?q=person-07");
    const line = row(page, "Person 7");
    await line.waitFor();
    const text = await line.innerText();
    for (const part of [
      "Person 7",
      "person-07",
      "person-07@example.com",
      "Not onboarded",
      "Pending",
      "Never",
      "Local",
    ]) {
      expect(text).toContain(part);
    }
    // The role is said only where it is not the usual one.
    expect(text).not.toContain("Regular");
    await page.goto(`${desk.house.issuer}/admin/users?q=user-`);
    await row(page, "user-").first().waitFor();
    expect(await row(page, "user-").first().innerText()).toContain("Administrator");
    expect(await row(page, "user-").first().innerText()).toContain("Onboarded");
  });

  test("[U1] shows the columns an administrator chose, and remembers them", async () => {
    const page = await desk.signIn("/users");
    await rows(page).first().waitFor();
    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("checkbox", { name: "Sign-ins" }).check();
    await page.getByRole("checkbox", { name: "Groups" }).uncheck();
    await page.getByRole("button", { name: "Move Status up" }).click();
    await page.keyboard.press("Escape");
    await page.reload();
    await rows(page).first().waitFor();
    const heads = await page.locator("thead th:not(.table__pick)").allInnerTexts();
    expect(heads.map((head) => head.trim())).toEqual([
      "Name",
      "Status",
      "Email",
      "Sessions",
      "Last active",
      "Created",
      "Directory",
      "Sign-ins",
    ]);
  });

  test("[U2] finds people by part of username, name or email, and by id; the address carries the search", async () => {
    const page = await desk.signIn("/users");
    await rows(page).first().waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("erson-3");
    await page.waitForURL(/q=erson-3/);
    await expect.poll(async () => await rows(page).count()).toBe(10);
    const other = await page.context().newPage();
    await other.goto(page.url());
    await expect.poll(async () => await rows(other).count()).toBe(10);
    expect(await other.getByRole("searchbox").inputValue()).toBe("erson-3");
    const id = /users\/([0-9a-f-]{36})/.exec(
      (await rows(page).first().getByRole("link").first().getAttribute("href")) ?? "",
    );
    await page.getByRole("searchbox").fill(id?.[1] ?? "");
    await expect.poll(async () => await rows(page).count()).toBe(1);
    await page.getByRole("searchbox").fill("nobody at all");
    await page.getByText("No user matches “nobody at all”").waitFor();
  });

  test("[U2] narrows by status and onboarding, sorts by name, and drops a filter with one click", async () => {
    const page = await desk.signIn("/users");
    await rows(page).first().waitFor();
    await page.getByRole("button", { name: "Filter", exact: true }).click();
    await page.getByLabel("Disabled").check();
    await page.waitForURL(/status=disabled/);
    await expect.poll(async () => await rows(page).count()).toBe(1);
    expect(await rows(page).innerText()).toContain("Gone Away");
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "Remove filter: Status Disabled" }).click();
    await expect.poll(async () => await rows(page).count()).toBe(50);
    await page.getByRole("link", { name: "Not onboarded", exact: true }).click();
    await page.waitForURL(/onboarded=no/);
    await page.getByRole("link", { name: "Name" }).click();
    await page.waitForURL(/sort=name/);
    await expect.poll(async () => await rows(page).first().innerText()).toContain("Person 1");
    expect(await page.locator("th[aria-sort=ascending]").innerText()).toContain("Name");
    await page.getByRole("link", { name: "Active only" }).click();
    await page.waitForURL(/status=active$/);
    await expect.poll(async () => await page.getByText("Pending").count()).toBe(0);
  });

  test("[U2] leads on and back through the pages, and says where one is", async () => {
    const page = await desk.signIn("/users?sort=username&order=asc&q=person");
    await rows(page).first().waitFor();
    expect(await page.getByText("Rows 1–50 of 60").count()).toBe(1);
    await page.getByRole("link", { name: "Next" }).click();
    await page.getByText("Rows 51–60 of 60").waitFor();
    expect(await rows(page).first().innerText()).toContain("person-51");
    await page.reload();
    await page.getByText("Rows 51–60 of 60").waitFor();
    await page.getByRole("link", { name: "Previous" }).click();
    await page.getByText("Rows 1–50 of 60").waitFor();
    expect(await rows(page).first().innerText()).toContain("person-01");
  });

  test("[U3] has a view of recently registered accounts with an edit button in each row", async () => {
    const page = await desk.signIn("/users");
    await page.getByRole("link", { name: "Recently registered" }).click();
    await page.waitForURL(/sort=created/);
    await page.getByRole("link", { name: "Edit: Gone Away" }).click();
    await page.waitForURL(/\/edit$/);
    expect(await page.getByLabel("Username").inputValue()).toBe("gone.away");
  });

  test("[C1] goes by the keyboard: J, K and Enter in the list, Ctrl K from everywhere", async () => {
    const page = await desk.signIn("/users?sort=username&order=asc&q=person");
    await rows(page).first().waitFor();
    for (const key of ["j", "j", "j", "k"]) await page.keyboard.press(key);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Person 2", level: 1 }).waitFor();
    await page.keyboard.press("Control+k");
    await page.keyboard.type("person-44");
    await page.getByRole("option", { name: /Person 44/ }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Person 44", level: 1 }).waitFor();
  });

  test("[C1] says why a list could not be loaded, with the request, and tries again", async () => {
    const page = await desk.signIn("/");
    await page.route("**/api/v1/users?**", async (route) => {
      await route.fulfill({
        status: 503,
        headers: { "x-request-id": "made-up" },
        json: {
          type: "about:blank",
          title: "The server is busy.",
          status: 503,
          code: "server.busy",
          requestId: "made-up",
        },
      });
    });
    await page.getByRole("link", { name: "Users", exact: true }).click();
    await page.getByRole("alert").getByText("The server is busy. Request made-up").waitFor();
    await page.unroute("**/api/v1/users?**");
    await page.getByRole("button", { name: "Try again" }).click();
    await rows(page).first().waitFor();
  });
});
