import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createDirectory } from "#server/directories/create-directory.ts";
import type { NewDirectory } from "#server/directories/create-directory.ts";
import { core, ops, person, scimClient, team } from "#test/scim/support/scim-client.ts";
import type { ScimClient } from "#test/scim/support/scim-client.ts";
import { openTestConsole } from "./support/open-console.ts";
import type { TestConsole } from "./support/open-console.ts";

vi.setConfig({ testTimeout: 90_000 });

let desk: TestConsole;
beforeAll(async () => {
  desk = await openTestConsole();
});
afterAll(async () => await desk.close());
afterEach(() => expect(desk.takeComplaints()).toEqual([]));

/** A directory with a client that speaks for it. */
async function connect(fields: NewDirectory): Promise<ScimClient> {
  const { directory, token } = await desk.house.work(async (work) => await createDirectory(work, fields));
  return scimClient(desk.house.issuer, { id: directory.id, token });
}

describe("a directory", () => {
  test("[P4] is made for a product: its guide names the fields of its console, with what to paste and to map", async () => {
    const page = await desk.signIn("/directories");
    await page.getByRole("button", { name: "New directory" }).first().click();
    const drawer = page.getByRole("dialog");
    await drawer.getByLabel("Product").selectOption({ label: "Entra ID" });
    await drawer.getByRole("textbox", { name: "Name" }).fill("Entra ID, example tenant");
    await drawer.getByLabel("The token ends").selectOption("90");
    await drawer.getByRole("button", { name: "Create and show token" }).click();
    await page.getByText("Copy the token now.").waitFor();
    const field = async (name: string) => await page.getByRole("group", { name }).locator("code").innerText();
    expect(await field("Address for “Tenant URL”")).toBe(`${desk.house.issuer}/scim/v2?aadOptscim062020`);
    // The address with the flag is one that works, with the token that is shown.
    const reply = await fetch((await field("Address for “Tenant URL”")).replace("?", "/Users?"), {
      headers: { authorization: `Bearer ${await field("Bearer token")}` },
    });
    expect(reply.status).toBe(200);
    const guide = page.getByRole("region", { name: "Set it up in the other system" });
    await guide.getByText("Secret Token").first().waitFor();
    await guide.getByText("What to map", { exact: true }).click();
    await guide.getByRole("row", { name: "objectId externalId" }).waitFor();
    await guide.getByLabel("Product").selectOption({ label: "OneLogin" });
    expect(JSON.parse(await field("SCIM JSON Template"))).toMatchObject({ schemas: [core, expect.any(String)] });
    for (const [product, words] of [
      ["Okta", "Test Connector Configuration"],
      ["JumpCloud", "Test User Email"],
      ["Google Workspace", "Configure autoprovisioning"],
      ["SailPoint", "Authentication Type"],
      ["Other system or script", "Authorization header"],
    ] as const) {
      await guide.getByLabel("Product").selectOption({ label: product });
      await guide.getByText(words).first().waitFor();
    }
    const row = await desk.house.db.row<{ product: string; days: number }>(
      `select d.product, extract(day from t.expires_at - t.created_at)::int as days
       from directories d join directory_tokens t on t.directory_id = d.id where d.name = 'Entra ID, example tenant'`,
    );
    expect(row).toEqual({ product: "entra", days: 90 });
    await page.getByRole("link", { name: "Directories", exact: true }).last().click();
    await page.getByRole("row", { name: /Entra ID, example tenant.*Connected/ }).waitFor();
  });

  test("[P4] tells an old token apart, lets it live until a chosen time, revokes it, and says when none is left", async () => {
    const client = await connect({ name: "Tokens" });
    const page = await desk.signIn(`/directories/${client.id}`);
    await page.getByRole("button", { name: "Rotate token" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Old tokens work for another").selectOption({ label: "Until a time of my choice" });
    await dialog.getByRole("button", { name: "Rotate token" }).click();
    await dialog.getByText("Choose a time that is still to come, within ten years.").waitFor();
    const { now } = desk.house.clock;
    const next = new Date(now.getTime() + 3 * 86_400_000).toISOString().slice(0, 16);
    await dialog.getByLabel("Old tokens work until").fill(next);
    await dialog.getByRole("button", { name: "Rotate token" }).click();
    await page.getByText("Copy the token now.").waitFor();
    const token = await page.getByRole("group", { name: "Bearer token" }).locator("code").innerText();
    const renewed = scimClient(desk.house.issuer, { id: client.id, token });
    expect([(await client.get("/Users")).status, (await renewed.get("/Users")).status]).toEqual([200, 200]);
    await page.getByRole("button", { name: `Revoke token …${client.token.slice(-4)}` }).click();
    await dialog.getByText("Other tokens go on working.").waitFor();
    await dialog.getByRole("button", { name: "Revoke", exact: true }).click();
    await page.getByText("Token revoked").first().waitFor();
    expect([(await client.get("/Users")).status, (await renewed.get("/Users")).status]).toEqual([401, 200]);
    await page.getByRole("row", { name: new RegExp(`…${client.token.slice(-4)}.*Ended`) }).waitFor();
    await page.getByRole("button", { name: `Revoke token …${token.slice(-4)}` }).click();
    await dialog.getByText("It is the only one that works").waitFor();
    await dialog.getByRole("button", { name: "Revoke", exact: true }).click();
    await page.getByText("No token of this directory works any more.").waitFor();
    expect((await renewed.get("/Users")).status).toBe(401);
  });

  test("[P4] shows what it owns, with links to the accounts, and what it asks as it happens, narrowed and opened", async () => {
    const client = await connect({ name: "Owner", product: "okta" });
    const page = await desk.signIn(`/directories/${client.id}/requests`);
    await page.getByText("No requests yet").waitFor();
    await client.post("/Users", person("maribel", { externalId: "ext-1", displayName: "Maribel Ito" }));
    await client.post("/Users", person("oskar", { externalId: "ext-2", displayName: "Oskar Nowak" }));
    await client.post("/Users", person("MARIBEL", { password: "hunter2-hunter2", title: "Again" }));
    await client.post("/Groups", team("Welders", { externalId: "grp-1" }));
    await client.find("Users", 'userName eq "oskar"');
    await page.getByRole("row", { name: /POST \/Users 409 uniqueness/ }).waitFor();

    await page.getByRole("switch", { name: "Failed only" }).check();
    await page.waitForURL(/failed=yes/);
    await expect.poll(async () => await page.getByRole("row", { name: /POST \/Groups/ }).count()).toBe(0);
    await page.getByRole("button", { name: /^Details of POST \/Users/ }).click();
    const sent = page.getByRole("region", { name: "Sent" });
    await sent.getByText('"title": "Again"').waitFor();
    expect(await sent.innerText()).toContain('"password": "[hidden]"');
    await page.getByRole("switch", { name: "Failed only" }).uncheck();
    await page.getByRole("searchbox").fill('username eq "osk');
    await page.waitForURL(/q=/);
    await expect.poll(async () => await page.locator("tbody tr").count()).toBe(1);
    await page.getByRole("searchbox").fill("");
    await page.getByRole("button", { name: "Filter", exact: true }).click();
    await page.getByLabel("Method").selectOption("POST");
    await page.waitForURL(/method=POST/);
    await page.getByLabel("Answer").selectOption("2xx");
    await page.waitForURL(/status=2xx/);
    await page.keyboard.press("Escape");
    await expect.poll(async () => await page.locator("tbody tr").count()).toBe(3);

    // Held, the log stays as it is until it is let go again.
    await page.getByRole("switch", { name: "Live" }).uncheck();
    await client.post("/Groups", team("Riggers"));
    const logged = async () =>
      (
        await desk.house.db.rows("select 1 from directory_requests where directory_id = $1 and method = 'POST'", [
          client.id,
        ])
      ).length;
    await expect.poll(logged, { timeout: 5000 }).toBe(5);
    expect(await page.locator("tbody tr").count()).toBe(3);
    await page.getByRole("switch", { name: "Live" }).check();
    await expect.poll(async () => await page.locator("tbody tr").count(), { timeout: 10_000 }).toBe(4);

    await page
      .getByRole("link", { name: /^Groups/ })
      .last()
      .click();
    await page.getByRole("row", { name: /Welders 0 grp-1/ }).waitFor();
    await page
      .getByRole("link", { name: /^Users/ })
      .last()
      .click();
    await page.getByRole("searchbox").fill("ext-2");
    await page.waitForURL(/q=ext-2/);
    await expect.poll(async () => await page.locator("tbody tr").count()).toBe(1);
    await page.getByRole("link", { name: "Oskar Nowak" }).click();
    await page.getByRole("heading", { name: "Oskar Nowak", level: 1 }).waitFor();
  });

  test("[P4] a habit is switched in place, acts at once, and the connection test names the switch that is missing", async () => {
    const client = await connect({ name: "Habits", product: "entra" });
    const { body: user } = await client.post("/Users", person("habitual"));
    const deactivate = async () =>
      (await client.patch(`/Users/${user.id}`, ops({ op: "Replace", path: "active", value: "False" }))).status;
    const page = await desk.signIn(`/directories/${client.id}/settings`);
    await page.getByRole("switch", { name: "Booleans as text" }).uncheck();
    await page.getByText("Saved: Booleans as text").waitFor();
    await page.getByText("This product needs it.").waitFor();
    expect(await deactivate()).toBe(400);

    await page.getByRole("link", { name: "Test", exact: true }).click();
    await page.getByRole("button", { name: "Test as Entra ID" }).click();
    await page.getByText("Entra ID would not get along with this directory.").waitFor();
    await page
      .getByRole("row", { name: /Deactivate the test user.*switched off what Entra ID needs here: “Booleans as text”/ })
      .waitFor();
    await page.getByRole("region", { name: "Sent" }).getByText('"value": "False"').waitFor();

    await page.getByRole("link", { name: "Settings", exact: true }).last().click();
    await page.getByRole("switch", { name: "Booleans as text" }).check();
    await page.getByText("Saved: Booleans as text").last().waitFor();
    await page.getByRole("link", { name: "Test", exact: true }).click();
    await page.getByRole("button", { name: "Test as Entra ID" }).click();
    await page.getByText("This directory behaves as Entra ID expects.").waitFor();
    expect(await deactivate()).toBe(200);
    // The account of the directory is there as before, and nothing of the test.
    const { body } = await client.get("/Users");
    expect(body.Resources.map((one: { userName: string }) => one.userName)).toEqual(["habitual"]);
    await page.getByRole("link", { name: "Connect", exact: true }).click();
    await page.getByText("This directory behaves as Entra ID expects.").waitFor();
  });

  test("[P4] is deleted: it says what happens to its people, who stay, and the list tells the health of the others", async () => {
    const { house } = desk;
    const client = await connect({ name: "Leaver" });
    const failing = await connect({ name: "Failing" });
    const { body: user } = await client.post("/Users", person("remains", { externalId: "e1" }));
    await failing.get("/Users?filter=nonsense");
    await failing.get("/Users");
    const page = await desk.signIn(`/directories/${client.id}`);
    await page.getByRole("button", { name: "Actions" }).click();
    await page.getByRole("menuitem", { name: "Delete directory" }).click();
    await page.getByText("Its accounts (1) and groups (0) stay as they are and become local").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Delete directory" }).click();
    await page.waitForURL(/\/admin\/directories$/);
    await page.getByText("Directory deleted").waitFor();
    await page.getByRole("row", { name: /Failing.*Connected/ }).waitFor();
    expect(await page.getByRole("row", { name: /Leaver/ }).count()).toBe(0);
    expect((await client.get("/Users")).status).toBe(401);
    expect(await house.db.row("select username, directory_id from users where id = $1", [user.id])).toEqual({
      username: "remains",
      directory_id: null,
    });
    await page.getByRole("link", { name: "Requests of Failing refused in the last 24 hours: 1" }).click();
    await page.waitForURL(/failed=yes/);
    await page.getByRole("row", { name: /nonsense 400 invalidFilter/ }).waitFor();
  });
});
