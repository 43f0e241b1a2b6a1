import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { UserId } from "#server/kernel/ids.ts";
import { inviteUser } from "#server/onboarding/invite-user.ts";
import { setSetting } from "#server/settings/set-setting.ts";
import { workJobs } from "#server/tasks/work-jobs.ts";
import { createUser } from "#server/users/create-user.ts";
import { openTestConsole } from "./support/open-console.ts";
import type { TestConsole } from "./support/open-console.ts";

vi.setConfig({ testTimeout: 60_000 });

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
    await vi.waitFor(
      async () => {
        expect(await page.getByRole("textbox", { name: "Subject" }).inputValue()).toContain("Activate your");
      },
      { timeout: 10_000 },
    );
    await page.getByRole("link", { name: "Logs" }).click();
    await page.getByRole("row", { name: /Mail template reset.*Activation \(English\)/ }).waitFor();
  });
});

async function makePending(username: string): Promise<UserId> {
  const resource = { emails: [{ value: `${username}@example.com`, type: "work", primary: true }] };
  return await desk.house.work(
    async (work) => await createUser(work, { username, displayName: `Pending ${username}`, resource }),
  );
}

const mailsTo = async (id: UserId) =>
  (
    await desk.house.db.rows<{ template: string }>("select template from mails where user_id = $1 order by id", [id])
  ).map((mail) => mail.template);

describe("onboarding", () => {
  test("[O1] [O3] who waits is found and narrowed, invited one by one, and welcomed all who match at once", async () => {
    const ids = [await makePending("keiko"), await makePending("keita"), await makePending("other")];
    const page = await desk.signIn("/");
    await page.getByRole("link", { name: "Onboarding" }).click();
    const row = (name: string) => page.getByRole("row", { name: new RegExp(`Pending ${name}`) });
    await row("other").getByText("Not invited").waitFor();
    await page.getByRole("searchbox", { name: /^Search by part/ }).fill("kei");
    await page.waitForURL(/q=kei/);
    await expect.poll(async () => await row("other").count()).toBe(0);
    await page.getByRole("button", { name: "Send: Pending keiko" }).click();
    await page.getByText("The activation mail to Pending keiko is on its way").waitFor();
    await expect.poll(async () => await mailsTo(ids[0] as UserId), { timeout: 15_000 }).toEqual(["activation"]);
    await page.getByLabel("Activation mail", { exact: true }).selectOption({ label: "Kept here" });
    await page.waitForURL(/invitation=kept/);
    await row("keiko").getByText("Kept here").waitFor();
    await expect.poll(async () => await row("keita").count()).toBe(0);
    await page.getByLabel("Activation mail", { exact: true }).selectOption({ index: 0 });
    await row("keita").waitFor();

    await page.getByRole("checkbox", { name: "Select Pending keita" }).check();
    await page.getByRole("button", { name: "Select all that match" }).click();
    await page.getByText("All 2 that match are selected").waitFor();
    await page.getByRole("button", { name: "Send welcome mail" }).click();
    await page.getByRole("button", { name: "Send welcome mails to 2 users" }).click();
    await page.waitForURL(/users\/bulk\//);
    await expect
      .poll(async () => await mailsTo(ids[0] as UserId), { timeout: 15_000 })
      .toEqual(["activation", "welcome"]);
    await expect.poll(async () => await mailsTo(ids[1] as UserId), { timeout: 15_000 }).toEqual(["welcome"]);
    expect(await mailsTo(ids[2] as UserId)).toEqual([]);
  });

  test("[O3] an activation link is copied only where the organization allows it", async () => {
    const id = await makePending("linked");
    const page = await desk.signIn("/onboarding?q=linked");
    await page.getByRole("button", { name: "More for Pending linked" }).click();
    await page.getByRole("menuitem", { name: "Send welcome mail" }).waitFor();
    expect(await page.getByRole("menuitem", { name: "Copy activation link" }).count()).toBe(0);
    await desk.house.work(async (work) => await setSetting(work, "onboarding.copyLinks", true));
    await page.reload();
    await page.getByRole("button", { name: "More for Pending linked" }).click();
    await page.getByRole("menuitem", { name: "Copy activation link" }).click();
    await page.getByRole("button", { name: "Make a link" }).click();
    const link = await page.getByText(/^http.*\/activate\//).innerText();
    expect((await fetch(link)).status).toBe(200);
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByRole("row", { name: /Link visited|Link copied/ }).waitFor();
    const events = await desk.house.db.rows(
      "select 1 from events where type = 'user.activationLinkCopied' and subject_id = $1",
      [id],
    );
    expect(events).toHaveLength(1);
    await desk.house.work(async (work) => await setSetting(work, "onboarding.copyLinks", false));
  });

  test("[O2] the figures lead to their lists, and the pictures say their values under the pointer and in a table", async () => {
    const page = await desk.signIn("/onboarding");
    const chart = page.getByRole("img", { name: /^Accounts and onboarding/ });
    await chart.hover();
    await chart.getByText(/^\d+ \w+: \d+ · \d+$/).waitFor();
    await page.getByRole("button", { name: "In all" }).click();
    await page.getByText(/onboarded against .* who are not/).waitFor();
    await page.getByText("Show as a table").last().click();
    expect(await page.getByRole("region", { name: "Accounts and onboarding" }).getByRole("row").count()).toBe(31);
    const uninvited = page.getByRole("definition").filter({ hasText: "send them the first mail" }).getByRole("link");
    await uninvited.click();
    await page.waitForURL(/invitation=uninvited/);
  });
});

describe("the outbox", () => {
  test("[O5] is searched by address and kind, and shows a mail as it was written", async () => {
    const id = await makePending("posted");
    await desk.house.work(async (work) => await inviteUser(work, id));
    await expect.poll(async () => await mailsTo(id), { timeout: 15_000 }).toEqual(["activation"]);
    const page = await desk.signIn("/mails");
    await page.getByRole("searchbox", { name: "Search by part of the address" }).fill("POSTED@");
    await page.waitForURL(/q=POSTED/);
    await page.getByLabel("Kind").selectOption({ label: "Welcome" });
    await page.getByText("No mail matches").waitFor();
    await page.getByLabel("Kind").selectOption({ label: "Activation" });
    await page.getByRole("link", { name: /^Activate your/ }).click();
    await page.getByRole("button", { name: "Formatted" }).click();
    await page.frameLocator("iframe").getByRole("link", { name: "Choose a password" }).waitFor();
    const reads = await desk.house.db.rows("select 1 from events where type = 'mail.read'");
    expect(reads.length).toBeGreaterThan(0);
  });
});
