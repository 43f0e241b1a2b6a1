import AxeBuilder from "@axe-core/playwright";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { createConnection } from "#server/connections/change-connection.ts";
import { readFactors } from "#server/factors/read-factors.ts";
import { selectUser } from "#server/db/sql/users.ts";
import type { UserId } from "#server/kernel/ids.ts";
import { giveFactors } from "#test/support/give-factors.ts";
import { openTestConsole } from "./support/open-console.ts";
import type { TestConsole } from "./support/open-console.ts";

vi.setConfig({ testTimeout: 60_000 });

let desk: TestConsole;
beforeAll(async () => {
  desk = await openTestConsole();
});
afterAll(async () => await desk.close());
afterEach(() => expect(desk.takeComplaints()).toEqual([]));

async function row(id: UserId) {
  const user = await selectUser(desk.house.db, id);
  if (user === undefined) throw new Error("the user is not there");
  return user;
}

test("[U11] factors are shown, another is asked for first, one is required, and all are reset", async () => {
  const user = await desk.house.makeUser();
  await giveFactors(desk.house, user.id);
  const page = await desk.signIn(`/users/${user.id}`);
  await page.getByRole("link", { name: "Security" }).click();
  const table = page.getByRole("table", { name: "Second factors" });
  await table.getByText("Work laptop").waitFor();
  expect(await table.innerText()).toContain("Authenticator app");
  await page.getByText("Recovery codes left: 10.").waitFor();
  await page.getByText("At the moment: asked for once one is set up.").waitFor();

  await page.getByLabel("Asked for first").selectOption("totp");
  await page.getByLabel("Second factor", { exact: true }).selectOption("require");
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByText("At the moment: required.").waitFor();
  expect(await row(user.id)).toMatchObject({ factor_rule: "require", default_factor: "totp" });
  expect((await readFactors(desk.house.db, await row(user.id))).ways).toEqual(["totp", "passkey", "recovery"]);

  await page.getByRole("button", { name: "Reset second factors" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Reset second factors" }).click();
  await page.getByText("None is set up.").waitFor();
  expect((await readFactors(desk.house.db, await row(user.id))).factors).toEqual([]);
});

test("[U13] the limit of devices is set for the user and goes back to the one of the organization", async () => {
  const user = await desk.house.makeUser();
  const page = await desk.signIn(`/users/${user.id}/security`);
  const limit = page.getByLabel("Device limit");
  await limit.locator("option", { hasText: "As the organization says (no limit)" }).waitFor({ state: "attached" });
  await limit.selectOption("own");
  await page.getByLabel("Devices at most").fill("5000");
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.locator("#security-deviceLimit-error").getByText("At most 1000.").waitFor();
  await page.getByLabel("Devices at most").fill("3");
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByText(/Security of .* saved/).waitFor();
  expect(await row(user.id)).toMatchObject({ device_limit: 3 });
  await limit.selectOption("default");
  await page.getByRole("button", { name: "Save changes" }).click();
  await vi.waitFor(async () => expect(await row(user.id)).toMatchObject({ device_limit: null }));
});

test("[S5] [U9] single sign-on is switched off and on, and an identity is linked and unlinked", async () => {
  const user = await desk.house.makeUser();
  const connection = await desk.house.work(
    async (work) =>
      await createConnection(work, desk.house.keyring, {
        name: "Upstream",
        issuer: "https://idp.example.com",
        clientId: "gatehouse",
        clientSecret: "a secret of the provider",
      }),
  );
  const page = await desk.signIn(`/users/${user.id}/security`);
  await page.getByText("The account is linked to no other provider.").waitFor();
  await page.getByLabel("Single sign-on").selectOption("off");
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByText(/Security of .* saved/).waitFor();
  expect(await row(user.id)).toMatchObject({ allows_sso: false });
  await page.getByLabel("Single sign-on").selectOption("on");
  await page.getByRole("button", { name: "Save changes" }).click();
  await vi.waitFor(async () => expect(await row(user.id)).toMatchObject({ allows_sso: true }));

  await page.getByRole("button", { name: "Link", exact: true }).click();
  await page.locator("#identity-subject-error").waitFor();
  await page.getByLabel("Subject").fill("248289761001");
  await page.keyboard.press("Enter");
  const table = page.getByRole("table", { name: "Linked identities" });
  await table.getByText("248289761001").waitFor();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  const linked = await desk.house.db.rows("select subject from identities where user_id = $1", [user.id]);
  expect(linked).toEqual([{ subject: "248289761001" }]);

  await table.getByRole("button", { name: "Unlink: Upstream" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Unlink" }).click();
  await page.getByText("The account is linked to no other provider.").waitFor();
  expect(await desk.house.db.rows("select 1 from identities where connection_id = $1", [connection])).toEqual([]);
});

test("[U11] a role asks for a second factor, and the organization's policy is chosen by name", async () => {
  const page = await desk.signIn("/settings");
  const regular = page.getByLabel("For the role: Regular");
  await regular.selectOption({ label: "Required" });
  await page.getByText("Saved: Regular").waitFor();
  const user = await desk.house.makeUser();
  expect((await row(user.id)).role_factor_policy).toBe("required");
  await regular.selectOption({ label: "Organization default" });
  await vi.waitFor(async () => expect((await row(user.id)).role_factor_policy).toBeNull());
  await page.getByLabel("Policy", { exact: true }).selectOption({ label: "Off" });
});

test("[U11] an app is made to require a second factor of everybody", async () => {
  const app = await desk.house.makeApp();
  const page = await desk.signIn(`/apps/${app.id}`);
  await page.getByLabel("Requires a second factor").check();
  await page.getByRole("button", { name: "Save changes" }).first().click();
  await vi.waitFor(async () => {
    const saved = await desk.house.db.row("select require_factor from apps where id = $1", [app.id]);
    expect(saved).toEqual({ require_factor: true });
  });
});
