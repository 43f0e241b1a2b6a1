import fc from "fast-check";
import { expect, test } from "vitest";
import { ScimError } from "../messages/scim-error.ts";
import { enterpriseUserSchema } from "./enterprise-user-schema.ts";
import { groupSchema } from "./group-schema.ts";
import { readResource } from "./read-resource.ts";
import { gatehouseUserUrn, groupType, userType } from "./resource-type.ts";
import { userSchema } from "./user-schema.ts";

const core = userSchema.id;
const enterprise = enterpriseUserSchema.id;
const type = userType([
  {
    schema: {
      id: gatehouseUserUrn,
      name: "Gatehouse",
      description: "",
      attributes: [
        { name: "floor", type: "integer" },
        { name: "score", type: "decimal" },
        { name: "since", type: "dateTime" },
        { name: "tags", multiValued: true, maxItems: 3 },
        { name: "badge", mutability: "immutable", required: true },
      ],
    },
  },
]);

function read(attributes: Record<string, unknown>, mode: "create" | "replace" = "create") {
  return readResource({ schemas: [core], userName: "ada", ...attributes }, type, mode);
}

const kept: [title: string, sent: Record<string, unknown>, resource: Record<string, unknown>][] = [
  [
    "names in the case of the schema",
    { TITLE: "T", Name: { GIVENNAME: "Ada" } },
    { title: "T", name: { givenName: "Ada" } },
  ],
  [
    "values as they are",
    { phoneNumbers: [{ value: "+49 (30) 1234-56" }], displayName: " Ada " },
    { phoneNumbers: [{ value: "+49 (30) 1234-56" }], displayName: " Ada " },
  ],
  [
    "no nulls and no empty arrays (§2.5)",
    { addresses: null, roles: [], title: null, emails: [null, {}], name: {} },
    {},
  ],
  ["nothing readOnly", { id: "x", meta: { resourceType: "User" }, groups: [{ value: "g" }] }, {}],
  [
    "equal values once",
    {
      emails: [
        { value: "a", type: "work" },
        { type: "work", value: "a" },
      ],
    },
    { emails: [{ value: "a", type: "work" }] },
  ],
  [
    "values that are not canonical (§2.4)",
    { emails: [{ value: "a", type: "weekend" }] },
    { emails: [{ value: "a", type: "weekend" }] },
  ],
  [
    "an extension, and its URN",
    { [enterprise.toUpperCase()]: { DEPARTMENT: "R" } },
    { schemas: [core, enterprise], [enterprise]: { department: "R" } },
  ],
  ["no empty extension", { schemas: [core, enterprise], [enterprise]: { department: null } }, {}],
  [
    "a manager without the name only the server knows",
    { [enterprise]: { manager: { value: "m", displayName: "M" } } },
    { schemas: [core, enterprise], [enterprise]: { manager: { value: "m" } } },
  ],
  [
    "numbers and dates",
    { [gatehouseUserUrn]: { badge: "b", floor: 3, score: 1.5, since: "2026-11-02T08:30:00+01:00" } },
    {
      schemas: [core, gatehouseUserUrn],
      [gatehouseUserUrn]: { floor: 3, score: 1.5, since: "2026-11-02T08:30:00+01:00", badge: "b" },
    },
  ],
  [
    "one primary value",
    {
      emails: [
        { value: "a", primary: true },
        { value: "b", primary: false },
      ],
    },
    {
      emails: [
        { value: "a", primary: true },
        { value: "b", primary: false },
      ],
    },
  ],
  ["an empty address as none", { profileUrl: "" }, {}],
];

test.each(kept)("§3.3 a new user keeps %s", (_title, sent, resource) => {
  expect(read(sent).resource).toEqual({ schemas: [core], userName: "ada", ...resource });
});

const refused: [title: string, sent: Record<string, unknown>, scimType: string, detail: string][] = [
  ["no userName", { userName: undefined }, "invalidValue", "userName is required"],
  ["an empty userName", { userName: " " }, "invalidValue", "userName is required"],
  [
    "two primary values",
    {
      emails: [
        { value: "a", primary: true },
        { value: "b", primary: true },
      ],
    },
    "invalidValue",
    "emails has 2 primary",
  ],
  ["a text for a boolean", { active: "maybe" }, "invalidValue", 'active must be true or false, not "maybe"'],
  ["a number for a text", { title: 7 }, "invalidValue", "title must be a string"],
  ["a text for an object", { name: "Ada" }, "invalidValue", "name must be an object"],
  ["an object for an array", { emails: { value: "a" } }, "invalidValue", "emails must be an array, not an object"],
  ["an array for a text", { title: ["a"] }, "invalidValue", "title must be a string, not an array"],
  ["a text for an element", { emails: ["a@example.com"] }, "invalidValue", "emails[0] must be an object"],
  [
    "a fraction for an integer",
    { [gatehouseUserUrn]: { floor: 1.5 } },
    "invalidValue",
    `${gatehouseUserUrn}:floor must be an integer`,
  ],
  ["no date", { [gatehouseUserUrn]: { since: "yesterday" } }, "invalidValue", "since must be a date"],
  ["no base64", { x509Certificates: [{ value: "ä" }] }, "invalidValue", "x509Certificates[0].value must be base64"],
  ["no URI", { profileUrl: "not a URL" }, "invalidValue", "profileUrl must be a URI"],
  ["a null character", { title: "a\u0000b" }, "invalidValue", "title holds a null character"],
  ["half a surrogate pair", { title: "\ud800" }, "invalidValue", "title is not well-formed Unicode"],
  ["a text too long", { title: "x".repeat(65_537) }, "invalidValue", "title is longer than 65536"],
  [
    "too many values",
    { [gatehouseUserUrn]: { tags: ["a", "b", "c", "d"] } },
    "invalidValue",
    "tags has 4 values; at most 3",
  ],
  ["an attribute twice", { title: "a", TITLE: "b" }, "invalidSyntax", "given twice"],
  [
    "a sub-attribute twice",
    { name: { givenName: "a", GivenName: "b" } },
    "invalidSyntax",
    "name.givenName is given twice",
  ],
  ["a name that nothing has", { shoeSize: 42 }, "invalidSyntax", 'User has no attribute "shoeSize"'],
  ["one within a value", { emails: [{ value: "a", x: 1 }] }, "invalidSyntax", 'emails[0] has no attribute "x"'],
  ["one within an extension", { [enterprise]: { x: 1 } }, "invalidSyntax", `${enterprise} has no attribute "x"`],
  ["a schema that nothing has", { schemas: [core, "urn:x"] }, "invalidValue", '"urn:x" is no schema of User'],
  ["an extension twice", { [enterprise]: {}, [enterprise.toUpperCase()]: {} }, "invalidSyntax", "given twice"],
  ["an extension that is no object", { [enterprise]: "x" }, "invalidValue", `${enterprise} must be an object`],
  [
    "an extension without what it requires",
    { [gatehouseUserUrn]: { floor: 1 } },
    "invalidValue",
    `${gatehouseUserUrn}:badge is required`,
  ],
  ["no schemas", { schemas: undefined }, "invalidSyntax", "schemas must be an array"],
  ["schemas without the core URN", { schemas: [enterprise] }, "invalidValue", `schemas must contain ${core}`],
  ["schemas that are no texts", { schemas: [core, 1] }, "invalidSyntax", "schemas must hold strings"],
];

test.each(refused)("§3.3 a new user with %s is refused", (_title, sent, scimType, detail) => {
  expect(() => read(sent)).toThrow(
    expect.objectContaining({ status: 400, scimType, detail: expect.stringContaining(detail) }),
  );
});

test("§3.3 a body that is no object is refused", () => {
  for (const body of [undefined, null, [], "x", 1, true]) {
    expect(() => readResource(body, type, "create")).toThrow(expect.objectContaining({ scimType: "invalidSyntax" }));
  }
});

test("§3.5.1 a replacement may leave out what is required and immutable, as the stored value stays", () => {
  expect(read({ [gatehouseUserUrn]: { floor: 1 } }, "replace").resource[gatehouseUserUrn]).toEqual({ floor: 1 });
});

test("§6 a required extension must be there", () => {
  const strict = userType([
    { required: true, schema: { id: gatehouseUserUrn, name: "G", description: "", attributes: [{ name: "floor" }] } },
  ]);
  expect(() => readResource({ schemas: [core], userName: "a" }, strict, "create")).toThrow(
    `${gatehouseUserUrn} is required`,
  );
});

test("§3.3 what was dropped or left alone is noted once, for the request log", () => {
  const { notes } = read({
    schemas: [core],
    id: "x",
    groups: [],
    emails: [{ value: "a" }, { value: "b" }, {}],
    [enterprise]: { manager: { value: "m", displayName: "M" } },
  });
  expect(notes).toEqual([
    "id is readOnly and was left alone",
    "emails: a value without content dropped",
    `${enterprise}:manager.displayName is readOnly and was left alone`,
  ]);
});

test("§7 a password of the wrong type is not repeated in the error", () => {
  expect(() => read({ password: 12345678 })).toThrow("password must be a string, not this");
});

test("§4.2 a group is its name and its members, however many", () => {
  const members = Array.from({ length: 5000 }, (_, index) => ({ value: `u${index}`, type: "User", display: "x" }));
  const group = readResource({ schemas: [groupSchema.id], displayName: "All", members }, groupType(), "create");
  expect(group.resource["members"]).toHaveLength(5000);
  expect(group.notes).toEqual(["members.display is readOnly and was left alone"]);
  for (const wrong of [[{ display: "x" }], [{ type: "User" }], [{ value: "" }]]) {
    expect(() =>
      readResource({ schemas: [groupSchema.id], displayName: "All", members: wrong }, groupType(), "create"),
    ).toThrow("members[0].value is required");
  }
});

test("§2.1 names that every object inherits are not attributes", () => {
  for (const stranger of [
    '"__proto__": {"active": true}',
    '"constructor": 1',
    '"name": {"__proto__": {"givenName": "x"}}',
  ]) {
    const body: unknown = JSON.parse(`{"schemas": ["${core}"], "userName": "ada", ${stranger}}`);
    expect(() => readResource(body, type, "create")).toThrow(expect.objectContaining({ scimType: "invalidSyntax" }));
  }
});

test("§3.3 whatever JSON arrives is read or refused, and what is read reads the same again", () => {
  const names = [...type.schema.attributes.values()].map((attribute) => attribute.name);
  const name = fc.constantFrom(
    ...names,
    "value",
    "type",
    "primary",
    "givenName",
    "$ref",
    "id",
    "meta",
    "__proto__",
    enterprise,
    core,
  );
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom("", "a", "work", "2026-11-02T08:30:00Z"),
      fc.boolean(),
      fc.double(),
      fc.constant(null),
      fc.array(tie("json"), { maxLength: 3 }),
      fc.dictionary(name, tie("json"), { maxKeys: 4 }),
    ),
  }));
  const body = fc.dictionary(name, json, { maxKeys: 5 }).map((rest) => ({ ...rest, schemas: [core], userName: "ada" }));
  let accepted = 0;
  fc.assert(
    fc.property(fc.oneof(json, { arbitrary: body, weight: 9 }), (sent) => {
      try {
        const { resource } = readResource(sent, type, "create");
        accepted += 1;
        expect(readResource(resource, type, "create")).toEqual({ resource, notes: [] });
        expect(JSON.parse(JSON.stringify(resource))).toEqual(resource);
      } catch (error) {
        expect(error).toBeInstanceOf(ScimError);
      }
    }),
    { numRuns: 2000, seed: 7644 },
  );
  expect(accepted).toBeGreaterThan(100);
});
