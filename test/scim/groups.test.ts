import { describe, expect, test } from "vitest";
import { inWork, trusted } from "#server/db/work.ts";
import { createUser } from "#server/users/create-user.ts";
import { atServer } from "./support/at-server.ts";
import { baseUrl } from "./support/scim-server.ts";
import { expectError, groupUrn, made, ops, person, team } from "./support/scim-client.ts";
import type { Answer, Body } from "./support/scim-client.ts";

const at = atServer();
let count = 0;

async function people(howMany: number): Promise<string[]> {
  const ids: string[] = [];
  for (let made1 = 0; made1 < howMany; made1 += 1) {
    count += 1;
    ids.push(await made(at.scim, person(`g-user-${count}`, { displayName: `User ${count}` })));
  }
  return ids;
}

async function group(members: readonly string[]): Promise<string> {
  count += 1;
  return await made(at.scim, team(`Team ${count}`, { members: members.map((value) => ({ value })) }));
}

function memberIds({ body }: Answer): string[] {
  return (body.members ?? []).map((member: { value: string }) => member.value);
}

async function membersOf(id: string): Promise<string[]> {
  return memberIds(await at.scim.get(`/Groups/${id}`));
}

describe("[P1] §1.1 RFC 7644 §3.3: groups", () => {
  test("[P1] §1.1 RFC 7644 §3.3: POST with members answers 201 and the members with address, type and name", async () => {
    const [one = ""] = await people(1);
    const inner = await group([]);
    const answer = await at.scim.post(
      "/Groups",
      team("All", { externalId: "G1", members: [{ value: one }, { value: inner, type: "Group" }] }),
    );
    expect(answer.status, answer.text).toBe(201);
    const { id } = answer.body;
    expect(answer.body).toEqual({
      schemas: [groupUrn],
      id,
      externalId: "G1",
      displayName: "All",
      members: [
        { value: one, $ref: `${baseUrl}/Users/${one}`, type: "User", display: expect.stringMatching(/^User/) },
        { value: inner, $ref: `${baseUrl}/Groups/${inner}`, type: "Group", display: expect.stringMatching(/^Team/) },
      ],
      meta: expect.objectContaining({ resourceType: "Group", location: `${baseUrl}/Groups/${id}` }),
    });
    expect(answer.headers.get("location")).toBe(`${baseUrl}/Groups/${id}`);
    expect(answer.headers.get("etag")).toBe(answer.body.meta.version);
    expect((await at.scim.get(`/Groups/${id}`)).body).toEqual(answer.body);
  });

  test("[P1] §1.2 RFC 7644 §3.3: the name is unique in its directory, in any case, and free for another directory", async () => {
    await made(at.scim, team("Unique"));
    expectError(await at.scim.post("/Groups", team("uniQUE")), 409, "uniqueness", /^displayName: /);
    await made(await at.server.connect(), team("Unique"));
  });

  test.each([
    ["no displayName", { schemas: [groupUrn] }, "invalidValue", /displayName/],
    ["an empty one", team(" "), "invalidValue", /displayName/],
    ["one that is too long", team("x".repeat(300)), "invalidValue", /^displayName: /],
    ["a member without an id", team("m", { members: [{ type: "User", $ref: "x" }] }), "invalidValue", /members/],
    ["a member whose id is no text", team("m", { members: [{ value: 5 }] }), "invalidValue", /members/],
    [
      "an unknown member",
      team("m", { members: [{ value: "01900000-0000-7000-8000-000000000000" }] }),
      "invalidValue",
      /members/,
    ],
    ["a member that is no id", team("m", { members: [{ value: "bob" }] }), "invalidValue", /"bob"/],
  ])("[P1] §1.10 RFC 7644 §3.3: %s is refused as a whole", async (_title, body, scimType, detail) => {
    const before = (await at.scim.get("/Groups?count=0")).body.totalResults;
    expectError(await at.scim.post("/Groups", body), 400, scimType, detail);
    expect((await at.scim.get("/Groups?count=0")).body.totalResults).toBe(before);
  });

  test("[P1] §1.1 RFC 7644 §6: users of others, local ones too, cannot be members", async () => {
    const other = await at.server.connect();
    const theirs = await made(other, person("theirs"));
    const by = { actor: trusted("operator", "test"), requestId: "test" };
    const local = await inWork(
      at.server.house,
      by,
      async (work) => await createUser(work, { username: "local", displayName: "Local" }),
    );
    for (const value of [theirs, local]) {
      expectError(
        await at.scim.post("/Groups", team("Foreign", { members: [{ value }] })),
        400,
        "invalidValue",
        /members/,
      );
    }
  });
});

describe("[P1] §1.7 RFC 7644 §3.5.2: members by PATCH", () => {
  test("[P1] §1.7 RFC 7644 §3.5.2.1: add: those who are new come in, those who are there change nothing; 204 with the ETag", async () => {
    const [a = "", b = "", c = ""] = await people(3);
    const id = await group([a]);
    const add = (...ids: string[]) => ops({ op: "add", path: "members", value: ids.map((value) => ({ value })) });
    const first = await at.scim.patch(`/Groups/${id}`, add(a, b));
    expect([first.status, first.text]).toEqual([204, ""]);
    expect(await membersOf(id)).toEqual([a, b].toSorted());
    const again = await at.scim.patch(`/Groups/${id}`, add(a, b, a));
    expect([again.status, again.headers.get("etag")]).toEqual([204, first.headers.get("etag")]);
    await at.scim.patch(`/Groups/${id}`, ops({ op: "add", value: { members: [{ value: c }] } }));
    expect(await membersOf(id)).toEqual([a, b, c].toSorted());
  });

  test("[P1] §1.7 RFC 7644 §3.5.2.2: remove: by filter, by list, all; strangers are no error and change nothing", async () => {
    const [a = "", b = "", c = "", d = ""] = await people(4);
    const id = await group([a, b, c]);
    const before = (await at.scim.get(`/Groups/${id}`)).headers.get("etag");
    for (const path of [`members[value eq "${d}"]`, 'members[value eq "nobody"]']) {
      const nothing = await at.scim.patch(`/Groups/${id}`, ops({ op: "remove", path }));
      expect([nothing.status, nothing.headers.get("etag")]).toEqual([204, before]);
    }
    await at.scim.patch(`/Groups/${id}`, ops({ op: "remove", path: `members[value eq "${a}"]` }));
    expect(await membersOf(id)).toEqual([b, c].toSorted());
    await at.scim.patch(`/Groups/${id}`, ops({ op: "remove", path: "members", value: [{ value: b }] }));
    expect(await membersOf(id)).toEqual([c]);
    await at.scim.patch(`/Groups/${id}`, ops({ op: "remove", path: "members" }));
    expect(await membersOf(id)).toEqual([]);
  });

  test("[P1] §1.7 RFC 7644 §3.5.2.2: remove: by any filter, in the order of the operations", async () => {
    const [a = "", b = "", c = "", d = ""] = await people(4);
    const inner = await group([]);
    const id = await group([a, b, c, inner]);
    const { display } = (await at.scim.get(`/Groups/${id}`)).body.members.find((one: Body) => one.value === b);
    const remove = async (filter: string, ...more: unknown[]) => {
      const answer = await at.scim.patch(`/Groups/${id}`, ops({ op: "remove", path: `members[${filter}]` }, ...more));
      expect(answer.status, answer.text).toBe(204);
      return answer.headers.get("etag");
    };
    const before = (await at.scim.get(`/Groups/${id}`)).headers.get("etag");
    expect(await remove('display eq "nobody is called so" or $ref ew "/nowhere"')).toBe(before);
    await remove(`type eq "Group" and not (value eq "${a}")`);
    expect(await membersOf(id)).toEqual([a, b, c].toSorted());
    await remove(`display eq "${String(display).toUpperCase()}"`);
    expect(await membersOf(id)).toEqual([a, c].toSorted());
    // Who comes in behind the filter stays, who was there goes, and the count of members is right.
    await remove(`value ne "${c}"`, { op: "add", path: "members", value: [{ value: a }, { value: d }] });
    expect(await membersOf(id)).toEqual([a, c, d].toSorted());
    await remove(`$ref eq "${baseUrl}/Users/${d}"`);
    await remove("value pr");
    expect(await membersOf(id)).toEqual([]);
    expect((await at.scim.find("Groups", `id eq "${id}" and members pr`)).body.totalResults).toBe(0);
  });

  test("[P1] §1.7 RFC 7644 §3.5.2.3: replace: exactly these", async () => {
    const [a = "", b = "", c = ""] = await people(3);
    const id = await group([a, b]);
    await at.scim.patch(`/Groups/${id}`, ops({ op: "replace", path: "members", value: [{ value: b }, { value: c }] }));
    expect(await membersOf(id)).toEqual([b, c].toSorted());
    const empty = await at.scim.patch(`/Groups/${id}`, ops({ op: "replace", path: "members", value: [] }));
    expect(empty.status).toBe(204);
    expect(await membersOf(id)).toEqual([]);
  });

  test("[P1] §1.7 RFC 7644 §3.5.2: attributes and members in one request, all or nothing", async () => {
    const [a = "", b = ""] = await people(2);
    const id = await group([a]);
    const before = await at.scim.get(`/Groups/${id}`);
    const half = ops(
      { op: "replace", path: "displayName", value: "Never" },
      { op: "add", path: "members", value: [{ value: b }] },
      { op: "add", path: "members", value: [{ value: "01900000-0000-7000-8000-000000000000" }] },
    );
    expectError(await at.scim.patch(`/Groups/${id}`, half), 400, "invalidValue", /Nothing was changed/);
    expect((await at.scim.get(`/Groups/${id}`)).text).toBe(before.text);
    const whole = ops(
      { op: "replace", path: "displayName", value: `Renamed ${id}` },
      { op: "add", path: "externalId", value: id },
      { op: "add", path: "members", value: [{ value: b }] },
    );
    expect((await at.scim.patch(`/Groups/${id}`, whole)).status).toBe(204);
    expect((await at.scim.get(`/Groups/${id}`)).body).toMatchObject({
      displayName: `Renamed ${id}`,
      externalId: id,
      members: [{}, {}],
    });
  });

  test("[P1] §1.7 RFC 7644 §3.5.2: with attributes or excludedAttributes PATCH answers 200", async () => {
    const id = await group([]);
    const asked = await at.scim.patch(`/Groups/${id}?attributes=displayName`, ops());
    expect([asked.status, Object.keys(asked.body).toSorted()]).toEqual([200, ["displayName", "id", "schemas"]]);
    const excluded = await at.scim.patch(`/Groups/${id}?excludedAttributes=members,meta`, ops());
    expect([excluded.status, Object.keys(excluded.body).toSorted()]).toEqual([200, ["displayName", "id", "schemas"]]);
  });

  test.each([
    ["a sub-attribute of members", { op: "replace", path: 'members[value eq "x"].value', value: "y" }, "mutability"],
    [
      "a value for members by name",
      { op: "add", path: 'members[display eq "x"]', value: { type: "User" } },
      "invalidFilter",
    ],
    ["members by what they lack", { op: "remove", path: 'members[userName eq "x"]' }, "invalidFilter"],
    ["the id", { op: "replace", path: "id", value: "y" }, "mutability"],
    ["the name taken away", { op: "remove", path: "displayName" }, "mutability"],
    ["an attribute that groups lack", { op: "add", path: "userName", value: "y" }, "invalidPath"],
  ])("[P1] §1.7 RFC 7644 §3.5.2: %s is refused", async (_title, operation, scimType) => {
    const id = await group([]);
    expectError(await at.scim.patch(`/Groups/${id}`, ops(operation)), 400, scimType);
  });
});

describe("[P1] §1.6 RFC 7644 §3.5.1: groups by PUT", () => {
  test("[P1] §1.6 RFC 7644 §3.5.1: PUT sets the members; without members there are none", async () => {
    const [a = "", b = "", c = ""] = await people(3);
    const id = await group([a, b]);
    const { displayName } = (await at.scim.get(`/Groups/${id}`)).body;
    const put = await at.scim.put(`/Groups/${id}`, team(displayName, { members: [{ value: c }, { value: b }] }));
    expect(put.status).toBe(200);
    expect(memberIds(put)).toEqual([b, c].toSorted());
    const same = await at.scim.put(`/Groups/${id}`, put.body);
    expect(same.text).toBe(put.text);
    expect(memberIds(await at.scim.put(`/Groups/${id}`, team(displayName)))).toEqual([]);
  });

  test("[P1] §1.6 RFC 7644 §3.5.1: PUT clears what is left out and refuses a taken name", async () => {
    const id = await made(at.scim, team("Put me", { externalId: "put-me" }));
    await made(at.scim, team("Put other"));
    expectError(await at.scim.put(`/Groups/${id}`, team("PUT OTHER")), 409, "uniqueness");
    expect((await at.scim.put(`/Groups/${id}`, team("Put me"))).body).not.toHaveProperty("externalId");
  });
});

test("[P1] §1.12 RFC 7644 §3.6: DELETE of a group leaves its members, and the groups it was in lose it", async () => {
  const [a = ""] = await people(1);
  const inner = await group([a]);
  const outer = await group([inner]);
  expect((await at.scim.delete(`/Groups/${inner}`)).status).toBe(204);
  expectError(await at.scim.delete(`/Groups/${inner}`), 404);
  expect((await at.scim.get(`/Users/${a}`)).body).not.toHaveProperty("groups");
  expect(await membersOf(outer)).toEqual([]);
});

test("[P1] §1.3 RFC 7643 §4.2: a group that would contain itself is refused", async () => {
  const one = await group([]);
  const two = await group([one]);
  const three = await group([two]);
  for (const value of [one, three]) {
    const add = ops({ op: "add", path: "members", value: [{ value }] });
    expectError(await at.scim.patch(`/Groups/${one}`, add), 400, "invalidValue", /^members: /);
  }
});

test("[P1] §1.3 RFC 7643 §4.2: a group with 2,500 members is answered whole, in pieces, and its members chosen by attributes", async () => {
  const id = await group([]);
  const { db } = at.server.house;
  await db.run(
    `with people as (
       insert into users (id, username, display_name, directory_id, created_at, updated_at)
       select gen_random_uuid(), 'mass-' || n, 'Mass ' || n, $1, now(), now() from generate_series(1, 2500) n returning id
     ) insert into group_members select $2, id from people`,
    [at.scim.id, id],
  );
  await db.run("update groups set member_count = 2500 where id = $1", [id]);
  const answer = await at.scim.get(`/Groups/${id}`);
  const ids = memberIds(answer);
  expect(new Set(ids).size).toBe(2500);
  expect(ids).toEqual(ids.toSorted());
  expect(answer.body.meta.resourceType).toBe("Group");
  const few = await at.scim.get(`/Groups/${id}?attributes=members.value`);
  expect(Object.keys(few.body.members[0])).toEqual(["value"]);
  expect(few.body.members).toHaveLength(2500);
  expect((await at.scim.get(`/Groups/${id}?excludedAttributes=members`)).body).not.toHaveProperty("members");
  const listed = await at.scim.find("Groups", `id eq "${id}"`);
  expect(listed.body.Resources[0].members).toHaveLength(2500);
  const gone = await at.scim.patch(`/Groups/${id}`, ops({ op: "remove", path: "members" }));
  expect(gone.status).toBe(204);
  expect(await membersOf(id)).toEqual([]);
});
