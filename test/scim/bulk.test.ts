import { expect, test } from "vitest";
import { atServer } from "./support/at-server.ts";
import { baseUrl } from "./support/scim-server.ts";
import { core, enterprise, expectError, groupUrn, made, ops, person, team } from "./support/scim-client.ts";

const at = atServer();
const bulkUrn = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

function bulk(operations: readonly unknown[], more: Record<string, unknown> = {}) {
  return { schemas: [bulkUrn], Operations: operations, ...more };
}

function post(bulkId: string, data: Record<string, unknown>) {
  return { method: "POST", path: "userName" in data ? "/Users" : "/Groups", bulkId, data };
}

test("[P1] §1.8 RFC 7644 §3.7: operations of every kind, each with its status as text, location and version", async () => {
  const [user, gone] = [await made(at.scim, person("bulk-1")), await made(at.scim, person("bulk-2"))];
  const answer = await at.scim.post(
    "/Bulk",
    bulk([
      post("a", person("bulk-3")),
      { method: "PUT", path: `/Users/${user}`, data: person("bulk-1", { title: "T" }) },
      {
        method: "patch",
        path: `/Users/${user}`,
        version: 'W/"2"',
        data: ops({ op: "add", path: "nickName", value: "N" }),
      },
      { method: "DELETE", path: `/Users/${gone}` },
    ]),
  );
  expect(answer.status, answer.text).toBe(200);
  const [first] = answer.body.Operations;
  expect(answer.body).toEqual({
    schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],
    Operations: [
      {
        method: "POST",
        bulkId: "a",
        status: "201",
        version: 'W/"1"',
        location: expect.stringContaining(`${baseUrl}/Users/`),
      },
      { method: "PUT", status: "200", version: 'W/"2"', location: `${baseUrl}/Users/${user}` },
      { method: "PATCH", status: "200", version: 'W/"3"', location: `${baseUrl}/Users/${user}` },
      { method: "DELETE", status: "204", location: `${baseUrl}/Users/${gone}` },
    ],
  });
  const id = first.location.split("/").at(-1);
  expect((await at.scim.get(`/Users/${id}`)).body.userName).toBe("bulk-3");
});

test("[P1] §1.8 RFC 7644 §3.7: one that fails says why in its place; the others go on", async () => {
  const { body } = await at.scim.post(
    "/Bulk",
    bulk([
      post("a", person("bulk-4")),
      post("b", person("BULK-4")),
      { method: "PATCH", path: "/Users/01900000-0000-7000-8000-000000000000", data: ops() },
      { method: "PATCH", path: "/Printers/1", data: ops() },
      { method: "GET", path: "/Users/1" },
      { method: "DELETE", path: "/Users/x", version: 'W/"1"' },
      { method: "POST", path: "/Bulk", bulkId: "x", data: {} },
      post("c", person("bulk-5")),
    ]),
  );
  const told = body.Operations.map((one: { status: string; response?: { status: string; scimType?: string } }) => [
    one.status,
    one.response?.scimType,
  ]);
  expect(told).toEqual([
    ["201", undefined],
    ["409", "uniqueness"],
    ["404", undefined],
    ["404", undefined],
    ["400", "invalidSyntax"],
    ["404", undefined],
    ["404", undefined],
    ["201", undefined],
  ]);
  expect(body.Operations[1]).not.toHaveProperty("location");
  expect(body.Operations[2].location).toBe(`${baseUrl}/Users/01900000-0000-7000-8000-000000000000`);
  expect(body.Operations[1].response).toEqual({
    schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
    status: "409",
    scimType: "uniqueness",
    detail: expect.stringMatching(/^userName: /),
  });
});

test("[P1] §1.8 RFC 7644 §3.7.2: bulkIds become ids in members, managers, patches and paths, whatever the order", async () => {
  const { body } = await at.scim.post(
    "/Bulk",
    bulk([
      post("g", team("Bulk group", { members: [{ value: "bulkId:u" }, { value: "bulkId:inner", type: "Group" }] })),
      post("u", person("bulk-6", { [enterprise]: { manager: { value: "bulkId:boss" } } })),
      post("boss", person("bulk-boss")),
      post("inner", team("Bulk inner")),
      {
        method: "PATCH",
        path: "/Groups/bulkId:inner",
        data: ops({ op: "add", path: "members", value: [{ value: "bulkId:boss" }] }),
      },
    ]),
  );
  const [group, user, boss, inner] = body.Operations.map((one: { location: string }) => one.location.split("/").at(-1));
  expect(body.Operations.map((one: { status: string }) => one.status)).toEqual(["201", "201", "201", "201", "204"]);
  const members = (await at.scim.get(`/Groups/${group}`)).body.members.map((one: { value: string }) => one.value);
  expect(members.toSorted()).toEqual([user, inner].toSorted());
  expect((await at.scim.get(`/Users/${user}`)).body[enterprise].manager.value).toBe(boss);
  expect((await at.scim.get(`/Groups/${inner}`)).body.members[0].value).toBe(boss);
});

test("[P1] §1.8 RFC 7644 §3.7.1: people who manage each other are made; groups within each other are 409 and leave nothing", async () => {
  const manager = (value: string) => ({ [enterprise]: { manager: { value } } });
  const people = await at.scim.post(
    "/Bulk",
    bulk([
      post("a", person("ring-1", manager("bulkId:b"))),
      post("b", person("ring-2", manager("bulkId:a"))),
      post("s", person("ring-3", manager("bulkId:s"))),
    ]),
  );
  const [a, b, s] = people.body.Operations.map((one: { location: string }) => one.location.split("/").at(-1));
  const managerOf = async (id: string) => (await at.scim.get(`/Users/${id}`)).body[enterprise].manager.value;
  expect([await managerOf(a), await managerOf(b), await managerOf(s)]).toEqual([b, a, s]);
  const one = people.body.Operations[0];
  expect(one.version).toBe((await at.scim.get(`/Users/${a}`)).headers.get("etag"));

  const groups = await at.scim.post(
    "/Bulk",
    bulk([
      post("x", team("Ring x", { members: [{ value: "bulkId:y" }] })),
      post("y", team("Ring y", { members: [{ value: "bulkId:x" }] })),
      post("z", team("Ring z", { members: [{ value: "bulkId:z" }] })),
    ]),
  );
  expect(groups.body.Operations.map((each: { status: string }) => each.status)).toEqual(["409", "201", "409"]);
  expect((await at.scim.find("Groups", 'displayName sw "Ring"')).body.totalResults).toBe(1);
});

test("[P1] §1.8 RFC 7644 §3.7.3: what refers to an operation that failed fails, too; nothing is half done", async () => {
  const { body } = await at.scim.post(
    "/Bulk",
    bulk([
      post("bad", person("not allowed")),
      post("g", team("Bulk orphan", { members: [{ value: "bulkId:bad" }] })),
      post("h", team("Bulk nobody", { members: [{ value: "bulkId:nowhere" }] })),
    ]),
  );
  expect(body.Operations.map((one: { status: string }) => one.status)).toEqual(["400", "409", "400"]);
  expect((await at.scim.find("Groups", 'displayName sw "Bulk o" or displayName sw "Bulk n"')).body.totalResults).toBe(
    0,
  );
});

test("[P1] §1.8 RFC 7644 §3.7.3: failOnErrors stops after so many, and answers for what was begun", async () => {
  const { body } = await at.scim.post(
    "/Bulk",
    bulk(
      [post("a", person("stop-1")), post("b", person("a b")), post("c", person("c d")), post("d", person("stop-2"))],
      { failOnErrors: 2 },
    ),
  );
  expect(body.Operations.map((one: { status: string }) => one.status)).toEqual(["201", "400", "400"]);
  expect((await at.scim.find("Users", 'userName eq "stop-2"')).body.totalResults).toBe(0);
});

test("[P1] §1.8 RFC 7644 §3.7: the version of an operation is its If-Match", async () => {
  const id = await made(at.scim, person("bulk-version"));
  const { body } = await at.scim.post("/Bulk", bulk([{ method: "DELETE", path: `/Users/${id}`, version: 'W/"9"' }]));
  expect(body.Operations[0].status).toBe("412");
  expect((await at.scim.get(`/Users/${id}`)).status).toBe(200);
});

test("[P1] §1.8 RFC 7644 §3.7.4: more than the limits is 413 with the limit in the detail", async () => {
  const many = Array.from({ length: 1001 }, (_, n) => post(`u${n}`, person(`too-many-${n}`)));
  expectError(await at.scim.post("/Bulk", bulk(many)), 413, undefined, /1000/);
  expect((await at.scim.find("Users", 'userName sw "too-many"')).body.totalResults).toBe(0);
});

test.each([
  ["no schemas", { Operations: [] }],
  ["no Operations", { schemas: [bulkUrn] }],
  ["Operations that are no array", { schemas: [bulkUrn], Operations: {} }],
  ["other schemas", { schemas: [core, groupUrn], Operations: [] }],
])("[P1] §1.8 RFC 7644 §3.7: %s is 400 invalidSyntax", async (_title, body) => {
  expectError(await at.scim.post("/Bulk", body), 400, "invalidSyntax");
});

test("[P1] §1.8 RFC 7644 §3.7: what belongs to another directory is 404 in bulk, too", async () => {
  const theirs = await made(await at.server.connect(), person("bulk-theirs"));
  const { body } = await at.scim.post("/Bulk", bulk([{ method: "DELETE", path: `/Users/${theirs}` }]));
  expect(body.Operations[0].status).toBe("404");
});

test("[P4] §1.8 RFC 7644 §3.7: coercions name their operation in the request log", async () => {
  const client = await at.server.connect();
  await client.post("/Bulk", bulk([post("a", person("bulk-log", { active: "True" }))]));
  await at.server.flush();
  const rows = await at.server.house.db.rows<{ coercions: string[] }>(
    "select coercions from directory_requests where directory_id = $1",
    [client.id],
  );
  expect(rows[0]?.coercions).toEqual(['Operations[0]: active: "True" → true']);
});

test("[P1] §1.8 RFC 7644 §3.7: 500 users and their group in one request", async () => {
  const people = Array.from({ length: 500 }, (_, n) => post(`p${n}`, person(`crowd-${n}`)));
  const members = people.map(({ bulkId }) => ({ value: `bulkId:${bulkId}` }));
  const { body } = await at.scim.post("/Bulk", bulk([post("g", team("Crowd", { members })), ...people]));
  expect(new Set(body.Operations.map((one: { status: string }) => one.status))).toEqual(new Set(["201"]));
  const id = body.Operations[0].location.split("/").at(-1);
  expect((await at.scim.get(`/Groups/${id}`)).body.members).toHaveLength(500);
});
