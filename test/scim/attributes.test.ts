import { beforeAll, expect, test } from "vitest";
import { createAttribute } from "#server/attributes/create-attribute.ts";
import type { NewAttribute } from "#server/attributes/create-attribute.ts";
import { deleteAttribute } from "#server/attributes/delete-attribute.ts";
import { updateAttribute } from "#server/attributes/update-attribute.ts";
import { removeAttributeValues } from "#server/tasks/remove-attribute-values.ts";
import { updateUser } from "#server/users/update-user.ts";
import type { UserId } from "#server/kernel/ids.ts";
import { atServer } from "./support/at-server.ts";
import { core, enterprise, expectError, made, ops, person, scimClient } from "./support/scim-client.ts";
import type { Body } from "./support/scim-client.ts";
import { baseUrl } from "./support/scim-server.ts";

const own = "urn:ietf:params:scim:schemas:extension:gatehouse:2.0:User";
const at = atServer();
const ids = new Map<string, string>();
let count = 0;

async function define(name: string, more: Partial<NewAttribute> = {}): Promise<string> {
  const fields: NewAttribute = { name, labels: { en: name, ja: null }, type: "string", ...more };
  const id = await at.server.house.work(async (work) => await createAttribute(work, fields));
  ids.set(name, id);
  return id;
}

async function change(name: string, fields: Partial<NewAttribute>): Promise<void> {
  await at.server.house.work(async (work) => await updateAttribute(work, ids.get(name) ?? "", fields));
}

async function forget(name: string): Promise<void> {
  await at.server.house.work(async (work) => await deleteAttribute(work, ids.get(name) ?? ""));
}

/** Runs the job that takes the values of deleted attributes away. */
async function clearAway(): Promise<void> {
  const { house } = at.server;
  const gone = await house.db.rows<{ attributeId: string; number: number }>(
    `select id as "attributeId", number from attributes where deleted_at is not null`,
  );
  for (const one of gone) await removeAttributeValues(house, one as Parameters<typeof removeAttributeValues>[1]);
}

async function somebody(values?: Record<string, unknown>): Promise<string> {
  count += 1;
  const schemas = values === undefined ? [core] : [core, own];
  return await made(at.scim, {
    ...person(`own-${count}`),
    schemas,
    ...(values === undefined ? {} : { [own]: values }),
  });
}

async function read(id: string): Promise<Body> {
  return (await at.scim.get(`/Users/${id}`)).body;
}

async function patched(id: string, ...operations: unknown[]): Promise<Body> {
  const answer = await at.scim.patch(`/Users/${id}`, ops(...operations));
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
}

beforeAll(async () => {
  await define("costCode", { description: "Where the costs go" });
  await define("badge", { isUnique: true });
  await define("remote", { type: "boolean" });
  await define("floor", { type: "integer" });
  await define("height", { type: "decimal" });
  await define("hiredAt", { type: "dateTime" });
  await define("wiki", { type: "reference" });
  await define("tags", { isMultiValued: true });
  await define("rooms", { type: "integer", isMultiValued: true });
  await define("size", { canonicalValues: ["S", "M", "L"] });
  await define("hidden", { scim: "none" });
  await define("grade", { scim: "read" });
});

const full = {
  costCode: "A-113",
  badge: "B-1",
  remote: true,
  floor: 3,
  height: 1.75,
  hiredAt: "2024-02-29T10:00:00+09:00",
  wiki: "https://wiki.example.com/ada",
  tags: ["red", "Blue"],
  rooms: [7, 11],
  size: "m",
};

test("[P2] §1.3 RFC 7643 §6: the organization's attributes are a schema and an extension of users, with the characteristics of their definition", async () => {
  const stranger = scimClient(at.server.origin, { id: "", token: "" });
  for (const client of [at.scim, stranger]) {
    const headers = client === stranger ? { authorization: "" } : {};
    const schema = (await client.get(`/Schemas/${own}`, headers)).body;
    expect(schema).toMatchObject({ id: own, meta: { location: `${baseUrl}/Schemas/${own}` } });
    const attribute = (name: string) => schema.attributes.find((one: { name: string }) => one.name === name);
    expect(schema.attributes.map((one: { name: string }) => one.name)).not.toContain("hidden");
    expect(attribute("costCode")).toEqual({
      name: "costCode",
      type: "string",
      multiValued: false,
      description: "Where the costs go",
      required: false,
      caseExact: false,
      mutability: "readWrite",
      returned: "default",
      uniqueness: "none",
    });
    expect(attribute("badge")).toMatchObject({ uniqueness: "server" });
    expect(attribute("wiki")).toMatchObject({ type: "reference", caseExact: true, referenceTypes: ["external"] });
    expect(attribute("rooms")).toMatchObject({ type: "integer", multiValued: true });
    expect(attribute("size")).toMatchObject({ canonicalValues: ["S", "M", "L"] });
    expect(attribute("grade")).toMatchObject({ mutability: "readOnly" });
    const { schemaExtensions } = (await client.get("/ResourceTypes/User", headers)).body;
    expect(schemaExtensions).toEqual([
      { schema: enterprise, required: false },
      { schema: own, required: false },
    ]);
  }
});

test("[U17] §1.3 RFC 7644 §3.3: POST keeps values of every type as they were sent, and schemas says so", async () => {
  const answer = await at.scim.post("/Users", { ...person("full"), schemas: [core, own], [own]: full });
  expect(answer.status, answer.text).toBe(201);
  expect(answer.body[own]).toEqual(full);
  expect(answer.body.schemas).toEqual([core, own]);
  expect(await read(answer.body.id)).toEqual(answer.body);
  const without = await read(await somebody());
  expect([without.schemas, own in without]).toEqual([[core], false]);
});

test("[P2] §1.3 RFC 7644 §3.3: names and the URN count in any case; what nobody defined or directories may not set is dropped, and the log says so", async () => {
  const sent = { COSTCODE: "x", unheard: 1, hidden: "h", grade: "g", badge: "", tags: [] };
  const id = await made(at.scim, { ...person("case-own"), [own.toUpperCase()]: sent });
  expect((await read(id))[own]).toEqual({ costCode: "x" });
  await at.server.flush();
  const [row] = await at.server.house.db.rows<{ coercions: string[] }>(
    "select coercions from directory_requests where method = 'POST' order by id desc limit 1",
  );
  expect(row?.coercions.join("\n")).toMatch(/unheard.*dropped[^]*hidden.*dropped[^]*grade is readOnly/);
});

test.each<[string, unknown, RegExp]>([
  ["remote", "maybe", /remote must be true or false/],
  ["floor", 1.5, /floor must be an integer/],
  ["floor", "3", /floor must be an integer/],
  ["height", "tall", /height must be a number/],
  ["hiredAt", "2024-02-30T00:00:00Z", /hiredAt must be a date and time/],
  ["hiredAt", `2024-02-28T00:00:00.${"0".repeat(600)}Z`, /hiredAt is longer than 500/],
  ["wiki", "no uri", /wiki must be a URI/],
  ["costCode", "x".repeat(501), /costCode is longer than 500 characters/],
  ["costCode", "a\u0000b", /costCode holds a null character/],
  ["costCode", { text: "x" }, /costCode must be a string/],
  ["costCode", ["a", "b"], /costCode must be a string/],
  ["rooms", [1, "2"], /rooms\[1\] must be an integer/],
  ["rooms", Array.from({ length: 101 }, (_, n) => n), /101 values; at most 100/],
  ["size", "XL", /not one of the values that the organization allows/],
])("[P2] §1.3 RFC 7644 §3.3: %s cannot be %j", async (name, value, detail) => {
  const body = { ...person("never"), [own]: { [name]: value } };
  expectError(await at.scim.post("/Users", body), 400, "invalidValue", detail);
  expect((await at.scim.find("Users", 'userName eq "never"')).body.totalResults).toBe(0);
});

test("[P2] §1.6 RFC 7644 §3.5.1: PUT replaces what directories may set and clears what it leaves out; the same again moves nothing", async () => {
  const id = await somebody({ ...full, badge: "B-2" });
  await at.server.house.db.run(
    `update users set custom = custom || (select jsonb_object_agg(number, name || '!') from attributes where name in ('hidden', 'grade'))
     where id = $1`,
    [id],
  );
  const body = { ...person(`own-${count}`), schemas: [core, own], [own]: { costCode: "B", tags: ["red"] } };
  const put = await at.scim.put(`/Users/${id}`, body);
  expect(put.body[own]).toEqual({ costCode: "B", tags: ["red"], grade: "grade!" });
  const again = await at.scim.put(`/Users/${id}`, { ...put.body });
  expect([again.text, again.headers.get("etag")]).toEqual([put.text, put.headers.get("etag")]);
  const bare = await at.scim.put(`/Users/${id}`, person(`own-${count}`));
  expect(bare.body[own]).toEqual({ grade: "grade!" });
  const kept = await at.server.house.db.row<{ custom: object }>("select custom from users where id = $1", [id]);
  expect(Object.values(kept?.custom ?? {}).toSorted()).toEqual(["grade!", "hidden!"]);
});

test.each<[string, unknown[], Record<string, unknown> | undefined]>([
  ["URN:attr", [{ op: "add", path: `${own}:floor`, value: 4 }], { costCode: "A", tags: ["red", "blue"], floor: 4 }],
  ["URN.attr", [{ op: "replace", path: `${own}.costCode`, value: "Z" }], { costCode: "Z", tags: ["red", "blue"] }],
  ["the bare name", [{ op: "replace", path: "costCode", value: "Z" }], { costCode: "Z", tags: ["red", "blue"] }],
  ["the whole URN", [{ op: "replace", path: own, value: { costCode: "Z" } }], { costCode: "Z", tags: ["red", "blue"] }],
  [
    "a member named as the URN",
    [{ op: "add", value: { [own]: { floor: 1 } } }],
    { costCode: "A", tags: ["red", "blue"], floor: 1 },
  ],
  [
    "members named URN:attr",
    [{ op: "replace", value: { [`${own}:floor`]: 2, [`${own}:costCode`]: "Z" } }],
    { costCode: "Z", tags: ["red", "blue"], floor: 2 },
  ],
  [
    "one more value",
    [{ op: "add", path: `${own}:tags`, value: ["green", "red"] }],
    { costCode: "A", tags: ["red", "blue", "green"] },
  ],
  ["other values", [{ op: "replace", path: `${own}:tags`, value: ["green"] }], { costCode: "A", tags: ["green"] }],
  [
    "a value path that removes",
    [{ op: "remove", path: `${own}:tags[value eq "RED"]` }],
    { costCode: "A", tags: ["blue"] },
  ],
  [
    "a value path that replaces",
    [{ op: "replace", path: `${own}:tags[value sw "b"]`, value: "black" }],
    { costCode: "A", tags: ["red", "black"] },
  ],
  [
    "a list of values to remove",
    [{ op: "remove", path: `${own}:tags`, value: ["blue"] }],
    { costCode: "A", tags: ["red"] },
  ],
  ["the removal of one", [{ op: "remove", path: `${own}:costCode` }], { tags: ["red", "blue"] }],
  ["null", [{ op: "replace", path: `${own}:costCode`, value: null }], { tags: ["red", "blue"] }],
  ["an empty text", [{ op: "replace", path: `${own}:costCode`, value: "" }], { tags: ["red", "blue"] }],
  [
    "the removal of all, one by one",
    [
      { op: "remove", path: `${own}:costCode` },
      { op: "remove", path: `${own}:tags` },
    ],
    undefined,
  ],
  ["the removal of the URN", [{ op: "remove", path: own }], undefined],
  [
    "a string boolean",
    [{ op: "Replace", path: `${own}:remote`, value: "True" }],
    { costCode: "A", tags: ["red", "blue"], remote: true },
  ],
])("[P2] §1.7 RFC 7644 §3.5.2: PATCH by %s; schemas follows", async (_form, operations, expected) => {
  const id = await somebody({ costCode: "A", tags: ["red", "blue"] });
  const body = await patched(id, ...operations);
  expect(body[own]).toEqual(expected);
  expect(body.schemas).toEqual(expected === undefined ? [core] : [core, own]);
  expect(body.meta.version).toBe('W/"2"');
  expect(await read(id)).toEqual(body);
});

test("[P2] §1.7 RFC 7644 §3.5.2: PATCH that changes nothing moves nothing; one that fails leaves everything; readOnly is refused", async () => {
  const id = await somebody({ costCode: "A", tags: ["red"] });
  const before = await at.scim.get(`/Users/${id}`);
  for (const operations of [
    [{ op: "replace", path: `${own}:costCode`, value: "A" }],
    [{ op: "add", path: `${own}:tags`, value: ["red"] }],
    [{ op: "remove", path: `${own}:floor` }],
    [{ op: "remove", path: `${own}:tags[value eq "none"]` }],
  ]) {
    await patched(id, ...operations);
  }
  const title = { op: "replace", path: "title", value: "T" };
  expectError(
    await at.scim.patch(`/Users/${id}`, ops(title, { op: "add", path: `${own}:size`, value: "XL" })),
    400,
    "invalidValue",
  );
  expectError(
    await at.scim.patch(`/Users/${id}`, ops(title, { op: "add", path: `${own}:grade`, value: "x" })),
    400,
    "mutability",
  );
  expectError(
    await at.scim.patch(`/Users/${id}`, ops(title, { op: "add", path: `${own}:hidden`, value: "x" })),
    400,
    "invalidPath",
  );
  const after = await at.scim.get(`/Users/${id}`);
  expect([after.text, after.headers.get("etag")]).toEqual([before.text, before.headers.get("etag")]);
});

test("[P2] §1.4 RFC 7644 §3.4.2.2: filters: every operator by the type of the attribute", async () => {
  const client = await at.server.connect();
  const add = async (name: string, values: Record<string, unknown>) =>
    await made(client, { ...person(name), [own]: values });
  await add("f1", {
    costCode: "Alpha-1",
    remote: true,
    floor: 2,
    height: 1.5,
    hiredAt: "2024-01-01T00:00:00Z",
    wiki: "https://w.example/A",
    tags: ["red", "blue"],
    rooms: [1, 20],
  });
  await add("f2", {
    costCode: "alpha-2",
    remote: false,
    floor: 10,
    height: 1.25,
    hiredAt: "2024-01-01T01:00:00+02:00",
    wiki: "https://w.example/a",
    tags: ["RED"],
    rooms: [3],
  });
  await add("f3", { costCode: "Ärger", floor: -1 });
  await made(client, person("f4"));
  const names = async (filter: string) => {
    const { body, text } = await client.find("Users", filter);
    expect(body.Resources, text).toBeDefined();
    return body.Resources.map((one: { userName: string }) => one.userName)
      .toSorted()
      .join(" ");
  };
  const expected: Record<string, string> = {
    [`${own}:costCode eq "ALPHA-1"`]: "f1",
    'costCode eq "alpha-2"': "f2",
    [`${own.toUpperCase()}:COSTCODE eq "ärger"`]: "f3",
    'costCode ne "alpha-1"': "f2 f3 f4",
    'costCode co "PHA-"': "f1 f2",
    'costCode sw "al"': "f1 f2",
    'costCode ew "-2"': "f2",
    'costCode gt "alpha-1"': "f2 f3",
    'costCode le "ALPHA-2"': "f1 f2",
    "costCode pr": "f1 f2 f3",
    "not (costCode pr)": "f4",
    "costCode eq null": "f4",
    "remote eq true": "f1",
    'remote eq "False"': "f2",
    "remote ne true": "f2 f3 f4",
    "floor eq 10": "f2",
    "floor gt 2": "f2",
    "floor ge 2": "f1 f2",
    "floor lt 0": "f3",
    "height le 1.25": "f2",
    "height eq 1.50": "f1",
    'hiredAt eq "2023-12-31T23:00:00Z"': "f2",
    'hiredAt gt "2023-12-31T23:30:00Z"': "f1",
    'hiredAt lt "2024-01-01T09:00:00+09:00"': "f2",
    'wiki eq "https://w.example/a"': "f2",
    'wiki sw "https://w.example/"': "f1 f2",
    'tags eq "red"': "f1 f2",
    'tags[value eq "red"]': "f1 f2",
    'tags[value sw "b"]': "f1",
    'tags[value sw "r" and value ew "e"]': "",
    'tags sw "r" and tags ew "e"': "f1",
    'not (tags eq "blue") and tags pr': "f2",
    "rooms gt 10": "f1",
    "rooms[value gt 2 and value lt 10]": "f2",
    [`schemas eq "${own}"`]: "f1 f2 f3",
    [`schemas ne "${own}"`]: "f4",
    'costCode eq "alpha-1" or userName eq "f4"': "f1 f4",
    'tags eq "red" and floor gt 5 or costCode sw "ä"': "f2 f3",
  };
  for (const [filter, found] of Object.entries(expected)) expect(await names(filter), filter).toBe(found);
  for (const wrong of [
    'floor co "1"',
    'floor eq "x"',
    "remote gt true",
    'hidden eq "x"',
    'hiredAt eq "soon"',
    "costCode eq 'x'",
  ]) {
    expectError(await client.find("Users", wrong), 400, "invalidFilter");
  }
  const everywhere = await client.get(`/?filter=${encodeURIComponent(`${own}:costCode sw "alpha"`)}`);
  expect(everywhere.body.totalResults).toBe(2);
});

test("[P2] §1.5 RFC 7644 §3.4.2.3: sorting, by index and by cursor, in every type; who has no value is last, or first when descending", async () => {
  const client = await at.server.connect();
  for (const [name, floor, costCode] of [
    ["s1", 10, "b"],
    ["s2", 9, "A"],
    ["s3", undefined, "C"],
    ["s4", 9, undefined],
  ] as const) {
    await made(client, {
      ...person(name),
      [own]: { floor, costCode, tags: costCode === undefined ? [] : [costCode, "a"] },
    });
  }
  const list = async (query: string): Promise<string> => {
    const found: string[] = [];
    let cursor = "";
    do {
      const { body, text } = await client.get(`/Users?count=2&cursor=${cursor}&${query}`);
      expect(body.Resources, text).toBeDefined();
      found.push(...body.Resources.map((one: { userName: string }) => one.userName));
      cursor = body.nextCursor ?? "";
    } while (cursor !== "");
    const { body } = await client.get(`/Users?${query}`);
    expect(body.Resources.map((one: { userName: string }) => one.userName)).toEqual(found);
    return found.join(" ");
  };
  expect(await list(`sortBy=${own}:floor`)).toBe("s2 s4 s1 s3");
  expect(await list(`sortBy=${own}:floor&sortOrder=descending`)).toBe("s3 s1 s4 s2");
  expect(await list("sortBy=costCode")).toBe("s2 s1 s3 s4");
  expect(await list("sortBy=tags&sortOrder=descending")).toBe("s4 s3 s1 s2");
  const all = await client.get("/?sortBy=costCode&filter=costCode+pr");
  expect(all.body.Resources.map((one: { userName: string }) => one.userName)).toEqual(["s2", "s1", "s3"]);
});

test("[P2] §1.5 RFC 7644 §3.9: attributes and excludedAttributes choose among them", async () => {
  const id = await somebody({ costCode: "A", floor: 1 });
  const view = async (query: string) => (await at.scim.get(`/Users/${id}?${query}`)).body;
  expect((await view(`attributes=${own}:floor`))[own]).toEqual({ floor: 1 });
  expect(await view(`attributes=${own}`)).toEqual({ schemas: [core, own], id, [own]: { costCode: "A", floor: 1 } });
  expect((await view(`attributes=costCode,userName`))[own]).toEqual({ costCode: "A" });
  expect((await view(`excludedAttributes=${own}:floor`))[own]).toEqual({ costCode: "A" });
  const without = await view(`excludedAttributes=${own}`);
  expect([without.schemas, own in without]).toEqual([[core], false]);
});

test("[U17] §2.4 a unique value, in any case, is one account's alone by POST, PUT and PATCH; free after it goes", async () => {
  const id = await somebody({ badge: "Unique-1" });
  const other = await somebody();
  const name = `own-${count}`;
  const taken = { badge: "UNIQUE-1" };
  const words = /gatehouse:2\.0:User:badge: Another account has this value/;
  expectError(await at.scim.post("/Users", { ...person("u-new"), [own]: taken }), 409, "uniqueness", words);
  expectError(await at.scim.put(`/Users/${other}`, { ...person(name), [own]: taken }), 409, "uniqueness", words);
  expectError(
    await at.scim.patch(`/Users/${other}`, ops({ op: "add", value: { [own]: taken } })),
    409,
    "uniqueness",
    words,
  );
  const stranger = await at.server.connect();
  expectError(await stranger.post("/Users", { ...person("u-far"), [own]: taken }), 409, "uniqueness");
  expect((await patched(id, { op: "replace", path: `${own}:badge`, value: "unique-1" }))[own]).toEqual({
    badge: "unique-1",
  });
  await at.scim.delete(`/Users/${id}`);
  expect((await patched(other, { op: "add", value: { [own]: taken } }))[own]).toEqual(taken);
});

test("[U17] §2.4 of 20 parallel creations with one unique value exactly one succeeds, again and again", async () => {
  for (let round = 0; round < 5; round += 1) {
    const answers = await Promise.all(
      Array.from(
        { length: 20 },
        async (_, n) =>
          await at.scim.post("/Users", { ...person(`race-${round}-${n}`), [own]: { badge: `Race-${round}` } }),
      ),
    );
    const statuses = answers.map(({ status }) => status).toSorted();
    expect(statuses).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
  }
});

test("[U17] §2.4 values that are there must be different before an attribute becomes unique, and from then on", async () => {
  await define("desk");
  const one = await somebody({ desk: "D1" });
  const two = await somebody({ desk: "d1" });
  await expect(change("desk", { isUnique: true })).rejects.toMatchObject({ code: "attribute.valuesNotUnique" });
  await patched(two, { op: "replace", path: `${own}:desk`, value: "D2" });
  await change("desk", { isUnique: true });
  expectError(
    await at.scim.patch(`/Users/${two}`, ops({ op: "replace", path: `${own}:desk`, value: "D1" })),
    409,
    "uniqueness",
  );
  await change("desk", { isUnique: false });
  await patched(two, { op: "replace", path: `${own}:desk`, value: "D1" });
  expect((await read(one))[own]).toEqual({ desk: "D1" });
});

test("[U17] §2.2 required: 400 for who is new or replaced without it; those who never had it can still be patched", async () => {
  const old = await somebody();
  const name = `own-${count}`;
  await define("costCenterId", { isRequired: true });
  const words = /costCenterId is required/;
  expect((await at.scim.get("/ResourceTypes/User")).body.schemaExtensions[1]).toEqual({ schema: own, required: true });
  for (const body of [
    person("r1"),
    { ...person("r1"), [own]: { floor: 1 } },
    { ...person("r1"), [own]: { costCenterId: " " } },
  ]) {
    expectError(await at.scim.post("/Users", body), 400, "invalidValue", words);
  }
  expectError(await at.scim.put(`/Users/${old}`, person(name)), 400, "invalidValue", words);
  expect((await patched(old, { op: "replace", path: "active", value: false })).active).toBe(false);
  await patched(old, { op: "add", path: `${own}:costCenterId`, value: "C" });
  expectError(
    await at.scim.patch(`/Users/${old}`, ops({ op: "remove", path: `${own}:costCenterId` })),
    400,
    "mutability",
  );
  await change("costCenterId", { isRequired: false });
  expect(await somebody()).toBeDefined();
  await forget("costCenterId");
  await clearAway();
});

test("[P2] a definition made in one process holds in the others at once, in every way", async () => {
  // Neither door is told anything; both only share the database.
  const other = scimClient((await at.server.another()).origin, at.scim);
  const totals = async (filter: string) => [
    (await at.scim.find("Users", filter)).body.totalResults,
    (await other.find("Users", filter)).body.totalResults,
  ];
  const schemas = async () =>
    (await other.get(`/Schemas/${own}`)).body.attributes.map((one: { name: string }) => one.name);
  expect(await schemas()).not.toContain("shoe");
  await define("shoe");
  expect(await schemas()).toContain("shoe");
  const answer = await other.post("/Users", { ...person("shod"), [own]: { shoe: "42" } });
  expect(answer.body[own]).toEqual({ shoe: "42" });
  expect(await totals('shoe eq "42"')).toEqual([1, 1]);
  await change("shoe", { scim: "none" });
  for (const client of [at.scim, other]) {
    expect(own in (await client.get(`/Users/${answer.body.id}`)).body).toBe(false);
    expectError(await client.find("Users", 'shoe eq "42"'), 400, "invalidFilter");
  }
  await change("shoe", { scim: "readWrite" });
  expect((await other.get(`/Users/${answer.body.id}`)).body[own]).toEqual({ shoe: "42" });
  await forget("shoe");
  expect(own in (await other.get(`/Users/${answer.body.id}`)).body).toBe(false);
});

test("[U17] a deleted attribute is gone at once, its name is free for another type, and a job takes the values away", async () => {
  await define("locker", { isUnique: true });
  const id = await somebody({ locker: "L1", floor: 1 });
  const only = await somebody({ locker: "L2" });
  const before = (await read(id)).meta.version;
  await forget("locker");
  expect((await read(id))[own]).toEqual({ floor: 1 });
  expectError(await at.scim.find("Users", 'locker eq "L1"'), 400, "invalidFilter");
  await define("locker", { type: "integer" });
  expect((await read(id))[own]).toEqual({ floor: 1 });
  expect((await patched(id, { op: "add", path: `${own}:locker`, value: 5 }))[own]).toEqual({ floor: 1, locker: 5 });
  expect((await at.scim.find("Users", "locker eq 5")).body.totalResults).toBe(1);
  await clearAway();
  expect((await read(id))[own]).toEqual({ floor: 1, locker: 5 });
  expect((await read(only)).schemas).toEqual([core]);
  expect((await read(id)).meta.version).not.toBe(before);
  const { db } = at.server.house;
  expect(await db.rows("select from attributes where deleted_at is not null")).toEqual([]);
  expect(await db.row("select custom from users where id = $1", [only])).toEqual({ custom: {} });
});

test("[U17] name and type stay while somebody has a value, and change freely while nobody has", async () => {
  await define("bay");
  await change("bay", { type: "integer", name: "bayNumber" });
  const id = await somebody({ bayNumber: 7 });
  for (const fields of [{ type: "string" }, { name: "bay" }, { isMultiValued: true }] as const) {
    await expect(change("bay", fields)).rejects.toMatchObject({ code: "attribute.inUse" });
  }
  await patched(id, { op: "remove", path: `${own}:bayNumber` });
  await change("bay", { type: "string", isMultiValued: true });
  expect((await patched(id, { op: "add", path: `${own}:bayNumber`, value: ["x"] }))[own]).toEqual({ bayNumber: ["x"] });
});

test("[U17] a value written by a definition that changed in this moment is refused, and can be sent again", async () => {
  const id = await somebody();
  const { house } = at.server;
  const late = house.work(async (work) => {
    const [row] = await house.db.rows<{ number: number }>("select number from attributes where name = 'floor'");
    return await updateUser(work, id as UserId, () => ({ custom: { [String(row?.number)]: "third" } }));
  });
  await expect(late).rejects.toMatchObject({ code: "attribute.changed", status: 503, retryAfterSeconds: 1 });
  expect(own in (await read(id))).toBe(false);
});

test.each(["", "1st", "a b", "a.b", "a:b", "$ref", "__proto__", "naïve", "x".repeat(65)])(
  "[U17] %j is no name of an attribute",
  async (name) => await expect(define(name)).rejects.toMatchObject({ code: "attribute.nameInvalid" }),
);

test.each(["userName", "EMAILS", "manager", "members", "schemas", "id", "password"])(
  "[U17] %s is SCIM's own name",
  async (name) => await expect(define(name)).rejects.toMatchObject({ code: "attribute.nameReserved" }),
);

test("[U17] names and claims are one attribute's alone, and there are a hundred at most", async () => {
  await expect(define("COSTCODE")).rejects.toMatchObject({ code: "attribute.nameTaken" });
  await define("claimed", { claim: "team_color" });
  await expect(define("claimed2", { claim: "team_color" })).rejects.toMatchObject({ code: "attribute.claimTaken" });
  for (const claim of ["sub", "groups", "email"]) {
    await expect(define("claimed3", { claim })).rejects.toMatchObject({ code: "attribute.claimReserved" });
  }
  await expect(define("claimed3", { claim: "two words" })).rejects.toMatchObject({ code: "attribute.claimInvalid" });
  const { db } = at.server.house;
  const there = await db.row<{ count: number }>(
    "select count(*)::int as count from attributes where deleted_at is null",
  );
  for (let n = there?.count ?? 0; n < 100; n += 1) await define(`filler-${n}`, { scim: "none" });
  await expect(define("toomany")).rejects.toMatchObject({ code: "attribute.tooMany" });
  expect((await at.scim.get(`/Users/${await somebody({ costCode: "still" })}`)).body[own]).toEqual({
    costCode: "still",
  });
});
