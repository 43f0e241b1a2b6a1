import { describe, expect, test } from "vitest";
import type { UserId } from "#server/kernel/ids.ts";
import { updateUser } from "#server/users/update-user.ts";
import { atServer } from "./support/at-server.ts";
import { baseUrl } from "./support/scim-server.ts";
import { core, enterprise, expectError, groupUrn, made, ops, person, team } from "./support/scim-client.ts";
import type { Body } from "./support/scim-client.ts";

const at = atServer();
let count = 0;

/** A user as Entra ID creates it: meta, empty arrays and nulls are in the body. */
async function provisioned(more: Record<string, unknown> = {}): Promise<string> {
  count += 1;
  return await made(at.scim, {
    schemas: [core, enterprise],
    externalId: `0a21f0f2-8d2a-4f8e-bf98-${String(count).padStart(12, "0")}`,
    userName: `Test_User_${count}@testuser.com`,
    active: true,
    emails: [{ primary: true, type: "work", value: `Test_User_${count}@testuser.com` }],
    meta: { resourceType: "User" },
    name: { formatted: "givenName familyName", familyName: "familyName", givenName: "givenName" },
    roles: [],
    addresses: null,
    ...more,
  });
}

async function patched(id: string, ...operations: unknown[]): Promise<Body> {
  const answer = await at.scim.patch(`/Users/${id}`, ops(...operations));
  expect(answer.status, answer.text).toBe(200);
  expect((await at.scim.get(`/Users/${id}`)).body).toEqual(answer.body);
  return answer.body;
}

describe("[P3] §2.1 Entra: test connection and matching", () => {
  test("[P3] §2.1 Entra: the connection test with a random GUID answers 200 and an empty list", async () => {
    const answer = await at.scim.find("Users", 'userName eq "c24e4f2d-0e0f-4a5f-9a39-ab3a1b3a4a2b"');
    expect([answer.status, answer.body.totalResults, answer.body.Resources]).toEqual([200, 0, []]);
  });

  test("[P3] §2.1 Entra: flags on the base address are left alone", async () => {
    const filter = encodeURIComponent('userName eq "nobody"');
    expect((await at.scim.get(`/Users?aadOptscim062020&filter=${filter}`)).body.totalResults).toBe(0);
    expect((await at.scim.get("/Users?aadOptscim062020=&AzureAdScimPatch2017")).status).toBe(200);
  });

  test("[P3] §2.1 Entra: users are matched by userName in any case, externalId, id, and email behind a type", async () => {
    const id = await provisioned();
    const name = `test_user_${count}@TESTUSER.com`;
    for (const filter of [
      `userName eq "${name}"`,
      `externalId eq "0a21f0f2-8d2a-4f8e-bf98-${String(count).padStart(12, "0")}"`,
      `id eq "${id}"`,
      `emails[type eq "work"].value eq "${name}"`,
      `emails[type eq "work" and value eq "${name}"]`,
      `userName eq "${name}" and active eq true`,
    ]) {
      const { body } = await at.scim.find("Users", filter);
      expect(
        body.Resources.map((user: { id: string }) => user.id),
        filter,
      ).toEqual([id]);
    }
  });

  test("[P3] §2.1 Entra: a duplicate is 409", async () => {
    await provisioned();
    const userName = `test_user_${count}@testuser.com`;
    expectError(await at.scim.post("/Users", person(userName)), 409, "uniqueness");
  });
});

describe("[P3] §2.1 Entra: PATCH of users", () => {
  test.each([
    ["False", false],
    ["false", false],
    ["True", true],
    [false, false],
    [true, true],
  ])("[P3] §2.1 Entra: Replace active with %j", async (value, expected) => {
    const id = await provisioned({ active: !expected });
    expect((await patched(id, { op: "Replace", path: "active", value })).active).toBe(expected);
    const found = await at.scim.find("Users", `id eq "${id}" and active eq ${expected}`);
    expect(found.body.totalResults).toBe(1);
  });

  test("[P3] §2.1 Entra: Replace and Add behind a filter make the element, the second time change it", async () => {
    const id = await provisioned({ emails: [] });
    const operations = (email: string, code: string) => [
      { op: "Replace", path: 'emails[type eq "work"].value', value: email },
      { op: "Add", path: 'addresses[type eq "work"].postalCode', value: code },
      { op: "Add", path: 'phoneNumbers[type eq "mobile"].value', value: "+1 (425) 555-0100 x7" },
      { op: "Add", path: 'roles[primary eq "True"].value', value: "Role" },
    ];
    await patched(id, ...operations("one@x.example", "1"));
    const body = await patched(id, ...operations("two@x.example", "2"));
    expect(body).toMatchObject({
      emails: [{ type: "work", value: "two@x.example" }],
      addresses: [{ type: "work", postalCode: "2" }],
      phoneNumbers: [{ type: "mobile", value: "+1 (425) 555-0100 x7" }],
      roles: [{ primary: true, value: "Role" }],
    });
  });

  test("[P3] §2.1 Entra: one operation for each attribute, as the validator sends them", async () => {
    const id = await provisioned();
    const body = await patched(
      id,
      { op: "replace", path: 'emails[type eq "work"].value', value: "w@x.example" },
      { op: "replace", path: 'emails[type eq "work"].display', value: "W" },
      { op: "replace", path: 'emails[type eq "work"].primary', value: true },
      { op: "add", path: 'emails[type eq "home"].value', value: "h@x.example" },
      { op: "add", path: 'emails[type eq "other"].value', value: "o@x.example" },
      { op: "replace", path: "displayName", value: "VVJAGTNOUDSV" },
      { op: "replace", path: "title", value: "FYWBLHUGYGHS" },
      { op: "replace", path: "preferredLanguage", value: "mua-CM" },
      { op: "replace", path: "name.givenName", value: "Harmony" },
      { op: "replace", path: "name.formatted", value: "Cedrick" },
      { op: "replace", path: "locale", value: "LYYWEQKPDVYO".toLowerCase().slice(0, 2) },
      { op: "replace", path: "timezone", value: "Africa/Dakar" },
      { op: "add", path: `${enterprise}:employeeNumber`, value: "IZFBNFXUSLFT" },
      { op: "add", path: `${enterprise}:department`, value: "DKNSUYIUVFOR" },
    );
    expect(body).toMatchObject({
      displayName: "VVJAGTNOUDSV",
      emails: [
        { type: "work", value: "w@x.example", display: "W", primary: true },
        { type: "home", value: "h@x.example" },
        { type: "other", value: "o@x.example" },
      ],
      [enterprise]: { employeeNumber: "IZFBNFXUSLFT", department: "DKNSUYIUVFOR" },
    });
  });

  test("[P3] §2.1 Entra: with the flag, dotted and URN names without a path", async () => {
    const id = await provisioned();
    const body = await patched(id, {
      op: "replace",
      value: { displayName: "B", "name.givenName": "K", [`${enterprise}:employeeNumber`]: "A" },
    });
    expect(body).toMatchObject({ displayName: "B", name: { givenName: "K" }, [enterprise]: { employeeNumber: "A" } });
    expect(body).not.toHaveProperty(["name.givenName"]);
  });

  test("[P3] §2.1 Entra: userName, and several operations on one attribute", async () => {
    const id = await provisioned({ title: "old" });
    expect((await patched(id, { op: "Replace", path: "userName", value: "Renamed_1@testuser.com" })).userName).toBe(
      "Renamed_1@testuser.com",
    );
    const body = await patched(
      id,
      { op: "Remove", path: "title" },
      { op: "Add", path: "title", value: "added" },
      { op: "Replace", path: "title", value: "replaced" },
    );
    expect(body.title).toBe("replaced");
  });

  test("[P3] §2.1 Entra: empty Operations change nothing", async () => {
    const id = await provisioned();
    const before = await at.scim.get(`/Users/${id}`);
    expect((await at.scim.patch(`/Users/${id}`, ops())).text).toBe(before.text);
  });

  test.each<[string, string, (boss: string) => unknown]>([
    ["an array for a single value", "manager", (boss) => [{ $ref: `http://x/Users/${boss}`, value: boss }]],
    ["a bare string behind the URN", `${enterprise}:manager`, (boss) => boss],
    ["a bare string behind the URN and a dot", `${enterprise}.manager`, (boss) => boss],
    ["an object", `${enterprise}:manager`, (boss) => ({ value: boss })],
    ["the sub-attribute", `${enterprise}:manager.value`, (boss) => boss],
  ])("[P3] §2.1 Entra: manager as %s", async (_title, path, value) => {
    const boss = await provisioned({ displayName: "The Boss" });
    const id = await provisioned();
    const body = await patched(id, { op: "Add", path, value: value(boss) });
    expect(body[enterprise].manager).toEqual({
      value: boss,
      $ref: `${baseUrl}/Users/${boss}`,
      displayName: "The Boss",
    });
    expect(body.schemas).toContain(enterprise);
    const cleared = await patched(id, { op: "Replace", path: `${enterprise}:manager`, value: "" });
    expect(cleared).not.toHaveProperty([enterprise]);
    expect(cleared.schemas).toEqual([core]);
    await patched(id, { op: "Add", path, value: value(boss) });
    expect(await patched(id, { op: "Remove", path })).not.toHaveProperty([enterprise]);
  });

  test("[P3] §2.1 Entra: phone numbers that are none come back too, are noted, and stop no administrator", async () => {
    const phones = ["０３－１２３４－５６７８", "n/a", "reception, then 12"].map((value, place) => ({
      value,
      type: ["work", "home", "other"][place],
    }));
    const client = await at.server.connect();
    const id = await made(client, person("odd-phones", { phoneNumbers: phones }));
    const path = 'phoneNumbers[type eq "home"].value';
    const answer = await client.patch(`/Users/${id}`, ops({ op: "Replace", path, value: "none" }));
    expect(answer.status, answer.text).toBe(200);
    const values = ["０３－１２３４－５６７８", "none", "reception, then 12"];
    expect(answer.body.phoneNumbers.map((phone: Body) => phone.value)).toEqual(values);
    await at.server.flush();
    const notes = await at.server.house.db.rows(
      "select from directory_requests where directory_id = $1 and coercions @> $2",
      [client.id, ['phoneNumbers: "reception, then 12" is kept as sent, but is no phone number']],
    );
    expect(notes).toHaveLength(2);
    const change = async (more: Record<string, unknown>[]) =>
      await at.server.house.work(
        async (work) =>
          await updateUser(work, id as UserId, (user) => ({
            givenName: "G",
            resource: { ...user.resource, phoneNumbers: [...answer.body.phoneNumbers, ...more] },
          })),
      );
    expect((await change([])).given_name).toBe("G");
    await expect(change([{ value: "no number either" }])).rejects.toMatchObject({ code: "user.phoneInvalid" });
  });

  test("[P3] §2.1 Entra: values come back as they were sent", async () => {
    const phone = "+1 (425) 555-0100x1234";
    const id = await provisioned({
      phoneNumbers: [{ type: "work", value: phone }],
      title: "  Spaced  ",
      nickName: "ÅngSTRÖM",
    });
    const { body } = await at.scim.get(`/Users/${id}`);
    expect(body.phoneNumbers[0].value).toBe(phone);
    expect([body.title, body.nickName, body.userName]).toEqual([
      "  Spaced  ",
      "ÅngSTRÖM",
      `Test_User_${count}@testuser.com`,
    ]);
  });

  test("[P3] §2.1 Entra: who was disabled is still read and found; who was deleted is 404, twice", async () => {
    const id = await provisioned();
    await patched(id, { op: "Replace", path: "active", value: "False" });
    expect(
      (await at.scim.find("Users", `userName eq "Test_User_${count}@testuser.com"`)).body.Resources[0].active,
    ).toBe(false);
    expect((await at.scim.delete(`/Users/${id}`)).status).toBe(204);
    expectError(await at.scim.get(`/Users/${id}`), 404);
    expectError(await at.scim.delete(`/Users/${id}`), 404);
  });
});

describe("[P3] §2.1 Entra: groups", () => {
  const adscim = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";

  async function group(): Promise<string> {
    count += 1;
    return await made(at.scim, {
      schemas: [groupUrn, adscim],
      externalId: `group-${count}`,
      displayName: `Group ${count}`,
      meta: { resourceType: "Group" },
    });
  }

  async function membersOf(id: string): Promise<string[]> {
    const { body } = await at.scim.get(`/Groups/${id}`);
    return (body.members ?? []).map((member: { value: string }) => member.value);
  }

  test("[P3] §2.1 Entra: a group with Microsoft's own schema is made; that URN is not kept", async () => {
    const id = await group();
    expect((await at.scim.get(`/Groups/${id}`)).body.schemas).toEqual([groupUrn]);
    expectError(await at.scim.post("/Groups", team(`GROUP ${count}`)), 409, "uniqueness");
  });

  test("[P3] §2.1 Entra: reads without members, by id, by name in any case, by externalId", async () => {
    const id = await group();
    const user = await provisioned();
    await at.scim.patch(`/Groups/${id}`, ops({ op: "Add", path: "members", value: [{ $ref: null, value: user }] }));
    const one = await at.scim.get(`/Groups/${id}?excludedAttributes=members`);
    expect(one.body).not.toHaveProperty("members");
    for (const filter of [`displayName eq "gROUP ${count - 1}"`, `externalId eq "group-${count - 1}"`]) {
      const list = await at.scim.get(`/Groups?excludedAttributes=members&filter=${encodeURIComponent(filter)}`);
      expect(list.body.Resources, filter).toEqual([one.body]);
    }
    const whole = await at.scim.find("Groups", `displayName eq "Group ${count - 1}"`);
    expect(whole.body.Resources[0].members[0].value).toBe(user);
    expect(
      (await at.scim.find("Groups", 'displayName eq "nobody"', "&excludedAttributes=members")).body.totalResults,
    ).toBe(0);
  });

  test("[P3] §2.1 Entra: Add with $ref null, Remove with a list removes these alone, remove by filter; 204 each", async () => {
    const id = await group();
    const [a, b, c] = [await provisioned(), await provisioned(), await provisioned()];
    const members = (...ids: string[]) => ids.map((value) => ({ $ref: null, value }));
    const statuses = [
      await at.scim.patch(`/Groups/${id}`, ops({ op: "Add", path: "members", value: members(a, b, c) })),
      await at.scim.patch(`/Groups/${id}`, ops({ op: "Remove", path: "members", value: members(a) })),
    ].map(({ status, text }) => `${status}${text}`);
    expect(statuses).toEqual(["204", "204"]);
    expect(await membersOf(id)).toEqual([b, c].toSorted());
    await at.scim.patch(`/Groups/${id}`, ops({ op: "remove", path: `members[value eq "${b}"]` }));
    expect(await membersOf(id)).toEqual([c]);
  });

  test("[P3] §2.1 Entra: rename, externalId, and both with members in one request", async () => {
    const id = await group();
    const user = await provisioned();
    const answer = await at.scim.patch(
      `/Groups/${id}`,
      ops(
        { op: "Replace", path: "displayName", value: "1879db59-3bdf-4490-ad68-ab880a269474updatedDisplayName" },
        { op: "Replace", path: "externalId", value: "updated" },
        { op: "Add", path: "members", value: [{ value: user }] },
      ),
    );
    expect(answer.status).toBe(204);
    expect((await at.scim.get(`/Groups/${id}`)).body).toMatchObject({
      externalId: "updated",
      members: [{ value: user }],
    });
    expect((await at.scim.delete(`/Groups/${id}`)).status).toBe(204);
    expectError(await at.scim.get(`/Groups/${id}`), 404);
  });
});
