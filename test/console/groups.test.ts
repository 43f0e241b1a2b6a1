import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createDirectory } from "#server/directories/create-directory.ts";
import { changeGroup } from "#server/groups/change-group.ts";
import { createGroup } from "#server/groups/create-group.ts";
import { openTestConsole } from "./support/open-console.ts";
import type { TestConsole } from "./support/open-console.ts";

vi.setConfig({ testTimeout: 90_000 });

let desk: TestConsole;
beforeAll(async () => {
  desk = await openTestConsole();
});
afterAll(async () => await desk.close());
afterEach(() => expect(desk.takeComplaints()).toEqual([]));

const membersOf = async (name: string) => {
  const rows = await desk.house.db.rows<{ name: string }>(
    `select u.display_name as name from groups g join group_members m on m.group_id = g.id join users u on u.id = m.user_id
     where g.display_name = $1 union all
     select c.display_name from groups g join group_groups gg on gg.group_id = g.id join groups c on c.id = gg.child_id
     where g.display_name = $1`,
    [name],
  );
  return rows.map((row) => row.name).toSorted();
};

describe("a group", () => {
  test("[G1] is made, filled with people and groups, emptied with a way back, renamed and deleted", async () => {
    const { house } = desk;
    await house.makeUser({ displayName: "Ada Lovelace" });
    await house.makeUser({ displayName: "Grace Hopper" });
    await house.work(async (work) => await createGroup(work, { displayName: "Interns" }));
    const page = await desk.signIn("/groups");
    await page.getByRole("button", { name: "Create group" }).first().click();
    await page.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill("interns");
    await page.getByRole("dialog").getByRole("button", { name: "Create group" }).click();
    await page.locator("#group-displayName-error").getByText("Another group has this name.").waitFor();
    await page.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill("Sales, Osaka");
    await page.getByRole("dialog").getByRole("button", { name: "Create group" }).click();
    await page.getByRole("heading", { name: "Sales, Osaka", level: 1 }).waitFor();

    await page.getByRole("button", { name: "Add people" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("checkbox", { name: "Grace Hopper" }).check();
    await dialog.getByRole("searchbox", { name: "Search" }).fill("lovel");
    await dialog.getByRole("checkbox", { name: "Ada Lovelace" }).check();
    await dialog.getByRole("searchbox", { name: "Search" }).fill("inter");
    await dialog.getByRole("checkbox", { name: "Interns" }).check();
    await dialog.getByRole("button", { name: "Add 3" }).click();
    await page.getByText("3 added").waitFor();
    await page.getByRole("row", { name: /Ada Lovelace/ }).waitFor();
    expect(await membersOf("Sales, Osaka")).toEqual(["Ada Lovelace", "Grace Hopper", "Interns"]);
    await page.getByRole("link", { name: "Groups in it 1" }).click();
    await page.getByRole("row", { name: /Interns/ }).waitFor();

    // The group that holds this one is not offered: it would close a ring.
    await page.getByRole("link", { name: "Interns" }).click();
    await page.getByRole("heading", { name: "Interns", level: 1 }).waitFor();
    await page.getByRole("button", { name: "Add people" }).click();
    await dialog.getByRole("searchbox", { name: "Search" }).fill("sales");
    await dialog.getByText("Nothing to add matches “sales”").waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("link", { name: "Sales, Osaka" }).click();
    await page.getByRole("heading", { name: "Sales, Osaka", level: 1 }).waitFor();

    await page.getByRole("button", { name: "Remove Grace Hopper" }).click();
    await page.getByText("Grace Hopper is removed").waitFor();
    await expect.poll(async () => await membersOf("Sales, Osaka")).toEqual(["Ada Lovelace", "Interns"]);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("Grace Hopper is back").waitFor();
    expect(await membersOf("Sales, Osaka")).toEqual(["Ada Lovelace", "Grace Hopper", "Interns"]);

    await page.getByRole("searchbox", { name: /Search members/ }).fill("hopp");
    await expect.poll(async () => await page.locator("tbody tr").count()).toBe(1);

    await page.getByRole("button", { name: /^Actions/ }).click();
    await page.getByRole("menuitem", { name: "Rename" }).click();
    await dialog.getByRole("textbox", { name: "Name" }).fill("Sales, Kansai");
    await dialog.getByRole("button", { name: "Save changes" }).click();
    await page.getByRole("heading", { name: "Sales, Kansai", level: 1 }).waitFor();
    await page.getByRole("link", { name: "Log", exact: true }).click();
    await page.getByRole("button", { name: /Details of Group changed/ }).click();
    await page.getByRole("table", { name: "What changed" }).getByText("Sales, Osaka").waitFor();

    await page.getByRole("button", { name: /^Actions/ }).click();
    await page.getByRole("menuitem", { name: "Delete group" }).click();
    await dialog.getByText("Its members (3) stay as they are.").waitFor();
    await dialog.getByRole("button", { name: "Delete group" }).click();
    await page.waitForURL(/\/admin\/groups$/);
    expect(await house.db.rows("select 1 from groups where display_name like 'Sales%'")).toEqual([]);
  });

  test("[G1] of a directory says whose it is, and offers no change", async () => {
    const { house } = desk;
    const { directory } = await house.work(async (work) => await createDirectory(work, { name: "Okta, production" }));
    const owner = { kind: "directory" as const, id: directory.id, name: "Okta", can: () => false };
    const id = await house.as(
      owner,
      async (work) => await createGroup(work, { displayName: "Pushed", directoryId: directory.id }),
    );
    const page = await desk.signIn(`/groups/${id}`);
    await page.getByText("Owned by Okta, production.").waitFor();
    expect(await page.getByRole("button", { name: "Add people" }).count()).toBe(0);
    expect(await page.getByRole("button", { name: /^Actions/ }).count()).toBe(0);
  });
});

test("[U15] a user goes into groups and out of them from the user's page", async () => {
  const { house } = desk;
  const user = await house.makeUser({ displayName: "Kofi Mori" });
  const ids = await house.work(async (work) => {
    const [one, two, whole] = [
      await createGroup(work, { displayName: "Night shift" }),
      await createGroup(work, { displayName: "Day shift" }),
      await createGroup(work, { displayName: "Whole plant" }),
    ];
    await changeGroup(work, whole, [{ kind: "addMembers", ids: [two] }]);
    return { one, two, whole };
  });
  const page = await desk.signIn(`/users/${user.id}/groups`);
  await page.getByText("In no group").waitFor();
  await page.getByRole("button", { name: "Add to groups" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("searchbox", { name: "Search" }).fill("shift");
  await dialog.getByRole("checkbox", { name: "Night shift" }).check();
  await dialog.getByRole("checkbox", { name: "Day shift" }).check();
  await dialog.getByRole("button", { name: "Add 2" }).click();
  await page.getByRole("row", { name: /Night shift/ }).waitFor();
  await page.getByRole("heading", { name: "Through other groups" }).waitFor();
  await page.getByRole("link", { name: "Whole plant" }).waitFor();
  await page.getByRole("button", { name: "Remove Day shift" }).click();
  await page.getByText("Day shift is removed").waitFor();
  const rows = await house.db.rows("select group_id from group_members where user_id = $1", [user.id]);
  expect(rows).toEqual([{ group_id: ids.one }]);
  await expect.poll(async () => await page.getByRole("link", { name: "Whole plant" }).count()).toBe(0);
});

test("[G2] a role is made from the grid of permissions, given to somebody, kept while it is in use, and deleted", async () => {
  const { house } = desk;
  const page = await desk.signIn("/roles");
  await page.getByRole("link", { name: "Create role" }).click();
  await page.getByRole("button", { name: "Create role" }).click();
  await page.locator("#role-name-error").waitFor();
  await page.getByRole("textbox", { name: "Name" }).fill("Help desk");
  await page.getByRole("checkbox", { name: "Manage accounts" }).check();
  await page.getByRole("checkbox", { name: "View logs" }).check();
  await page.getByText("2 of 8 allowed").waitFor();
  await page.getByRole("button", { name: "Create role" }).click();
  await page.getByRole("row", { name: /Help desk.*Manage accounts, View logs/ }).waitFor();
  const role = await house.db.row<{ id: string; permissions: string[] }>(
    "select id, permissions from roles where name = 'Help desk'",
  );
  expect(role?.permissions).toEqual(["accounts", "logs"]);

  const user = await house.makeUser({ displayName: "Lena Novak" });
  await page.goto(`${house.issuer}/admin/users/${user.id}/edit`);
  await page.getByLabel("Role").selectOption({ label: "Help desk" });
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByText("Changes saved").waitFor();

  await page.goto(`${house.issuer}/admin/roles`);
  await page.getByRole("link", { name: "Help desk" }).click();
  await page.getByRole("checkbox", { name: "View logs" }).uncheck();
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByText("Saved: Help desk").waitFor();
  expect(await house.db.row("select permissions from roles where name = 'Help desk'")).toEqual({
    permissions: ["accounts"],
  });
  await page.getByRole("link", { name: "Help desk" }).click();
  await page.getByRole("button", { name: "Delete role" }).click();
  await page.getByText("Accounts with this role: 1.").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Show who has it" }).click();
  await page.getByRole("row", { name: /Lena Novak/ }).waitFor();
  await house.db.run("update users set role_id = '00000000-0000-7000-8000-000000000002' where id = $1", [user.id]);
  await page.goto(`${house.issuer}/admin/roles/${role?.id ?? ""}`);
  await page.getByRole("button", { name: "Delete role" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete role" }).click();
  await page.getByText("Help desk is deleted").waitFor();

  await page.getByRole("link", { name: "Administrator" }).first().click();
  await page.getByText("This role is built in").waitFor();
  expect(await page.getByRole("checkbox", { name: "Manage apps" }).isDisabled()).toBe(true);
});

test("[U18] the overview shows active users by month and sign-ins by day, with the values as a table", async () => {
  const { house } = desk;
  const [user, app] = [await house.makeUser(), await house.makeApp()];
  await house.db.run("insert into app_uses (user_id, app_id, first_at, last_at) values ($1, $2, now(), now())", [
    user.id,
    app.id,
  ]);
  const page = await desk.signIn("/");
  const chart = page.getByRole("img", { name: /Monthly active users/ });
  await chart.waitFor();
  const figure = page.getByRole("figure").filter({ has: chart });
  await figure.getByText("Show as a table").click();
  await figure.getByRole("row", { name: /so far 1$/ }).waitFor();
  const signIns = page.getByRole("img", { name: /Sign-ins and failures/ });
  await signIns.locator(".point-at").first().hover();
  await signIns.locator(".rule").waitFor({ state: "attached" });
  await page.getByRole("heading", { name: "Second factors" }).waitFor();
});

test("[L2] every page leads to what happened to its thing, and a line opens with before and after", async () => {
  const { house } = desk;
  const app = await house.makeApp({ name: "Field Notes" });
  const page = await desk.signIn(`/apps/${app.id}`);
  await page.getByRole("link", { name: "What happened to this" }).click();
  await page.waitForURL(new RegExp(`/logs\\?subject=${app.id}`));
  await page.getByText("About Field Notes").waitFor();
  await page.getByRole("row", { name: /App created/ }).waitFor();
  await page.goto(`${house.issuer}/admin/settings?q=reset%20link`);
  await page.getByRole("spinbutton", { name: "Reset link" }).fill("45");
  await page.getByRole("button", { name: "Save changes: Reset link" }).click();
  await page.getByText("Saved: Reset link").waitFor();
  await page.getByRole("link", { name: "What happened to: Reset link" }).click();
  await page.getByRole("button", { name: /Details of Setting changed/ }).click();
  const changes = page.getByRole("table", { name: "What changed" });
  await changes.getByText("30", { exact: true }).waitFor();
  await changes.getByText("45", { exact: true }).waitFor();
});

test("[C1] settings are found by what they mean, and go back to their default", async () => {
  const { house } = desk;
  await house.db.run("delete from settings");
  const page = await desk.signIn("/settings");
  await page.getByRole("searchbox", { name: /Search settings/ }).fill("phone own");
  await page.getByRole("switch", { name: "Phone number" }).waitFor();
  await expect.poll(async () => await page.locator(".set").count()).toBe(1);
  await page.getByRole("switch", { name: "Phone number" }).uncheck();
  await page.getByText("Saved: Phone number").waitFor();
  await page.getByRole("searchbox", { name: /Search settings/ }).fill("");
  await page.getByRole("link", { name: "Changed from the default only" }).click();
  await page.getByRole("button", { name: "Phone number: Back to the default: On" }).click();
  await page.getByText("Every setting is as it was at the start").waitFor();
  expect(await house.db.rows("select value from settings where key = 'profile.phone'")).toEqual([{ value: true }]);
});
