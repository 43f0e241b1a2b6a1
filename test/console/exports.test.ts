import AxeBuilder from "@axe-core/playwright";
import { parse } from "csv-parse/sync";
import { readFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { workJobs } from "#server/tasks/work-jobs.ts";
import { openTestConsole } from "./support/open-console.ts";
import type { TestConsole } from "./support/open-console.ts";

vi.setConfig({ testTimeout: 90_000 });

let desk: TestConsole;
let worker: { close(): Promise<void> };
beforeAll(async () => {
  desk = await openTestConsole();
  worker = await workJobs(desk.house);
});
afterAll(async () => {
  await worker.close();
  await desk.close();
});
afterEach(() => expect(desk.takeComplaints()).toEqual([]));

test("[B3] [B5] whoever the list shows go out: columns and encoding are chosen, the file is made and downloaded", async () => {
  const { house } = desk;
  await house.makeUser({ username: "first-of-two", displayName: "Łucja Wiśniowska", marketingConsent: true });
  await house.makeUser({ username: "second-of-two" });
  await house.makeUser({ username: "another" });
  const page = await desk.signIn("/users?q=of-two");
  await page.getByRole("link", { name: "Export", exact: true }).click();
  await page.getByRole("heading", { name: "New export" }).waitFor();
  expect(await page.getByRole("radio", { name: "The filter of the list" }).isChecked()).toBe(true);
  await page.getByText("2 match").waitFor();
  await page.getByRole("checkbox", { name: "With marketing consent only" }).check();
  await page.getByRole("checkbox", { name: "User ID" }).uncheck();
  await page.getByRole("checkbox", { name: "Sign-ins" }).check();
  await page.getByLabel("Encoding").selectOption("shift_jis");
  await page.getByText("Shift_JIS lacks many letters").waitFor();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((one) => `${one.id}: ${one.nodes[0]?.html ?? ""}`)).toEqual([]);
  await page.getByRole("button", { name: "Start export" }).click();
  await page.waitForURL(/\/exports$/);
  await page.getByText("2 characters replaced").waitFor();
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: /^Download accounts-/ }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/^accounts-[\d-]+\.csv$/);
  const bytes = await readFile(await download.path());
  const [row, ...others] = parse<Record<string, string>>(new TextDecoder("shift_jis").decode(bytes), { columns: true });
  expect(others).toEqual([]);
  expect(row).toMatchObject({ Username: "first-of-two", "Display name": "〓ucja Wi〓niowska", "Sign-ins": "0" });
  expect(Object.keys(row ?? {})).not.toContain("User ID");
});

test("[B5] [L3] the log goes out from its page, and a file is deleted after a question", async () => {
  const page = await desk.signIn("/logs?type=user");
  await page.getByRole("link", { name: "Export", exact: true }).click();
  expect(await page.getByRole("radio", { name: "Log", exact: true }).isChecked()).toBe(true);
  expect(await page.getByRole("radio", { name: "The filter of the log" }).isChecked()).toBe(true);
  await page.getByRole("radio", { name: /^XLSX/ }).check();
  expect(await page.getByLabel("Encoding").count()).toBe(0);
  await page.getByRole("button", { name: "Start export" }).click();
  await page.getByRole("link", { name: /^Download log-.*xlsx$/ }).waitFor();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((one) => `${one.id}: ${one.nodes[0]?.html ?? ""}`)).toEqual([]);
  await page.getByRole("button", { name: /^Delete log-/ }).click();
  const dialog = page.getByRole("dialog");
  expect(await dialog.innerText()).toContain("cannot be downloaded any more");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: /^Delete log-/ }).waitFor({ state: "detached" });
});

test("[B3] [U16] whoever is ticked go out, and all who match but for one", async () => {
  const { house } = desk;
  for (const name of ["Tick One", "Tick Two", "Tick Three"]) {
    await house.makeUser({ username: name.toLowerCase().replace(" ", "-"), displayName: name });
  }
  const page = await desk.signIn("/users?q=tick-");
  await page.getByRole("checkbox", { name: "Select Tick One" }).check();
  await page.getByRole("checkbox", { name: "Select Tick Three" }).check();
  const bar = page.getByRole("region", { name: "Actions for the selection" });
  await bar.getByRole("link", { name: "Export", exact: true }).click();
  expect(await page.getByRole("radio", { name: "The 2 ticked users" }).isChecked()).toBe(true);
  await page.goBack();
  await bar.getByRole("button", { name: "Select all that match" }).click();
  await page.getByRole("checkbox", { name: "Select Tick Two" }).uncheck();
  await bar.getByRole("link", { name: "Export", exact: true }).click();
  await page.getByRole("radio", { name: "The 2 ticked users" }).waitFor();
  await page.getByRole("button", { name: "Start export" }).click();
  await page.waitForURL(/\/exports$/);
  const row = page.getByRole("row", { name: /accounts-/ }).first();
  await row.getByText("2 rows").waitFor();
});
