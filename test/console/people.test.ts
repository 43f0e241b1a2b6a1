import AxeBuilder from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createApp } from "#server/apps/create-app.ts";
import { createGroup } from "#server/groups/create-group.ts";
import { selectUser } from "#server/db/sql/users.ts";
import { workJobs } from "#server/tasks/work-jobs.ts";
import { createUser } from "#server/users/create-user.ts";
import { updateUser } from "#server/users/update-user.ts";
import { openTestConsole } from "./support/open-console.ts";
import type { TestConsole } from "./support/open-console.ts";

vi.setConfig({ testTimeout: 90_000 });

let desk: TestConsole;
let worker: Awaited<ReturnType<typeof workJobs>>;
beforeAll(async () => {
  desk = await openTestConsole();
  worker = await workJobs(desk.house);
  await desk.house.work(async (work) => {
    for (let number = 1; number <= 60; number += 1) {
      const username = `person-${String(number).padStart(2, "0")}`;
      const emails = [{ value: `${username}@example.com`, type: "work", primary: true }];
      // One cannot be invited, so that something is refused.
      const resource = number === 7 ? {} : { emails };
      await createUser(work, { username, displayName: `Person ${String(number).padStart(2, "0")}`, resource });
    }
    await createGroup(work, { displayName: "Sales, Osaka" });
    await createApp(work, { name: "Field Notes", kind: "web", redirectUris: ["https://notes.example.com/cb"] });
  });
});
afterAll(async () => {
  await worker.close();
  await desk.close();
});
afterEach(() => expect(desk.takeComplaints()).toEqual([]));

const rows = (page: Page) => page.locator("tbody tr[role=row]");
const bar = (page: Page) => page.getByRole("region", { name: "Actions for the selection" });

async function isGood(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((one) => `${page.url()} ${one.id}: ${one.nodes[0]?.html ?? ""}`)).toEqual([]);
  expect(await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")).toBe(
    true,
  );
}

/** Goes on with Tab until what has the focus is called so. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let step = 0; step < 80; step += 1) {
    const text = await page.evaluate<string>(
      "(document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.innerText ?? '').trim()",
    );
    if (name.test(text)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not come to ${String(name)}.`);
}

describe("many users at once", () => {
  test("[U16] by the keyboard alone: ticks that survive paging, a question with the exact count, a result with reasons", async () => {
    const page = await desk.signIn("/users?sort=username&order=asc&q=person-");
    await rows(page).first().waitFor();
    // Two on the first page, one on the second.
    for (const key of ["j", "Space", "ArrowDown", "Space"]) await page.keyboard.press(key);
    await bar(page).getByText("2 selected").waitFor();
    await page.keyboard.press("]");
    await page.getByText("Rows 51–60 of 60").waitFor();
    expect(await page.locator("tr.is-selected").count()).toBe(0);
    await page.keyboard.press("j");
    await page.keyboard.press("Space");
    await bar(page).getByText("3 selected").waitFor();
    await page.keyboard.press("[");
    await page.getByText("Rows 1–50 of 60").waitFor();
    expect(await page.locator("tr.is-selected").count()).toBe(2);
    await isGood(page);
    // All that match, but for one.
    await page.keyboard.press("a");
    await tabTo(page, /^Select all that match$/);
    await page.keyboard.press("Enter");
    await bar(page).getByText("All 60 that match are selected").waitFor();
    await page.getByRole("checkbox", { name: "Select Person 01" }).focus();
    await page.keyboard.press("Space");
    await bar(page).getByText("59 that match are selected").waitFor();
    await page.keyboard.press("a");
    await tabTo(page, /^Send activation mail$/);
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Send an activation mail to 59 users?" }).waitFor();
    await isGood(page);
    await tabTo(page, /^Send activation mails to 59 users$/);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Send activation mails to 59 users", level: 1 }).waitFor();
    await page.locator(".page-head").getByText("Finished").waitFor({ timeout: 30_000 });
    await page.getByText("59 of 59").waitFor();
    await page.getByRole("link", { name: /^Refused/ }).click();
    await page.getByRole("row", { name: /Person 07.*No email address/ }).waitFor();
    await vi.waitFor(async () => expect(await rows(page).count()).toBe(1), { timeout: 10_000 });
    await isGood(page);
    const sent = await desk.house.db.row<{ count: number }>(
      "select count(*)::int as count from events where type = 'user.activationSent'",
    );
    expect(sent?.count).toBe(58);
    await page.getByRole("link", { name: "Bulk actions" }).click();
    await page.getByRole("row", { name: /Send activation mails to 59 users.*Finished/ }).waitFor();
    await isGood(page);
  });

  test("[U16] into a group and out of it again, and blocked and taken back", async () => {
    const page = await desk.signIn("/users?q=person-1");
    await rows(page).first().waitFor();
    await page.getByRole("checkbox", { name: "Select the 10 rows on this page" }).check();
    await bar(page).getByRole("button", { name: "Add to group" }).click();
    const dialog = page.getByRole("dialog", { name: "Add 10 users to a group?" });
    await dialog.getByRole("button", { name: "Add 10 users to a group" }).click();
    await dialog.getByText("Choose a group").waitFor();
    await dialog.getByRole("searchbox").fill("osaka");
    await dialog.getByRole("radio", { name: "Sales, Osaka" }).check();
    await dialog.getByRole("button", { name: "Add 10 users to a group" }).click();
    await page.locator(".page-head").getByText("Finished").waitFor({ timeout: 30_000 });
    const members = async () =>
      (
        await desk.house.db.row<{ member_count: number }>(
          "select member_count from groups where display_name like 'Sales%'",
        )
      )?.member_count;
    expect(await members()).toBe(10);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("button", { name: "Remove 10 users from a group" }).click();
    await page.getByRole("heading", { name: "Remove 10 users from a group", level: 1 }).waitFor();
    await page.locator(".page-head").getByText("Finished").waitFor({ timeout: 30_000 });
    expect(await members()).toBe(0);
  });

  test("[U16] are deleted only after the number was typed", async () => {
    const page = await desk.signIn("/users?q=person-60");
    await rows(page).first().waitFor();
    await page.getByRole("checkbox", { name: "Select Person 60" }).check();
    await bar(page).getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    const dialog = page.getByRole("dialog", { name: "Delete 1 user?" });
    await dialog.getByText("Your own account is left out.").waitFor();
    await dialog.getByRole("button", { name: "Delete 1 user" }).click();
    await dialog.getByText("Type the number 1.").waitFor();
    await dialog.getByLabel("Type 1 to confirm").fill("1");
    await page.keyboard.press("Enter");
    await page.locator(".page-head").getByText("Finished").waitFor({ timeout: 30_000 });
    await page.getByText("Person 60 (deleted)").waitFor();
  });
});

test("[U2] a view is kept with its filters, order and columns, and is one click away from then on", async () => {
  const page = await desk.signIn("/users?q=person-2&status=pending&sort=email&order=desc");
  await rows(page).first().waitFor();
  expect(await rows(page).first().innerText()).toContain("person-29@example.com");
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("checkbox", { name: "2nd factor" }).check();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Save view" }).click();
  await page.getByRole("dialog", { name: "Save this view" }).getByLabel("Name").fill("New in Osaka");
  await page.keyboard.press("Enter");
  await page.getByText("View saved: New in Osaka").waitFor();
  await page.goto(`${desk.house.issuer}/admin/users`);
  await page.getByRole("link", { name: "New in Osaka" }).click();
  await page.waitForURL(/sort=email/);
  await page.getByRole("columnheader", { name: "2nd factor" }).waitFor();
  await expect.poll(async () => await rows(page).first().innerText()).toContain("person-29@example.com");
  await isGood(page);
  await page.getByRole("button", { name: "Delete view" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete view" }).click();
  await page.getByText("View deleted: New in Osaka").waitFor();
  expect(await page.getByRole("link", { name: "New in Osaka" }).count()).toBe(0);
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await page.getByRole("combobox", { name: "Second factor" }).selectOption("Yes");
  await page.waitForURL(/factor=yes/);
  await page.getByRole("group", { name: "Created" }).getByLabel("Before").fill("2020-01-01");
  await page.waitForURL(/createdBefore=/);
  await page.getByText("No user matches").waitFor();
  await isGood(page);
});

test("[U6] comments are written, read with author and time, and the own ones deleted", async () => {
  const { id } = await desk.house.makeUser({ displayName: "Talked About" });
  const page = await desk.signIn(`/users/${id}`);
  await page.getByLabel("New comment, for administrators only").fill("Lost her phone in Nagoya.\nCall back.");
  await page.keyboard.press("Control+Enter");
  const written = page.getByRole("article").filter({ hasText: "Nagoya" });
  await written.waitFor();
  expect(await page.getByLabel("New comment, for administrators only").inputValue()).toBe("");
  expect(await written.innerText()).toMatch(/User \d+/);
  await isGood(page);
  await page.reload();
  await written.getByRole("button", { name: /^Delete comment/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete comment" }).click();
  await written.waitFor({ state: "detached" });
  expect(await desk.house.db.rows("select 1 from user_comments")).toEqual([]);
});

test("[U5] an edit that comes too late is told, with what others changed, and nothing typed is lost", async () => {
  const { id } = await desk.house.makeUser({ displayName: "Slow Form" });
  const page = await desk.signIn(`/users/${id}/edit`);
  await page.getByLabel("First name").fill("Typed here");
  await desk.house.work(
    async (work) => await updateUser(work, id, { displayName: "Changed there", givenName: "Also there" }),
  );
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByText("Someone else changed this account meanwhile.").waitFor();
  await page.getByText("Display name: the new value is in the form.").waitFor();
  await page.getByText("First name: you changed it, too; what you typed is kept.").waitFor();
  expect(await page.getByLabel("Display name").inputValue()).toBe("Changed there");
  expect(await page.getByLabel("First name").inputValue()).toBe("Typed here");
  await isGood(page);
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByRole("heading", { name: "Changed there", level: 1 }).waitFor();
  expect((await selectUser(desk.house.db, id))?.given_name).toBe("Typed here");
});

test("[U9] [C1] disabling and blocking can be taken back from the message that tells of them", async () => {
  const { id } = await desk.house.makeUser();
  const page = await desk.signIn(`/users/${id}`);
  for (const [act, verb] of [
    [/^Disable/, "Disable account"],
    [/^Block/, "Block account"],
  ] as const) {
    await page.getByRole("button", { name: "Actions" }).click();
    await page.getByRole("menuitem", { name: act }).click();
    await page.getByRole("button", { name: verb }).click();
    await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
    await page.locator(".page-head").getByText("Active").waitFor();
    await expect.poll(async () => (await selectUser(desk.house.db, id))?.status).toBe("active");
  }
});

test("[C1] the palette leads to users, groups, apps, settings and what can be begun", async () => {
  const page = await desk.signIn("/");
  const go = async (typed: string, option: RegExp) => {
    await page.keyboard.press("Control+k");
    await page.keyboard.type(typed);
    await page.getByRole("option", { name: option }).first().waitFor();
    for (let step = 0; step < 20; step += 1) {
      if (option.test(await page.locator("[role=option][aria-selected=true]").innerText())) break;
      await page.keyboard.press("ArrowDown");
    }
    await page.keyboard.press("Enter");
  };
  await page.locator("main h1").waitFor();
  await go("osaka", /Sales, Osaka/);
  await page.getByRole("heading", { name: "Sales, Osaka", level: 1 }).waitFor();
  await go("field", /Field Notes/);
  await page.getByRole("heading", { name: "Field Notes", level: 1 }).waitFor();
  await go("seat", /Seat limit/);
  await page.waitForURL(/settings#/);
  await expect.poll(async () => await page.evaluate("document.activeElement?.id")).toBe("setting-users-seatLimit");
  await go("create connection", /Create connection/);
  await page.waitForURL(/\/connections\/new$/);
  await go("person-02", /Person 02/);
  await page.getByRole("heading", { name: "Person 02", level: 1 }).waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("option", { name: /Edit this user/ }).waitFor();
  await isGood(page);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/edit$/);
});
