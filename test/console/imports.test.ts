import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { createAttribute } from "#server/attributes/create-attribute.ts";
import { createGroup } from "#server/groups/create-group.ts";
import { setSetting } from "#server/settings/set-setting.ts";
import { workJobs } from "#server/tasks/work-jobs.ts";
import { openTestConsole } from "./support/open-console.ts";
import type { TestConsole } from "./support/open-console.ts";

vi.setConfig({ testTimeout: 120_000 });

let desk: TestConsole;
let worker: { close(): Promise<void> };
beforeAll(async () => {
  desk = await openTestConsole();
  worker = await workJobs(desk.house);
  await desk.house.work(async (work) => {
    await setSetting(work, "onboarding.mailOnImport", false);
    await createAttribute(work, { name: "badge", labels: { en: "Badge number", ja: "社員証番号" }, type: "string" });
    await createGroup(work, { displayName: "Sales" });
  });
});
afterAll(async () => {
  await worker.close();
  await desk.close();
});
afterEach(() => expect(desk.takeComplaints()).toEqual([]));

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])).toEqual([]);
}

const narrow = { width: 390, height: 844 };
const wide = { width: 1280, height: 900 };
async function look(page: Page, name: string): Promise<void> {
  const folder = process.env["SHOTS"];
  if (folder === undefined) return;
  for (const [size, viewport] of Object.entries({ wide, narrow })) {
    await page.setViewportSize(viewport);
    await page.screenshot({ path: `${folder}/${name}-${size}.png`, fullPage: true });
  }
  await page.setViewportSize(wide);
}

test("[B2] a file is uploaded, its columns matched, its rows previewed, carried out after a yes, and taken back", async () => {
  const { house } = desk;
  await house.makeUser({ username: "kept.person" });
  const gone = await house.makeUser({ username: "gone.person" });
  const page = await desk.signIn("/imports");
  await page.getByText("No imports yet").waitFor();
  await look(page, "1-empty");
  await expectAccessible(page);

  const input = page.getByLabel("Drop a CSV file or an Excel workbook here");
  await input.setInputFiles({
    name: "photo.csv",
    mimeType: "text/csv",
    buffer: Buffer.from("89504e470d0a1a0a00", "hex"),
  });
  await page.getByText("This is neither a CSV file nor an Excel workbook (.xlsx).").waitFor();
  const rows = [
    "Action;Username;Full name;Email;Card;Groups;Shoe size",
    "add;new.person;New Person;new.person@example.com;B-1;Sales;42",
    "update;kept.person;Renamed Person;;B-2;;",
    "delete;gone.person;;gone.person@example.com;;;",
    "add;no mail;Bad Name;bad@example.com;;;",
    "update;nobody;X;;;Nowhere;",
  ];
  await input.setInputFiles({ name: "staff.csv", mimeType: "text/csv", buffer: Buffer.from(rows.join("\n")) });
  await page.getByRole("heading", { name: "staff.csv", level: 1 }).waitFor();

  // The columns that headers name are matched; one of the organization's own is matched by hand.
  const isWhat = (header: string) => page.getByLabel(`What the column “${header}” is`);
  expect(await isWhat("Full name").inputValue()).toBe("displayName");
  expect(await isWhat("Card").inputValue()).toBe("");
  expect(await page.getByLabel("Delimiter").inputValue()).toBe("semicolon");
  await look(page, "2-match");
  await expectAccessible(page);
  await isWhat("Card").selectOption("Username");
  await page.getByText("Two columns are Username.").waitFor();
  expect(await page.getByRole("button", { name: "Check the rows" }).isDisabled()).toBe(true);
  await isWhat("Card").selectOption("Badge number");
  await page.getByRole("button", { name: "Check the rows" }).click();

  await page.getByText("2 rows have problems and will be left out.").waitFor();
  await page.getByText("Display name: User 1 → Renamed Person").waitFor();
  await page.getByText("There is no group named Nowhere.").waitFor({ state: "hidden" });
  await look(page, "3-preview");
  await expectAccessible(page);
  await page.getByRole("navigation", { name: "Which rows" }).getByRole("link", { name: "Problems 2" }).click();
  const table = page.getByRole("region", { name: "Table: Rows" });
  await table.getByText("No account has this user ID, username or email.").waitFor();
  await expect.poll(async () => await table.getByRole("row").count(), { timeout: 10_000 }).toBe(3);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Problems as CSV" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("staff-result.csv");

  // Deleting needs its own yes.
  const apply = page.getByRole("button", { name: "Carry out 3 rows" });
  expect(await apply.isDisabled()).toBe(true);
  await page.getByLabel("I have seen that 1 account will be deleted").check();
  await apply.click();
  await page.getByText("3 rows carried out.").waitFor();
  await page.getByText("2 rows were refused; they are below and in the result.").waitFor();
  await look(page, "4-result");
  await expectAccessible(page);
  await page.getByRole("navigation", { name: "Which rows" }).getByRole("link", { name: "Add 1" }).click();
  await page.getByRole("link", { name: "new.person" }).click();
  await page.getByRole("heading", { name: "New Person", level: 1 }).waitFor();
  await page.goBack();

  await page.getByRole("button", { name: "Take back" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Accounts that it deleted stay deleted.").waitFor();
  await dialog.getByRole("button", { name: "Take back" }).click();
  await page.getByText("2 rows taken back, 1 left alone.").waitFor();
  const [left] = await house.db.rows<{ username: string | null }>("select username from users where id = $1", [
    gone.id,
  ]);
  expect(left?.username).toBeNull();
  await page.getByRole("link", { name: "Imports" }).first().click();
  await page.getByRole("link", { name: "staff.csv" }).waitFor();
  await look(page, "5-list");
  await expectAccessible(page);
});

test("[B2] an import that runs shows how far it is, is paused and goes on, in Japanese and on a phone, too", async () => {
  const { house } = desk;
  const page = await desk.signIn("/imports", { viewport: narrow, locale: "ja-JP" });
  const lines = Array.from({ length: 3000 }, (_, at) => `run${at},実行 ${at},run${at}@example.com`);
  const buffer = Buffer.from(["ユーザー名,表示名,メールアドレス", ...lines].join("\n"));
  await page
    .getByLabel("CSV ファイルまたは Excel ブックをここにドロップ")
    .setInputFiles({ name: "名簿.csv", mimeType: "text/csv", buffer });
  await page.getByRole("button", { name: "行を確認" }).click();
  // New accounts refer to their role: whoever holds it holds them up, so that what is under way is seen.
  const holding = await house.db.session();
  await holding.rows("begin");
  await holding.rows("select from roles for update");
  await page.getByRole("button", { name: "3,000行を実行" }).click();
  const asked = page.waitForRequest((request) => request.postData()?.includes("pause") === true);
  await page.getByRole("button", { name: "一時停止" }).click();
  await asked;
  await holding.rows("rollback");
  await holding.close();
  await page.getByRole("button", { name: "再開" }).waitFor();
  await look(page, "6-paused");
  await expectAccessible(page);
  const [held] = await house.db.rows<{ done: number }>("select done_count as done from imports where state = 'paused'");
  expect(held?.done).toBeLessThan(3000);
  await page.getByRole("button", { name: "再開" }).click();
  await page.getByText("3,000行を実行しました。").waitFor({ timeout: 60_000 });
  expect(await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")).toBe(true);
});
