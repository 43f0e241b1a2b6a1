import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { openTestConsole } from "./support/open-console.ts";
import type { TestConsole } from "./support/open-console.ts";

vi.setConfig({ testTimeout: 60_000 });

let desk: TestConsole;
beforeAll(async () => {
  desk = await openTestConsole();
});
afterAll(async () => await desk.close());
afterEach(() => expect(desk.takeComplaints()).toEqual([]));

describe("mail templates", () => {
  test("[O5] a template is edited with a preview, refused where it is wrong, tried on oneself and reset", async () => {
    const page = await desk.signIn("/mails/templates");
    await page.getByRole("link", { name: "Activation, English: Default" }).click();
    const preview = page.frameLocator("iframe[title=Preview]");
    await preview.getByRole("heading", { name: "Activate your account" }).waitFor();
    // It looks as in a mail program: the styles of the mail hold, which make a button of a link.
    const button = await preview.getByRole("link", { name: "Choose a password" }).boundingBox();
    expect(button?.height).toBeGreaterThan(40);

    const text = page.getByRole("textbox", { name: "Text" });
    await text.fill("Hello {{ nmae }}\n{{ link }}");
    await page.getByText("Line 1, column 10: This mail has no variable “nmae”.").waitFor();
    await text.fill("Hello {{ name }}");
    await page.getByText("The link is missing.").waitFor();
    await page.getByRole("button", { name: "Save changes" }).click();
    expect(await desk.house.db.rows("select 1 from mail_templates")).toEqual([]);
    await page.getByRole("button", { name: "Insert link", exact: true }).click();
    expect(await text.inputValue()).toContain("{{ link }}");
    await page.getByRole("textbox", { name: "Subject" }).fill("Come in, {{ name }}");
    await page.getByText("Come in, Haruka Tanabe").waitFor();
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByText("Template saved").waitFor();
    const [row] = await desk.house.db.rows<{ subject: string; html: string | null }>(
      "select subject, html from mail_templates",
    );
    expect(row).toEqual({ subject: "Come in, {{ name }}", html: null });

    await page.getByRole("button", { name: "Send me a test" }).click();
    await page.getByText(/A test mail is on its way to user-\d+@example.com/).waitFor();
    expect(await desk.house.db.rows("select subject from mails where template = 'activation'")).toEqual([
      { subject: "Come in, Haruka Tanabe" },
    ]);

    await page.getByRole("button", { name: "Reset to default" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Reset to default" }).click();
    await page.getByText("This mail says the default again").waitFor();
    expect(await page.getByRole("textbox", { name: "Subject" }).inputValue()).toContain("Activate your");
    await page.getByRole("link", { name: "Logs" }).click();
    await page.getByRole("row", { name: /Mail template reset.*Activation \(English\)/ }).waitFor();
  });
});
