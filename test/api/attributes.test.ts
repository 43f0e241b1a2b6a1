import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Permission } from "#contract/permissions.ts";
import { trusted } from "#server/db/work.ts";
import { createApiToken } from "#server/permissions/api-tokens.ts";
import { workJobs } from "#server/tasks/work-jobs.ts";
import { createUser } from "#server/users/create-user.ts";
import { serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse } from "#test/oidc/support/served-house.ts";

let house: ServedHouse;
let settings: string;
let accounts: string;

beforeAll(async () => {
  house = await serveHouse();
  [settings, accounts] = [await token("settings"), await token("accounts")];
});
afterAll(async () => await house.close());

async function token(...permissions: Permission[]): Promise<string> {
  const name = `token ${permissions.join(" ")}`;
  return (await house.work(async (work) => await createApiToken(work, { name, permissions }))).token;
}

// oxlint-disable-next-line no-explicit-any -- a test reads answers as deep as it likes and compares what it finds
type Body = any;

async function call(
  bearer: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: Body }> {
  const reply = await fetch(`${house.issuer}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await reply.text();
  return { status: reply.status, body: text === "" ? undefined : JSON.parse(text) };
}

async function define(name: string, more: Record<string, unknown> = {}): Promise<Body> {
  const fields = { name, labels: { en: name, ja: null }, type: "string", ...more };
  const reply = await call(settings, "POST", "/attributes", fields);
  expect(reply.status, JSON.stringify(reply.body)).toBe(201);
  return reply.body;
}

let count = 0;
async function create(attributes?: Record<string, unknown>): Promise<{ status: number; body: Body }> {
  count += 1;
  const body = { username: `of-api-${count}`, displayName: "Of the API", email: `a${count}@example.com` };
  return await call(accounts, "POST", "/users", { ...body, ...(attributes === undefined ? {} : { attributes }) });
}

async function lastEvent(type: string): Promise<Body> {
  return await house.db.row("select * from events where type = $1 order by id desc limit 1", [type]);
}

test("[U17] an attribute is defined, read, changed and deleted, with an event each", async () => {
  const made = await define("costCode", {
    labels: { en: " Cost code ", ja: "原価コード" },
    description: "Where the costs go",
    canonicalValues: ["A", "a", "B", " "],
    isUnique: false,
    isVisible: true,
    claim: "cost_code",
  });
  expect(made).toEqual({
    id: expect.any(String),
    name: "costCode",
    labels: { en: "Cost code", ja: "原価コード" },
    description: "Where the costs go",
    type: "string",
    isMultiValued: false,
    canonicalValues: ["A", "B"],
    isRequired: false,
    isUnique: false,
    isVisible: true,
    isEditable: false,
    claim: "cost_code",
    scim: "readWrite",
    createdAt: expect.any(String),
    updatedAt: expect.any(String),
  });
  expect(await lastEvent("attribute.created")).toMatchObject({ subject_name: "costCode", actor_kind: "token" });
  expect((await call(accounts, "GET", "/attributes")).body.items).toContainEqual(made);
  const changed = await call(settings, "PATCH", `/attributes/${made.id}`, { isEditable: true, claim: null });
  expect(changed.body).toMatchObject({ isEditable: true, claim: null, labels: { en: "Cost code" } });
  expect(await lastEvent("attribute.updated")).toMatchObject({
    changes: { isEditable: { from: false, to: true }, claim: { from: "cost_code", to: null } },
  });
  await create({ costCode: "b" });
  expect((await call(settings, "GET", `/attributes/${made.id}`)).body).toEqual({
    ...changed.body,
    accountsWithValue: 1,
    accountsWithValueAreMore: false,
  });
  expect((await call(settings, "DELETE", `/attributes/${made.id}`)).status).toBe(204);
  expect(await lastEvent("attribute.deleted")).toMatchObject({ details: { accountsWithValue: 1 } });
  for (const method of ["GET", "DELETE", "PATCH"]) {
    const body = method === "PATCH" ? {} : undefined;
    expect((await call(settings, method, `/attributes/${made.id}`, body)).body.code).toBe("attribute.missing");
  }
  const worker = await workJobs(house);
  await vi.waitFor(async () => {
    expect(await house.db.rows("select from attributes where deleted_at is not null")).toEqual([]);
  }, 10_000);
  await worker.close();
  expect(await house.db.rows("select from user_attribute_keys")).toEqual([]);
});

test.each<[Record<string, unknown>, string, string]>([
  [{ name: "1st" }, "name", "attribute.nameInvalid"],
  [{ name: "userName" }, "name", "attribute.nameReserved"],
  [{ labels: { en: " ", ja: null } }, "labels.en", "attribute.labelMissing"],
  [{ claim: "sub" }, "claim", "attribute.claimReserved"],
  [{ claim: "a b" }, "claim", "attribute.claimInvalid"],
  [{ type: "boolean", isUnique: true }, "isUnique", "attribute.booleanAlone"],
  [{ type: "boolean", isMultiValued: true }, "isMultiValued", "attribute.booleanAlone"],
  [{ type: "integer", canonicalValues: ["1"] }, "canonicalValues", "attribute.choicesNeedText"],
  [{ isEditable: true }, "isEditable", "attribute.editableUnseen"],
  [{ type: "complex" }, "type", "request.invalid"],
  [{ caseExact: true }, "caseExact", "request.invalid"],
])("[U17] a definition with %j is refused beside its field", async (more, field, code) => {
  const fields = { name: "wrong", labels: { en: "Wrong", ja: null }, type: "string", ...more };
  const { status, body } = await call(settings, "POST", "/attributes", fields);
  expect([status, body.field, body.code]).toEqual([400, field, code]);
});

test("[U17] values of every type are set, read, changed one by one, taken away, and told of in the log", async () => {
  const values = {
    text: "A",
    yes: false,
    whole: 3,
    part: 1.5,
    moment: "2026-01-01T09:00:00+09:00",
    link: "https://example.com/",
    several: ["x", "y"],
  };
  const types = ["string", "boolean", "integer", "decimal", "dateTime", "reference", "string"];
  for (const [at, name] of Object.keys(values).entries()) {
    await define(name, { type: types[at], isMultiValued: name === "several", scim: "none" });
  }
  const made = await create(values);
  expect(made.body.attributes).toEqual(values);
  const { id } = made.body;
  const path = `/users/${id}`;
  const changed = await call(accounts, "PATCH", path, { attributes: { TEXT: "B", several: null, part: 2 } });
  const expected = { ...values, text: "B", part: 2, several: undefined };
  expect(changed.body.attributes).toEqual(expected);
  expect((await lastEvent("user.updated")).changes).toEqual({
    "attributes.text": { from: "A", to: "B" },
    "attributes.several": { from: ["x", "y"], to: null },
    "attributes.part": { from: 1.5, to: 2 },
  });
  const same = await call(accounts, "PATCH", path, { attributes: { text: "B" }, displayName: "Of the API" });
  expect(same.body.version).toBe(changed.body.version);
  expect((await call(accounts, "PATCH", path, { displayName: "Renamed" })).body.attributes).toEqual(expected);
  for (const [attributes, field, code] of [
    [{ whole: "3" }, "attributes.whole", "attribute.valueInvalid"],
    [{ text: ["a", "b"] }, "attributes.text", "attribute.valueInvalid"],
    [{ text: "x".repeat(501) }, "attributes.text", "attribute.valueInvalid"],
    [{ text: "\0" }, "attributes.text", "request.invalid"],
    [{ moment: "tomorrow" }, "attributes.moment", "attribute.valueInvalid"],
    [{ nobody: 1 }, "attributes.nobody", "attribute.unknown"],
    [{ constructor: 1 }, "attributes.constructor", "attribute.unknown"],
  ] as const) {
    const { status, body } = await call(accounts, "PATCH", path, { attributes });
    expect([status, body.field, body.code]).toEqual([400, field, code]);
  }
  expect((await call(accounts, "GET", path)).body.attributes).toEqual(expected);
});

test("[U17] required, unique and allowed values hold for accounts made and changed here", async () => {
  const badge = await define("badge", { isUnique: true });
  await define("size", { canonicalValues: ["S", "M"] });
  const needed = await define("needed", { isRequired: true });
  expect((await create()).body).toMatchObject({ code: "attribute.valueRequired", field: "attributes.needed" });
  // The first administrator and people of other providers bring no values; a link or a sign-in must not fail on that.
  for (const kind of ["operator", "system"] as const) {
    const made = house.as(trusted(kind, "a test"), async (work) => {
      return await createUser(work, { username: `made.by.${kind}`, displayName: "Without" });
    });
    await expect(made).resolves.toBeDefined();
  }
  const first = (await create({ needed: "n", badge: "B1", size: "s" })).body;
  expect((await create({ needed: "n", badge: "b1" })).body).toMatchObject({
    status: 409,
    code: "attribute.valueTaken",
    field: "attributes.badge",
  });
  const second = (await create({ needed: "n" })).body;
  const change = async (attributes: Record<string, unknown>) =>
    (await call(accounts, "PATCH", `/users/${second.id}`, { attributes })).body.code;
  expect(await change({ badge: "B1" })).toBe("attribute.valueTaken");
  expect(await change({ size: "XL" })).toBe("attribute.valueNotAllowed");
  expect(await change({ needed: null })).toBe("attribute.valueRequired");
  await call(settings, "PATCH", `/attributes/${needed.id}`, { isRequired: false });
  expect(await change({ needed: null })).toBeUndefined();
  expect(await call(settings, "PATCH", `/attributes/${badge.id}`, { isUnique: false })).toMatchObject({ status: 200 });
  expect(await change({ badge: "B1" })).toBeUndefined();
  const refused = await call(settings, "PATCH", `/attributes/${badge.id}`, { isUnique: true });
  expect(refused.body).toMatchObject({ status: 409, code: "attribute.valuesNotUnique", field: "isUnique" });
  expect((await call(settings, "PATCH", `/attributes/${badge.id}`, { type: "integer" })).body.code).toBe(
    "attribute.inUse",
  );
  expect(first.attributes).toEqual({ needed: "n", badge: "B1", size: "s" });
});

test("[U2] the list shows the attributes asked for, and is narrowed by a value", async () => {
  await define("team");
  await define("level", { type: "integer" });
  await define("since", { type: "dateTime" });
  await define("remote", { type: "boolean" });
  await define("page", { type: "reference" });
  const ids = [];
  for (const values of [
    { team: "Red*1", level: 3, since: "2024-01-01T00:00:00Z", remote: true, page: "https://e.example/A" },
    { team: "red:2", level: 4, since: "2024-01-01T09:00:00+09:00", remote: false, page: "https://e.example/a" },
  ]) {
    ids.push((await create(values)).body.id);
  }
  const [one, two] = ids;
  const list = async (attribute: string) => {
    const { body } = await call(accounts, "GET", `/users?order=asc&attribute=${encodeURIComponent(attribute)}`);
    expect(body.items, JSON.stringify(body)).toHaveLength(body.total);
    return body.items.map((user: { id: string }) => user.id);
  };
  expect(await list("team:RED*1")).toEqual([one]);
  expect(await list("team:red*")).toEqual([one, two]);
  expect(await list("TEAM:Red:2")).toEqual([two]);
  expect(await list("team:re")).toEqual([]);
  expect(await list("level:4")).toEqual([two]);
  expect(await list("level:3.0")).toEqual([one]);
  expect(await list("since:2023-12-31T19:00:00-05:00")).toEqual([one, two]);
  expect(await list("remote:true")).toEqual([one]);
  expect(await list("page:https://e.example/a")).toEqual([two]);
  for (const [asked, code] of [
    ["nobody:1", "attribute.unknown"],
    ["level:x", "attribute.valueInvalid"],
    ["level", "attribute.valueInvalid"],
    ["since:now", "attribute.valueInvalid"],
  ] as const) {
    expect((await call(accounts, "GET", `/users?attribute=${asked}`)).body.code).toBe(code);
  }
  const shown = await call(accounts, "GET", `/users?attributes=level,Team,nobody&attribute=level:3`);
  expect(shown.body.items[0].attributes).toEqual({ team: "Red*1", level: 3 });
  expect((await call(accounts, "GET", `/users?attribute=level:3`)).body.items[0].attributes).toEqual({});
});
