import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { createAttribute } from "#server/attributes/create-attribute.ts";
import type { NewAttribute } from "#server/attributes/create-attribute.ts";
import { readValues, withValues } from "#server/attributes/custom-values.ts";
import { readAttributes } from "#server/attributes/read-attributes.ts";
import { createUser } from "#server/users/create-user.ts";
import { openTestConsole } from "./support/open-console.ts";
import type { TestConsole } from "./support/open-console.ts";

vi.setConfig({ testTimeout: 60_000 });

let desk: TestConsole;
beforeAll(async () => {
  desk = await openTestConsole();
});
afterAll(async () => await desk.close());
afterEach(() => expect(desk.takeComplaints()).toEqual([]));

async function define(name: string, label: string, more: Partial<NewAttribute> = {}): Promise<void> {
  const fields: NewAttribute = { name, labels: { en: label, ja: null }, type: "string", ...more };
  await desk.house.work(async (work) => await createAttribute(work, fields));
}

async function somebody(username: string, values: Record<string, unknown>): Promise<string> {
  return await desk.house.work(async (work) => {
    const attributes = await readAttributes(work.tx);
    const custom = withValues(attributes, {}, readValues(attributes, values));
    return await createUser(work, { username, displayName: username, custom });
  });
}

/** Two cores run browser, server and database. */
const patient = { timeout: 10_000 };
const rows = (page: Page) => page.locator("tbody tr[role=row]");

test("[U17] an attribute is defined in the console, corrected beside its field, changed, and deleted after a warning", async () => {
  const page = await desk.signIn("/");
  await page.getByRole("link", { name: "Attributes" }).click();
  await page.getByText("No attributes yet").waitFor();
  await page.getByRole("link", { name: "Define attribute" }).first().click();
  await page.getByRole("button", { name: "Define attribute" }).click();
  await page.getByRole("alert").getByText("The attribute was not defined.").waitFor();
  await page.getByLabel("Label", { exact: true }).fill("Badge number");
  await page.getByLabel("Label in Japanese").fill("社員証番号");
  await page.getByLabel("Name", { exact: true }).fill("emails");
  await page.getByLabel("Unique").check();
  await page.getByLabel("See it", { exact: true }).check();
  await page.getByLabel("Claim").fill("badge_number");
  await page.getByLabel("Claim").press("Control+Enter");
  await page
    .locator("[id='attribute-name-error']")
    .getByText("SCIM has an attribute of this name already. Choose another.")
    .waitFor();
  await page.getByLabel("Name", { exact: true }).fill("badge");
  await page.getByRole("button", { name: "Define attribute" }).click();
  await page.getByText("Badge number is defined").waitFor();
  expect(await rows(page).first().innerText()).toMatch(
    /Badge number\s+badge[^]*Text[^]*Unique[^]*See it[^]*badge_number/,
  );

  await somebody("holder", { badge: "B-1" });
  await page.getByRole("link", { name: "Badge number" }).click();
  await page.getByText("1 account has a value").waitFor();
  expect(await page.getByLabel("Name", { exact: true }).isDisabled()).toBe(true);
  expect(await page.getByLabel("Type").isDisabled()).toBe(true);
  await page.getByLabel("Label", { exact: true }).fill("Badge");
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByText("Badge is changed").waitFor();

  await page.getByRole("link", { name: "Badge", exact: true }).click();
  await page.getByRole("button", { name: "Delete attribute" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("The values of 1 account are erased; this cannot be undone.").waitFor();
  await dialog.getByRole("button", { name: "Delete attribute" }).click();
  await page.getByText("No attributes yet").waitFor();
  expect(await desk.house.db.rows("select from attributes where deleted_at is null")).toEqual([]);
});

test("[U17] forms have the attributes as their definitions say, and the page of the user shows the values", async () => {
  await define("desk", "Desk", { isUnique: true, description: "Number on the desk" });
  await define("remote", "Works remotely", { type: "boolean" });
  await define("floor", "Floor", { type: "integer" });
  await define("size", "Shirt", { canonicalValues: ["S", "M", "L"] });
  await define("colours", "Colours", { canonicalValues: ["Red", "Blue", "Green"], isMultiValued: true });
  await define("rooms", "Rooms", { type: "integer", isMultiValued: true });
  await somebody("neighbour", { desk: "D-7" });
  const page = await desk.signIn("/users/new");
  await page.getByLabel("Username").fill("with.values");
  await page.getByLabel("Display name").fill("With Values");
  await page.getByLabel("Email").fill("with.values@example.com");
  await page.getByLabel("Desk").fill("d-7");
  await page.getByLabel("Works remotely").selectOption("Yes");
  await page.getByLabel("Floor").fill("third");
  await page.getByLabel("Shirt").selectOption("M");
  await page.getByLabel("Blue").check();
  await page.getByLabel("Red").check();
  await page.getByLabel("Rooms").fill("12\n\n 7 ");
  const create = page.getByRole("button", { name: "Create user", exact: true });
  await create.click();
  await page.locator("[id='user-attributes.floor-error']").getByText('Must be an integer, not "third".').waitFor();
  await page.getByLabel("Floor").fill("3");
  await create.click();
  await page.locator("[id='user-attributes.desk-error']").getByText("Another account has this value.").waitFor();
  await page.getByRole("link", { name: "Desk: Another account has this value." }).click();
  expect(await page.evaluate("document.activeElement.id")).toBe("user-attributes.desk");
  await page.keyboard.type("-b");
  await create.click();
  await page.getByRole("heading", { name: "With Values", level: 1 }).waitFor();
  const facts = page.getByRole("region", { name: "Attributes" });
  expect((await facts.innerText()).replaceAll(/\s*\n+\s*/g, " ")).toBe(
    "Attributes Desk d-7-b Works remotely Yes Floor 3 Shirt M Colours Blue, Red Rooms 12, 7",
  );

  await page.keyboard.press("e");
  await page.getByLabel("Desk").fill("");
  await page.getByLabel("Works remotely").selectOption("No");
  await page.getByLabel("Blue").uncheck();
  expect(await page.getByLabel("Rooms").inputValue()).toBe("12\n7");
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByRole("heading", { name: "With Values", exact: true, level: 1 }).waitFor();
  const told = async () => (await facts.innerText()).replaceAll(/\s*\n+\s*/g, " ");
  await expect.poll(told, patient).toBe("Attributes Works remotely No Floor 3 Shirt M Colours Red Rooms 12, 7");
  const change = page.getByText("3 fields").first();
  await change.waitFor();
});

test("[U1] [U2] attributes are columns of the user list, and narrow it by an address that can be shared", async () => {
  await define("team", "Team");
  await define("onCall", "On call", { type: "boolean" });
  for (let n = 1; n <= 3; n += 1) await somebody(`member-${n}`, { team: n < 3 ? `Red ${n}` : "Blue", onCall: n === 1 });
  const page = await desk.signIn("/users?q=member");
  await rows(page).first().waitFor();
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("checkbox", { name: "Team" }).check();
  await page.getByRole("button", { name: "Move Team up" }).click();
  await page.keyboard.press("Escape");
  await page.getByText("Red 2").waitFor();
  await page.reload();
  await page.getByText("Red 2").waitFor();
  const heads = (await page.locator("thead th").allInnerTexts()).map((head) => head.trim());
  expect(heads.slice(-2)).toEqual(["Team", "Directory"]);

  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await page.getByLabel("Attribute").selectOption("Team");
  await page.getByLabel("Value").fill("red*");
  await page.getByRole("button", { name: "Apply" }).click();
  await page.waitForURL(/attribute=team%3Ared\*/);
  await expect.poll(async () => await rows(page).count(), patient).toBe(2);
  const other = await page.context().newPage();
  await other.goto(page.url());
  await rows(other).first().waitFor();
  await expect.poll(async () => await rows(other).count(), patient).toBe(2);
  await page.getByLabel("Attribute").selectOption("On call");
  await page.getByLabel("Value").selectOption("Yes");
  await expect.poll(async () => await rows(page).count(), patient).toBe(1);
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Remove filter: On call Yes" }).click();
  await expect.poll(async () => await rows(page).count(), patient).toBe(3);
});

test("[U17] in Japanese, labels are Japanese where there are some, and refusals too", async () => {
  await define("cost", "Cost code", { labels: { en: "Cost code", ja: "原価コード" }, type: "integer" });
  const page = await desk.signIn("/users/new", { viewport: { width: 1280, height: 900 }, locale: "ja-JP" });
  await page.getByLabel("ユーザー名").fill("japanese.one");
  await page.getByLabel("表示名").fill("日本 太郎");
  await page.getByLabel("メールアドレス").first().fill("j1@example.com");
  await page.getByLabel("原価コード").fill("x");
  await page.getByLabel("原価コード").press("Control+Enter");
  await page.locator("[id='user-attributes.cost-error']").getByText("この値は属性の種類に合いません。").waitFor();
});
