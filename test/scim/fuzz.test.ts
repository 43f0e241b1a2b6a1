import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { gatehouseUserUrn as own } from "#scim/schema/resource-type.ts";
import { createAttribute } from "#server/attributes/create-attribute.ts";
import { attributeTypes } from "#server/contract/attributes.ts";
import { atServer } from "./support/at-server.ts";
import { core, enterprise, made, ops, person, team } from "./support/scim-client.ts";
import type { Answer } from "./support/scim-client.ts";

const at = atServer();
/** Cases of each property; FUZZ_RUNS and FUZZ_SEED look for others than those of every day. */
const runs = Number(process.env["FUZZ_RUNS"] ?? 500);
const seed = Number(process.env["FUZZ_SEED"] ?? 7644);
const patience = 300_000;
let user: string;
let group: string;

beforeAll(async () => {
  await at.server.house.work(async (work) => {
    for (const type of attributeTypes) {
      for (const isMultiValued of type === "boolean" ? [false] : [false, true]) {
        const name = `${isMultiValued ? "many" : "one"}-${type}`;
        await createAttribute(work, { name, type, isMultiValued, labels: { en: name, ja: null } });
      }
    }
  });
  user = await made(at.scim, person("fuzz", { title: "T", emails: [{ value: "f@x.example", type: "work" }] }));
  group = await made(at.scim, team("Fuzz", { members: [{ value: user }] }));
  await at.server.house.db.run("update directories set switches = '{}' where id = $1", [at.scim.id]);
});

/** Whatever comes in, the answer is one of SCIM's, and no fault. */
function isSound(answer: Answer): void {
  expect(answer.status, answer.text).toBeLessThan(500);
  if (answer.status < 400) return;
  expect(answer.headers.get("content-type")).toBe("application/scim+json; charset=utf-8");
  expect(answer.body).toMatchObject({ status: String(answer.status), detail: expect.any(String) });
}

async function holds<Value>(arbitrary: fc.Arbitrary<Value>, act: (value: Value) => Promise<void>): Promise<void> {
  await fc.assert(fc.asyncProperty(arbitrary, act), { numRuns: runs, seed });
}

const name = fc.constantFrom(
  "userName",
  "emails",
  "emails.value",
  "emails.type",
  "name",
  "name.givenName",
  "active",
  "meta.created",
  "meta.version",
  "id",
  "externalId",
  "groups",
  "groups.display",
  "members",
  "schemas",
  "title",
  "password",
  "x509Certificates",
  "addresses.primary",
  `${enterprise}:manager.displayName`,
  `${enterprise}:department`,
  `${core}:userName`,
  "one-string",
  "many-string",
  "one-integer",
  "many-dateTime",
  `${own}:one-boolean`,
  own,
  "__proto__",
  "constructor",
  "$ref",
);
const op = fc.constantFrom("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr", "EQ", "is");
const literal = fc.oneof(
  fc.string({ unit: "binary" }).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    "true",
    "false",
    "null",
    '"True"',
    "1",
    "-1.5e3",
    "1e999",
    '"2026-01-01T00:00:00Z"',
    '"\\u0000"',
    '"%_\\\\"',
    "'x'",
    '"',
  ),
);
const term = fc
  .tuple(name, op, literal)
  .map(([attribute, operator, value]) => (operator === "pr" ? `${attribute} pr` : `${attribute} ${operator} ${value}`));
const { filter } = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4 },
    term,
    fc.tuple(tie("filter"), fc.constantFrom("and", "or", "AND", "xor"), tie("filter")).map((parts) => parts.join(" ")),
    tie("filter").map((inner) => `not (${inner})`),
    tie("filter").map((inner) => `(${inner})`),
    fc.tuple(name, tie("filter")).map(([attribute, inner]) => `${attribute}[${inner}]`),
  ),
}));
const mess = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ unit: fc.constantFrom(...'()[]"\\.:,eq and or not x1-'.split("")), maxLength: 60 }),
);
const path = fc.oneof(
  name,
  mess,
  fc.tuple(name, filter).map(([attribute, inner]) => `${attribute}[${inner}]`),
  fc
    .tuple(name, filter, fc.constantFrom("value", "type", "x"))
    .map(([attribute, inner, sub]) => `${attribute}[${inner}].${sub}`),
);

const anything = fc.anything({
  maxDepth: 3,
  maxKeys: 5,
  key: fc.oneof(name, fc.constantFrom("value", "type", "primary", "Operations", "op", "path"), fc.string()),
  withNullPrototype: false,
});

test(
  "[P1] §1.4 fuzz: filters of every shape",
  async () => {
    await holds(fc.oneof(filter, mess), async (text) => {
      for (const address of ["/Users", "/Groups", "/"])
        isSound(await at.scim.get(`${address}?count=1&filter=${encodeURIComponent(text.toWellFormed())}`));
    });
  },
  patience,
);

test(
  "[P1] §1.5 fuzz: parameters of every shape",
  async () => {
    const key = fc.constantFrom(
      "filter",
      "sortBy",
      "sortOrder",
      "startIndex",
      "count",
      "cursor",
      "attributes",
      "excludedAttributes",
      "x",
    );
    const value = fc.oneof(
      name,
      mess,
      fc.integer().map(String),
      fc.constantFrom("", "1e5", "-0", "99999999999999999999", "ascending", "descending"),
    );
    await holds(fc.array(fc.tuple(key, value), { maxLength: 4 }), async (pairs) => {
      const query = new URLSearchParams(pairs.map(([one, text]) => [one, text.toWellFormed()]));
      for (const address of ["/Users", `/Users/${user}`, "/Groups", "/"])
        isSound(await at.scim.get(`${address}?${query}`));
    });
  },
  patience,
);

/** Operations that are well-formed, on few values, so that they meet. */
const word = fc.constantFrom("a", "A", "b", "work", "home", "ä", "x".repeat(50));
const phone = fc.record(
  { value: fc.constantFrom("555-0101", "555-0102", "555-0103"), type: word, primary: fc.boolean(), display: word },
  { requiredKeys: ["value"] },
);
const understood = fc.oneof(
  fc.record({
    op: fc.constantFrom("add", "replace", "Add"),
    path: fc.constantFrom("title", "name.givenName", `${enterprise}:department`, "nickName"),
    value: word,
  }),
  fc.record({
    op: fc.constantFrom("add", "replace"),
    path: fc.constant("active"),
    value: fc.constantFrom(true, false, "True", "False"),
  }),
  fc.record({
    op: fc.constantFrom("add", "replace", "remove"),
    path: fc.constant("phoneNumbers"),
    value: fc.array(phone, { maxLength: 3 }),
  }),
  fc.record({
    op: fc.constantFrom("add", "replace"),
    path: fc.constantFrom(
      'phoneNumbers[type eq "work"].value',
      'phoneNumbers[type eq "home" and primary eq true].value',
    ),
    value: fc.constantFrom("555-0101", "555-0104"),
  }),
  fc.record({
    op: fc.constantFrom("add", "replace"),
    path: fc.constantFrom('phoneNumbers[type eq "work"].primary', 'phoneNumbers[value eq "555-0101"].primary'),
    value: fc.boolean(),
  }),
  fc.record({
    op: fc.constant("remove"),
    path: fc.constantFrom(
      "title",
      "nickName",
      "name",
      "phoneNumbers",
      enterprise,
      'phoneNumbers[type eq "work"]',
      'phoneNumbers[value eq "555-0101"].type',
    ),
  }),
  fc.record({
    op: fc.constantFrom("add", "replace"),
    value: fc.record(
      {
        title: word,
        name: fc.record({ familyName: word }),
        "name.givenName": word,
        [enterprise]: fc.record({ costCenter: word }),
      },
      { requiredKeys: ["title"] },
    ),
  }),
);

test(
  "[P1] §1.7 fuzz: PATCH that is understood: the version moves if and only if something else does, one value is primary, schemas names what there is, twice is once",
  async () => {
    let changed = 0;
    await holds(fc.array(understood, { minLength: 1, maxLength: 4 }), async (operations) => {
      const before = await at.scim.get(`/Users/${user}`);
      const answer = await at.scim.patch(`/Users/${user}`, ops(...operations));
      isSound(answer);
      const after = await at.scim.get(`/Users/${user}`);
      if (answer.status !== 200) {
        expect(after.text).toBe(before.text);
        return;
      }
      expect(after.text).toBe(answer.text);
      const [{ meta: was, ...old }, { meta: is, ...now }] = [before.body, after.body];
      const isSame = JSON.stringify(old) === JSON.stringify(now);
      expect(is.version === was.version, JSON.stringify([old, now])).toBe(isSame);
      expect(after.headers.get("etag")).toBe(is.version);
      changed += isSame ? 0 : 1;
      expect(typeof now.active).toBe("boolean");
      expect((now.phoneNumbers ?? []).filter((one: { primary?: boolean }) => one.primary === true).length).toBeLessThan(
        2,
      );
      expect(now.schemas).toEqual(enterprise in now ? [core, enterprise] : [core]);
      if (operations.length > 1) return;
      const again = await at.scim.patch(`/Users/${user}`, ops(...operations));
      if (again.status === 200) expect(again.text).toBe(answer.text);
    });
    // Or else the property would say little.
    expect(changed).toBeGreaterThan(runs / 4);
  },
  patience,
);

test(
  "[P1] §1.7 fuzz: PATCH of every shape, all or nothing",
  async () => {
    const operation = fc.record(
      {
        op: fc.constantFrom("add", "remove", "replace", "Add", "move"),
        path,
        value: fc.oneof(anything, mess, fc.boolean(), fc.constant([{ value: "x" }])),
      },
      { requiredKeys: ["op"] },
    );
    await holds(fc.array(operation, { maxLength: 3 }), async (operations) => {
      for (const address of [`/Users/${user}`, `/Groups/${group}`]) {
        const before = await at.scim.get(address);
        const answer = await at.scim.patch(address, ops(...operations));
        isSound(answer);
        const after = await at.scim.get(address);
        expect(after.status).toBe(200);
        if (answer.status >= 400) expect(after.text).toBe(before.text);
      }
    });
  },
  patience,
);

test(
  "[P1] §1.10 fuzz: bodies of every shape, for every method",
  async () => {
    await holds(
      fc.oneof(
        anything,
        fc.record({
          schemas: fc.constant([core]),
          userName: fc.string(),
          emails: anything,
          name: anything,
          active: anything,
        }),
      ),
      async (body) => {
        for (const address of ["/Users", "/Groups", "/.search", "/Users/.search", "/Bulk"])
          isSound(await at.scim.post(address, body));
        isSound(await at.scim.put(`/Users/${user}`, body));
        isSound(await at.scim.patch(`/Groups/${group}`, body));
      },
    );
  },
  patience,
);

test(
  "[U17] fuzz: values of the organization's attributes, whose keep is what was sent",
  async () => {
    const places = ["one", "many"].flatMap((many) => attributeTypes.map((type) => `${many}-${type}`));
    const value = fc.oneof(
      anything,
      fc.string({ unit: "binary" }),
      fc.double(),
      fc.integer(),
      fc.boolean(),
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      fc.array(fc.oneof(fc.string({ maxLength: 5 }), fc.integer(), fc.double(), fc.webUrl())),
      fc.constantFrom("0001-01-01T00:00:00Z", "9999-12-31T24:00:00", "2024-01-01t00:00:00.1234567z", -0, 5e-324, 1e308),
    );
    await holds(fc.dictionary(fc.constantFrom(...places), value, { maxKeys: 4 }), async (values) => {
      const answer = await at.scim.put(`/Users/${user}`, { ...person("fuzz"), [own]: values });
      isSound(answer);
      if (answer.status !== 200) return;
      const read = await at.scim.get(`/Users/${user}`);
      expect(read.text).toBe(answer.text);
      const again = await at.scim.put(`/Users/${user}`, answer.body);
      expect(again.headers.get("etag")).toBe(read.headers.get("etag"));
      for (const [place, kept] of Object.entries(answer.body[own] ?? {})) {
        const first = Array.isArray(kept) ? kept[0] : kept;
        const found = await at.scim.find("Users", `${own}:${place} eq ${JSON.stringify(first)}`);
        expect(found.body.totalResults, found.text).toBe(1);
      }
    });
  },
  patience,
);

test(
  "[P1] §1.10 fuzz: bytes that are no JSON",
  async () => {
    await holds(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.json().map((text) => new TextEncoder().encode(text.slice(0, -1))),
      ),
      async (body) => {
        isSound(await at.scim.send("POST", "/Users", { body }));
      },
    );
  },
  patience,
);

test(
  "[P1] §1.8 fuzz: bulk requests of every shape",
  async () => {
    const operation = fc.record(
      {
        method: fc.constantFrom("POST", "PUT", "PATCH", "DELETE", "post", "GET"),
        path: fc.constantFrom(
          "/Users",
          "/Groups",
          "/Users/x",
          "/Users/bulkId:a",
          "/Groups/bulkId:b",
          "/",
          "",
          "/Bulk",
          "//",
          "/Users/%00",
        ),
        bulkId: fc.constantFrom("a", "b", "c", ""),
        version: fc.constantFrom('W/"1"', "x"),
        data: fc.oneof(
          anything,
          fc.constant({ schemas: [core], userName: "bulk-fuzz", [enterprise]: { manager: { value: "bulkId:a" } } }),
          fc.constant(team("Bulk fuzz", { members: [{ value: "bulkId:a" }, { value: "bulkId:b" }] })),
          fc.constant(ops({ op: "add", path: "members", value: [{ value: "bulkId:c" }] })),
        ),
      },
      { requiredKeys: [] },
    );
    const schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
    await holds(fc.array(operation, { maxLength: 5 }), async (operations) => {
      const answer = await at.scim.post("/Bulk", { schemas, Operations: operations });
      isSound(answer);
      for (const one of answer.body.Operations ?? []) expect(Number(one.status), JSON.stringify(one)).toBeLessThan(500);
    });
  },
  patience,
);

test(
  "[P1] §1.13 fuzz: cursors that were turned",
  async () => {
    const { nextCursor } = (await at.scim.get("/?cursor=&count=1")).body;
    await holds(
      fc.tuple(fc.nat({ max: nextCursor.length - 1 }), fc.constantFrom("A", "z", "-", "é", "%")),
      async ([place, letter]) => {
        const turned = `${nextCursor.slice(0, place)}${letter}${nextCursor.slice(place + 1)}`;
        isSound(await at.scim.get(`/?count=1&cursor=${encodeURIComponent(turned)}`));
      },
    );
  },
  patience,
);
