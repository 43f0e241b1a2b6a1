import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createDirectory } from "#server/directories/create-directory.ts";
import { openTestConsole } from "./support/open-console.ts";
import type { TestConsole } from "./support/open-console.ts";

vi.setConfig({ testTimeout: 60_000 });

let desk: TestConsole;
beforeAll(async () => {
  desk = await openTestConsole();
});
afterAll(async () => await desk.close());
afterEach(() => expect(desk.takeComplaints()).toEqual([]));

describe("a directory", () => {
  test("[P4] is made in the console: its token is shown once, works, rotates with overlap, and stops when paused", async () => {
    const page = await desk.signIn("/directories");
    await page.getByRole("button", { name: "New directory" }).first().click();
    await page.getByRole("textbox", { name: "Requests a second" }).fill("many");
    await page.getByRole("button", { name: "Create and show token" }).click();
    await page.locator("#directory-name-error").getByText("This is needed.").waitFor();
    await page.getByRole("textbox", { name: "Name" }).fill("Okta, production");
    await page.getByRole("textbox", { name: "Requests a second" }).fill("500");
    await page.getByRole("button", { name: "Create and show token" }).click();
    await page.getByText("Copy the token now.").waitFor();
    const address = await page.getByRole("group", { name: "Base URL" }).locator("code").innerText();
    const token = await page.getByRole("group", { name: "Bearer token" }).locator("code").innerText();
    expect(address).toBe(`${desk.house.issuer}/scim/v2`);
    await page.getByRole("button", { name: "Copy: Bearer token" }).click();
    await page.getByRole("button", { name: "Copied: Bearer token" }).waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(token);
    expect(await push(address, token, "first.person")).toBe(201);
    expect(await push(address, token, "first.person")).toBe(409);

    await page.getByRole("row", { name: /POST \/Users 201/ }).waitFor();
    await page.getByRole("switch", { name: "Failed only" }).check();
    await page.waitForURL(/failed=yes/);
    await expect.poll(async () => await page.getByRole("row", { name: /POST \/Users 201/ }).count()).toBe(0);
    await page.getByRole("row", { name: /POST \/Users 409 uniqueness/ }).waitFor();

    await page.reload();
    await page.getByRole("heading", { name: "Okta, production", level: 1 }).waitFor();
    expect(await page.getByText("Copy the token now.").count()).toBe(0);

    await page.getByRole("button", { name: "Rotate token" }).click();
    await page.getByRole("dialog").getByLabel("Old tokens work for another").selectOption("24");
    await page.getByRole("dialog").getByRole("button", { name: "Rotate token" }).click();
    await page.getByText("Copy the token now.").waitFor();
    const second = await page.getByRole("group", { name: "Bearer token" }).locator("code").innerText();
    expect(second).not.toBe(token);
    expect(await push(address, second, "second.person")).toBe(201);
    expect(await push(address, token, "third.person")).toBe(201);

    await page.getByRole("button", { name: "Pause", exact: true }).click();
    await page.getByText("Its people can go on signing in.").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
    await page.getByText("This directory is paused.").waitFor();
    expect(await push(address, second, "fourth.person")).toBe(403);
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Resume" }).click();
    await page.getByText("Directory resumed").waitFor();
    expect(await push(address, second, "fourth.person")).toBe(201);

    await page.getByRole("link", { name: /^Users 4$/ }).click();
    await page.waitForURL(/\/directories\/[^/]+\/users$/);
    await page.getByRole("row", { name: /fourth.person/ }).waitFor();
    await expect.poll(async () => await page.locator("tbody tr").count()).toBe(4);
  });

  test("[P4] keeps its settings, each explained", async () => {
    const page = await desk.signIn("/directories");
    await page.getByRole("button", { name: "New directory" }).first().click();
    await page.getByRole("textbox", { name: "Name" }).fill("Entra ID");
    await page.getByRole("button", { name: "Create and show token" }).click();
    await page.getByText("Copy the token now.").waitFor();
    await page.getByRole("link", { name: "Settings" }).last().click();
    await page.getByLabel("Take over a local account with the same email").check();
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByText("Changes saved", { exact: true }).waitFor();
    await page.reload();
    expect(await page.getByLabel("Take over a local account with the same email").isChecked()).toBe(true);
  });
});

describe("the OAuth client of a directory", () => {
  test("[P4] is made in the console, gets tokens that SCIM takes, rotates with overlap, and is removed", async () => {
    const { house } = desk;
    const { directory } = await house.work(async (work) => await createDirectory(work, { name: "By OAuth" }));
    const page = await desk.signIn(`/directories/${directory.id}`);
    const value = async (name: string) =>
      await page.getByRole("group", { name, exact: true }).locator("code").innerText();
    await page.getByRole("button", { name: "Make a client" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Make a client" }).click();
    await page.getByText("Copy the secret now.").waitFor();
    expect(await value("Token URL")).toBe(`${house.issuer}/oauth/token`);
    const [id, secret] = [await value("Client ID"), await value("Client secret")];
    const address = `${house.issuer}/scim/v2`;
    expect(await push(address, await accessToken(id, secret), "by.oauth")).toBe(201);

    await page.getByRole("button", { name: "Rotate secret" }).click();
    await page.getByRole("dialog").getByLabel("Old secrets work for another").selectOption("0");
    await page.getByRole("dialog").getByRole("button", { name: "Rotate secret" }).click();
    await expect.poll(async () => await value("Client secret")).not.toBe(secret);
    const next = await value("Client secret");
    expect(await askToken(id, secret)).toBe(401);
    const token = await accessToken(id, next);
    expect(await push(address, token, "by.oauth")).toBe(409);
    await page.reload();
    await page.getByRole("row", { name: `…${next.slice(-4)}` }).waitFor();
    expect(await page.getByText("Copy the secret now.").count()).toBe(0);

    await page.getByRole("button", { name: "Remove client" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove client" }).click();
    await page.getByText("The OAuth client is removed").waitFor();
    await page.getByRole("button", { name: "Make a client" }).waitFor();
    expect(await push(address, token, "by.oauth.too")).toBe(401);
  });
});

describe("an app", () => {
  test("[S1] is made in the console, and its id and secret get tokens until it is deleted", async () => {
    const page = await desk.signIn("/apps/new");
    await page.getByLabel("Machine").check();
    await page.getByRole("textbox", { name: "Name" }).fill("Report runner");
    await page.getByRole("button", { name: "Create and show secret" }).click();
    await page.getByText("Copy the secret now.").waitFor();
    const value = async (name: string) =>
      await page.getByRole("group", { name, exact: true }).locator("code").innerText();
    const id = await value("Client id");
    const secret = await value("Client secret");
    expect(await value("Issuer")).toBe(desk.house.issuer);
    expect(await askToken(id, secret)).toBe(200);

    await page.getByRole("button", { name: "Actions" }).click();
    await page.getByRole("menuitem", { name: "Rotate secret" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Rotate secret" }).click();
    await page.getByText("New secret made").waitFor();
    const next = await value("Client secret");
    expect(await askToken(id, secret)).toBe(401);
    expect(await askToken(id, next)).toBe(200);

    await page.getByRole("button", { name: "Actions" }).click();
    await page.getByRole("menuitem", { name: "Delete app" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete app" }).click();
    await page.waitForURL(/\/admin\/apps$/);
    expect(await askToken(id, next)).toBe(401);
  });

  test("[S1] says beside the field what is wrong with its addresses, and lets them be changed", async () => {
    const page = await desk.signIn("/apps/new");
    await page.getByRole("textbox", { name: "Name" }).fill("Field Notes");
    await page.getByRole("textbox", { name: "Redirect addresses" }).fill("http://notes.example.com/callback");
    await page.getByRole("button", { name: "Create and show secret" }).click();
    await page.locator("#app-redirectUris-error").getByText(/https/).waitFor();
    await page.getByRole("textbox", { name: "Redirect addresses" }).fill("https://notes.example.com/callback");
    await page.getByRole("button", { name: "Create and show secret" }).click();
    await page.getByText("Copy the secret now.").waitFor();
    await page
      .getByRole("textbox", { name: "Redirect addresses" })
      .fill("https://notes.example.com/callback\nhttp://localhost:4000/callback");
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByText("Changes saved", { exact: true }).waitFor();
    await page.reload();
    await expect
      .poll(async () => await page.getByRole("textbox", { name: "Redirect addresses" }).inputValue())
      .toContain("http://localhost:4000/callback");
  });
});

async function push(address: string, token: string, userName: string): Promise<number> {
  const reply = await fetch(`${address}/Users`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/scim+json" },
    body: JSON.stringify({
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
      userName,
      displayName: userName,
      active: true,
      emails: [{ value: `${userName}@example.com`, primary: true }],
    }),
  });
  await reply.body?.cancel();
  return reply.status;
}

async function askToken(id: string, secret: string): Promise<number> {
  const reply = await postToken(id, secret);
  await reply.body?.cancel();
  return reply.status;
}

async function accessToken(id: string, secret: string): Promise<string> {
  const body = (await (await postToken(id, secret)).json()) as { access_token: string };
  return body.access_token;
}

async function postToken(id: string, secret: string): Promise<Response> {
  return await fetch(`${desk.house.issuer}/oauth/token`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
}
