import { afterAll, beforeAll, expect, test } from "vitest";
import { createDirectory } from "#server/directories/create-directory.ts";
import { changeGroup } from "#server/groups/change-group.ts";
import { createGroup } from "#server/groups/create-group.ts";
import { newId } from "#server/kernel/ids.ts";
import type { GroupId } from "#server/kernel/ids.ts";
import { openTestApi } from "./support/open-api.ts";
import type { Body, TestApi } from "./support/open-api.ts";

let api: TestApi;
let groups: string;
let accounts: string;

beforeAll(async () => {
  api = await openTestApi();
  [groups, accounts] = [await api.token("groups"), await api.token("accounts")];
});
afterAll(async () => await api.close());

let count = 0;
async function make(name?: string): Promise<Body> {
  count += 1;
  const reply = await api.call(groups, "POST", "/groups", { displayName: name ?? `Group no. ${count}` });
  expect(reply.status, JSON.stringify(reply.body)).toBe(201);
  return reply.body;
}

const add = async (id: string, body: object) => await api.call(groups, "POST", `/groups/${id}/members`, body);
const remove = async (id: string, ids: string[]) =>
  await api.call(groups, "POST", `/groups/${id}/members/remove`, { ids });
const read = async (path: string) => (await api.call(groups, "GET", path)).body;

test("[G1] a group is made, renamed and deleted, with an event each", async () => {
  const made = await make(" Sales, Osaka");
  expect(made).toEqual({
    id: expect.any(String),
    displayName: " Sales, Osaka",
    directory: null,
    memberCount: 0,
    groupCount: 0,
    parents: [],
    version: "1",
    createdAt: expect.any(String),
    updatedAt: expect.any(String),
  });
  expect(await api.lastEvent("group.created")).toMatchObject({ subject_id: made.id, actor_kind: "token" });
  const renamed = await api.call(groups, "PATCH", `/groups/${made.id}`, { displayName: "Sales" });
  expect(renamed.body).toMatchObject({ displayName: "Sales" });
  expect(await api.lastEvent("group.updated")).toMatchObject({
    changes: { displayName: { from: " Sales, Osaka", to: "Sales" } },
  });
  expect(renamed.headers.get("etag")).toBe(`W/"${renamed.body.version}"`);
  const stale = await api.call(groups, "PATCH", `/groups/${made.id}`, { displayName: "Lost" }, { "if-match": 'W/"1"' });
  expect([stale.status, stale.body.code]).toEqual([412, "request.stale"]);
  const other = await make("Support");
  const refused = async (method: string, path: string, body: object, status: number, code: string) => {
    const reply = await api.call(groups, method, path, body);
    expect([reply.status, reply.body.code, reply.body.field]).toEqual([status, code, "displayName"]);
  };
  await refused("POST", "/groups", { displayName: "sales" }, 409, "group.nameTaken");
  await refused("PATCH", `/groups/${other.id}`, { displayName: "SALES" }, 409, "group.nameTaken");
  await refused("POST", "/groups", { displayName: " " }, 400, "group.nameMissing");
  await refused("POST", "/groups", { displayName: "x".repeat(257) }, 400, "group.nameTooLong");
  expect((await api.call(groups, "DELETE", `/groups/${made.id}`)).status).toBe(204);
  expect((await api.call(groups, "GET", `/groups/${made.id}`)).status).toBe(404);
  expect(await api.lastEvent("group.deleted")).toMatchObject({ subject_name: "Sales" });
});

test("[G1] users and groups go in and out; what changes nothing changes nothing", async () => {
  const group = await make();
  const [child, above] = [await make("A child"), await make("Above")];
  const [ada, ben, deleted] = [
    await api.house.makeUser({ username: "ada.in", displayName: "Ada In" }),
    await api.house.makeUser({ username: "ben.in", displayName: "Ben In" }),
    await api.house.makeUser({ displayName: "Gone" }),
  ];
  await api.call(accounts, "DELETE", `/users/${deleted.id}`);
  expect((await add(group.id, { userIds: [ada.id, ben.id, ada.id], groupIds: [child.id] })).body).toEqual({ added: 3 });
  expect((await add(group.id, { userIds: [ada.id] })).body).toEqual({ added: 0 });
  expect((await add(above.id, { groupIds: [group.id] })).body).toEqual({ added: 1 });
  expect(await api.lastEvent("group.membersAdded")).toMatchObject({ details: { count: 1, ids: [group.id] } });
  expect(await read(`/groups/${group.id}`)).toMatchObject({
    memberCount: 3,
    groupCount: 1,
    parents: [{ id: above.id, name: "Above" }],
  });
  expect((await read(`/groups/${group.id}/groups`)).items).toMatchObject([{ id: child.id, displayName: "A child" }]);

  const first = await read(`/groups/${group.id}/members?limit=1`);
  expect(first).toMatchObject({ items: [{ id: ada.id }], total: 2, previousCursor: null });
  const second = await read(`/groups/${group.id}/members?limit=1&cursor=${first.nextCursor}`);
  expect(second).toMatchObject({ items: [{ id: ben.id }], nextCursor: null });
  expect((await read(`/groups/${group.id}/members?q=BEN.IN`)).items).toMatchObject([{ id: ben.id }]);
  expect(await read(`/groups/${group.id}/members?q=gone`)).toMatchObject({ items: [], total: 0 });
  expect(await read(`/groups/${group.id}/members?q=be`)).toMatchObject({ items: [{ id: ben.id }], total: 1 });

  // Whoever would close a ring, is in it already, or is no one, is refused, and nothing is changed.
  for (const [ids, code] of [
    [[above.id], "group.cycle"],
    [[group.id], "group.cycle"],
    [[newId(new Date())], "group.unknownMember"],
    [[deleted.id], "group.unknownMember"],
  ] as const) {
    const reply = await add(group.id, { groupIds: ids, userIds: [ada.id] });
    expect([reply.status, reply.body.code]).toEqual([400, code]);
  }
  expect((await remove(group.id, [ada.id, child.id, deleted.id])).body).toEqual({ removed: 2 });
  expect((await remove(group.id, [ada.id])).body).toEqual({ removed: 0 });
  expect(await read(`/groups/${group.id}`)).toMatchObject({ memberCount: 1, groupCount: 0 });
});

test("[G1] the picker offers who is not in the group and would close no ring", async () => {
  const [group, above, child, free] = [
    await make("Pick me"),
    await make("Pick above"),
    await make("Pick child"),
    await make("Pick free"),
  ];
  const [inside, outside] = [
    await api.house.makeUser({ displayName: "Pick inside" }),
    await api.house.makeUser({ displayName: "Pick outside" }),
  ];
  await add(group.id, { userIds: [inside.id], groupIds: [child.id] });
  await add(above.id, { groupIds: [group.id] });
  expect(await read(`/groups/${group.id}/members/candidates?q=pick`)).toEqual({
    users: [expect.objectContaining({ id: outside.id, displayName: "Pick outside" })],
    groups: [{ id: free.id, displayName: "Pick free", directory: null, memberCount: 0 }],
    hasMore: false,
  });
  const all = await read(`/groups/${group.id}/members/candidates`);
  expect(all.users.map((user: Body) => user.id)).toContain(outside.id);
});

test("[G1] a search that finds many still finds those in the group, page by page", async () => {
  const group = await make();
  await api.house.db.run(
    `insert into users (id, username, display_name, created_at, updated_at)
     select gen_random_uuid(), 'crowd-' || n, 'Crowd ' || n, now(), now() from generate_series(1, 2500) n`,
  );
  await api.house.db.run(
    `insert into group_members (group_id, user_id)
     select $1, id from users where username like 'crowd-%' and username not like '%0'`,
    [group.id],
  );
  const seen = new Set<string>();
  let cursor = "";
  for (;;) {
    const page = await read(`/groups/${group.id}/members?q=crowd&limit=200${cursor}`);
    expect(page.total).toBe(2250);
    for (const item of page.items as Body[]) seen.add(item.id);
    if (page.nextCursor === null) break;
    cursor = `&cursor=${page.nextCursor}`;
  }
  expect(seen.size).toBe(2250);
  expect(await read(`/groups/${group.id}/members?q=crowd-2499`)).toMatchObject({ total: 1 });
});

test("[G1] what a directory owns is shown as such, and refused with words from either side", async () => {
  const { house } = api;
  const { directory } = await house.work(async (work) => await createDirectory(work, { name: "Okta, production" }));
  const owner = { kind: "directory" as const, id: directory.id, name: "Okta", can: () => false };
  const user = await house.makeUser();
  const pushed = await house.as(owner, async (work) => {
    const id = await createGroup(work, { displayName: "Pushed", directoryId: directory.id });
    return id;
  });
  const inside = await house.as(owner, async (work) => {
    const id = await createGroup(work, { displayName: "Inside", directoryId: directory.id });
    await changeGroup(work, pushed, [{ kind: "addMembers", ids: [id] }]);
    return id;
  });
  expect(await read(`/groups/${pushed}`)).toMatchObject({
    directory: { id: directory.id, name: "Okta, production" },
    memberCount: 1,
  });
  const replies = [
    await api.call(groups, "PATCH", `/groups/${pushed}`, { displayName: "Taken" }),
    await api.call(groups, "DELETE", `/groups/${pushed}`),
    await add(pushed, { userIds: [user.id] }),
    await remove(pushed, [inside]),
    await api.call(groups, "POST", `/users/${user.id}/groups`, { groupIds: [pushed] }),
    await api.call(groups, "POST", `/users/${user.id}/groups/remove`, { groupIds: [pushed] }),
  ];
  for (const reply of replies) expect([reply.status, reply.body.code]).toEqual([409, "group.ofDirectory"]);
  expect(await read(`/groups/${pushed}`)).toMatchObject({ displayName: "Pushed", memberCount: 1 });
  // A group made here takes it in, and nobody is offered a place in it.
  const ours = await make();
  expect((await add(ours.id, { groupIds: [pushed] })).body).toEqual({ added: 1 });
  expect((await read(`/users/${user.id}/groups/candidates?q=pushed`)).items).toEqual([]);
  expect((await house.work(async (work) => await changeGroup(work, ours.id as GroupId, []))).member_count).toBe(1);
});

test("[U15] a user goes into groups and out of some, from a list of those the user is not in", async () => {
  const user = await api.house.makeUser();
  const [one, two, outer] = [await make("Team one"), await make("Team two"), await make("Team outer")];
  await add(outer.id, { groupIds: [two.id] });
  const candidates = async () =>
    (await read(`/users/${user.id}/groups/candidates?q=team`)).items.map((item: Body) => item.displayName);
  expect(await candidates()).toEqual(["Team one", "Team outer", "Team two"]);
  const path = `/users/${user.id}/groups`;
  expect((await api.call(groups, "POST", path, { groupIds: [two.id, one.id] })).body).toEqual({ added: 2 });
  expect((await api.call(groups, "POST", path, { groupIds: [two.id] })).body).toEqual({ added: 0 });
  expect(await candidates()).toEqual(["Team outer"]);
  const listed = (await api.call(accounts, "GET", path)).body;
  expect(listed).toMatchObject({
    items: [{ displayName: "Team one" }, { displayName: "Team two", memberCount: 1 }],
    total: 2,
    through: [{ displayName: "Team outer", via: { id: two.id, name: "Team two" } }],
  });
  expect((await api.call(accounts, "GET", `${path}?q=two`)).body).toMatchObject({ total: 1 });
  // One that refuses refuses for all.
  const missing = await api.call(groups, "POST", path, { groupIds: [outer.id, newId(new Date())] });
  expect([missing.status, missing.body.code]).toEqual([404, "group.missing"]);
  expect(await candidates()).toEqual(["Team outer"]);
  expect((await api.call(groups, "POST", `${path}/remove`, { groupIds: [two.id, outer.id] })).body).toEqual({
    removed: 1,
  });
  expect((await api.call(accounts, "GET", path)).body).toMatchObject({ items: [{ id: one.id }], through: [] });
  const nobody = await api.call(groups, "POST", `/users/${newId(new Date())}/groups`, { groupIds: [one.id] });
  expect([nobody.status, nobody.body.code]).toEqual([404, "user.missing"]);
});

test("[G1] [G4] who comes into a group may use its apps at once, and who leaves may not", async () => {
  const { house } = api;
  const apps = await api.token("apps");
  const app = await house.makeApp();
  const group = await make();
  const user = await house.makeUser();
  await api.call(apps, "PATCH", `/apps/${app.id}`, { access: "chosen" });
  expect((await api.call(apps, "POST", `/apps/${app.id}/assignments`, { groupIds: [group.id] })).status).toBe(200);
  const usable = async () =>
    (await api.call(accounts, "GET", `/users/${user.id}/apps`)).body.items.map((item: Body) => item.app.id);
  expect(await usable()).not.toContain(app.id);
  await add(group.id, { userIds: [user.id] });
  expect(await usable()).toContain(app.id);
  const jobs = async () =>
    await house.db.rows("select 1 from graphile_worker.jobs where task_identifier = 'access.leftGroup'");
  const before = (await jobs()).length;
  await remove(group.id, [user.id]);
  expect(await usable()).not.toContain(app.id);
  expect((await jobs()).length).toBe(before + 1);
});

test("[G1] many who add and remove at once leave a count that is right", async () => {
  const group = await make();
  const users = await Promise.all(Array.from({ length: 6 }, async () => await api.house.makeUser()));
  await Promise.all(
    users.flatMap((user) => [
      add(group.id, { userIds: users.map((one) => one.id) }),
      remove(group.id, [user.id]),
      api.call(groups, "POST", `/users/${user.id}/groups`, { groupIds: [group.id] }),
    ]),
  );
  const { memberCount } = await read(`/groups/${group.id}`);
  expect(await read(`/groups/${group.id}/members`)).toMatchObject({ total: memberCount });
});
