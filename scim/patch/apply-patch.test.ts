import { expect, test } from "vitest";
import { ScimError } from "../messages/scim-error.ts";
import type { JsonObject } from "../schema/json.ts";
import { enterpriseUserSchema } from "../schema/enterprise-user-schema.ts";
import { gatehouseUserUrn, groupType, userType } from "../schema/resource-type.ts";
import { userSchema } from "../schema/user-schema.ts";
import { applyPatch, type ApplyPatchOptions } from "./apply-patch.ts";
import { readPatch, type ReadPatchOptions } from "./read-patch.ts";

const core = userSchema.id;
const enterprise = enterpriseUserSchema.id;
const type = userType([
  {
    schema: {
      id: gatehouseUserUrn,
      name: "Gatehouse",
      description: "The organization's own attributes",
      attributes: [
        { name: "badge", mutability: "immutable" },
        { name: "tags", multiValued: true },
        { name: "floor", type: "integer" },
        { name: "title" },
      ],
    },
  },
]);

function user(attributes: JsonObject = {}): JsonObject {
  const schemas = [core, ...[enterprise, gatehouseUserUrn].filter((urn) => urn in attributes)];
  return { schemas, id: "1", userName: "ada", ...attributes };
}

function patch(
  resource: JsonObject,
  operations: unknown[],
  options: ApplyPatchOptions & ReadPatchOptions = {},
  resourceType = type,
) {
  const body = { schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], Operations: operations };
  return applyPatch(resource, readPatch(body, resourceType, options).operations, resourceType, options);
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ScimError) return `${error.status} ${error.scimType ?? ""}`.trim();
    throw error;
  }
  return "accepted";
}

const work = { type: "work", value: "ada@example.com", primary: true };
const home = { type: "home", value: "ada@home.example.com" };

/** title, before, operation, after */
type Case = [title: string, before: JsonObject, operation: JsonObject, after: JsonObject];

const changes: Case[] = [
  // add
  [
    "§3.5.2.1 add without a path merges an object",
    {},
    { op: "add", value: { nickName: "A", emails: [work] } },
    { nickName: "A", emails: [work] },
  ],
  [
    "§3.5.2.1 add appends to a multi-valued attribute",
    { emails: [work] },
    { op: "add", path: "emails", value: [home] },
    { emails: [work, home] },
  ],
  [
    "§3.5.2.1 add takes a single value for a multi-valued attribute",
    {},
    { op: "add", path: "emails", value: home },
    { emails: [home] },
  ],
  ["§3.5.2.1 add replaces a single value", { title: "A" }, { op: "add", path: "title", value: "B" }, { title: "B" }],
  [
    "§3.5.2.1 add merges into a complex attribute",
    { name: { givenName: "Ada" } },
    { op: "add", path: "name", value: { familyName: "L" } },
    { name: { familyName: "L", givenName: "Ada" } },
  ],
  [
    "§3.5.2.1 add to what a filter selects merges",
    { emails: [work, home] },
    { op: "add", path: 'emails[type eq "home"]', value: { display: "H" } },
    { emails: [work, { ...home, display: "H" }] },
  ],
  [
    "§3.5.2.1 add behind a filter that selects nothing makes the element",
    {},
    { op: "add", path: 'addresses[type eq "work"].postalCode', value: "12345" },
    { addresses: [{ postalCode: "12345", type: "work" }] },
  ],
  [
    "§3.5.2.1 add of the same value in another type appends",
    { emails: [work] },
    { op: "add", path: "emails", value: [{ value: "ada@example.com", type: "home" }] },
    { emails: [work, { value: "ada@example.com", type: "home" }] },
  ],
  [
    "§3.5.2.1 add of a known value with more to say merges",
    { emails: [home] },
    { op: "add", path: "emails", value: [{ value: "ada@home.example.com", display: "H" }] },
    { emails: [{ ...home, display: "H" }] },
  ],
  [
    "§3.5.2.1 add of a simple value appends",
    { [gatehouseUserUrn]: { tags: ["a"] } },
    { op: "add", path: `${gatehouseUserUrn}:tags`, value: ["b", "a"] },
    { [gatehouseUserUrn]: { tags: ["a", "b"] } },
  ],
  // remove
  ["§3.5.2.2 remove unassigns a single value", { title: "A" }, { op: "remove", path: "title" }, {}],
  [
    "§3.5.2.2 remove of a multi-valued attribute removes all values",
    { emails: [work, home] },
    { op: "remove", path: "emails" },
    {},
  ],
  [
    "§3.5.2.2 remove behind a filter removes the matches only",
    { emails: [work, home] },
    { op: "remove", path: 'emails[type eq "home"]' },
    { emails: [work] },
  ],
  [
    "§3.5.2.2 remove of the last value unassigns the attribute",
    { emails: [home] },
    { op: "remove", path: 'emails[type eq "home"]' },
    {},
  ],
  [
    "§3.5.2.2 remove of a sub-attribute leaves the rest",
    { emails: [work, home] },
    { op: "remove", path: 'emails[type eq "work"].primary' },
    { emails: [{ type: "work", value: "ada@example.com" }, home] },
  ],
  [
    "§3.5.2.2 remove of the only sub-attribute leaves nothing",
    { name: { givenName: "Ada" } },
    { op: "remove", path: "name.givenName" },
    {},
  ],
  [
    "§3.5.2.2 remove with values removes these only",
    { emails: [work, home] },
    { op: "remove", path: "emails", value: [{ value: "ada@home.example.com" }] },
    { emails: [work] },
  ],
  [
    "§3.5.2.2 remove of a whole extension",
    { [enterprise]: { department: "R" } },
    { op: "remove", path: enterprise },
    {},
  ],
  [
    "§3.5.2.2 remove from a simple multi-valued attribute",
    { [gatehouseUserUrn]: { tags: ["a", "b"] } },
    { op: "remove", path: `${gatehouseUserUrn}:tags[value eq "A"]` },
    { [gatehouseUserUrn]: { tags: ["b"] } },
  ],
  // replace
  [
    "§3.5.2.3 replace without a path replaces each attribute listed",
    { title: "A", nickName: "N" },
    { op: "replace", value: { title: "B", [enterprise]: { department: "R" } } },
    { title: "B", nickName: "N", [enterprise]: { department: "R" } },
  ],
  ["§3.5.2.3 replace of what is not there adds it", {}, { op: "replace", path: "title", value: "B" }, { title: "B" }],
  [
    "§3.5.2.3 replace of a complex attribute keeps what is not given",
    { name: { givenName: "Ada", familyName: "L" } },
    { op: "replace", path: "name", value: { familyName: "K" } },
    { name: { givenName: "Ada", familyName: "K" } },
  ],
  [
    "§3.5.2.3 replace of a multi-valued attribute replaces all values",
    { emails: [work, home] },
    { op: "replace", path: "emails", value: [home] },
    { emails: [home] },
  ],
  [
    "§3.5.2.3 replace behind a filter replaces the matches",
    { emails: [work, home] },
    { op: "replace", path: 'emails[type eq "home"]', value: { value: "new@example.com" } },
    { emails: [work, { type: "home", value: "new@example.com" }] },
  ],
  [
    "§3.5.2.3 replace of a sub-attribute changes it in all matches",
    { emails: [{ ...home }, { type: "home", value: "b@example.com" }] },
    { op: "replace", path: 'emails[type eq "home"].display', value: "H" },
    {
      emails: [
        { ...home, display: "H" },
        { type: "home", value: "b@example.com", display: "H" },
      ],
    },
  ],
  ["§3.5.2.3 replace by null clears (RFC 7643 §2.5)", { title: "A" }, { op: "replace", value: { title: null } }, {}],
  ["§3.5.2.3 replace by an empty array clears", { emails: [home] }, { op: "replace", path: "emails", value: [] }, {}],
  [
    "§3.5.2.3 null clears a sub-attribute",
    { name: { givenName: "Ada", familyName: "L" } },
    { op: "replace", path: "name", value: { givenName: null } },
    { name: { familyName: "L" } },
  ],
  [
    "§3.5.2.3 a filter on a single complex attribute",
    { [enterprise]: { manager: { value: "m1" } } },
    { op: "replace", path: `${enterprise}:manager[value eq "m1"]`, value: { value: "m2" } },
    { [enterprise]: { manager: { value: "m2" } } },
  ],
  ["§3.5.2.3 an empty externalId is none", { externalId: "x" }, { op: "replace", path: "externalId", value: "" }, {}],
  [
    "§3.5.2.1 add of a known value gives it the type it lacked",
    { emails: [{ value: "a@example.com" }] },
    { op: "add", path: "emails", value: [{ value: "a@example.com", type: "home" }] },
    { emails: [{ value: "a@example.com", type: "home" }] },
  ],
  // primary
  [
    "§3.5.2 a new primary value takes it from the others",
    { emails: [work, home] },
    { op: "add", path: "emails", value: [{ type: "other", value: "o@example.com", primary: true }] },
    { emails: [{ ...work, primary: false }, home, { type: "other", value: "o@example.com", primary: true }] },
  ],
  [
    "§3.5.2 setting primary on a match takes it from the others",
    { emails: [work, home] },
    { op: "replace", path: 'emails[type eq "home"].primary', value: true },
    {
      emails: [
        { ...work, primary: false },
        { ...home, primary: true },
      ],
    },
  ],
  [
    "§3.5.2 adding primary to a known value takes it from the others",
    { emails: [work, home] },
    { op: "add", path: "emails", value: [{ ...home, primary: true }] },
    {
      emails: [
        { ...work, primary: false },
        { ...home, primary: true },
      ],
    },
  ],
  // extensions
  [
    "§3.5.2 writing an extension adds its URN",
    {},
    { op: "add", path: `${enterprise}:employeeNumber`, value: "7" },
    { [enterprise]: { employeeNumber: "7" } },
  ],
  [
    "§3.5.2 the URN of an extension stands for all of it",
    { [enterprise]: { department: "R" } },
    { op: "replace", path: enterprise, value: { costCenter: "C" } },
    { [enterprise]: { department: "R", costCenter: "C" } },
  ],
  [
    "§3.5.2 an extension may have an attribute named like a core one",
    { title: "T" },
    { op: "add", path: gatehouseUserUrn, value: { title: "own" } },
    { title: "T", [gatehouseUserUrn]: { title: "own" } },
  ],
  [
    "§3.5.2 a new manager does not keep the old one's address and name",
    { [enterprise]: { manager: { value: "m1", $ref: "/Users/m1", displayName: "Old" } } },
    { op: "replace", path: `${enterprise}:manager.value`, value: "m2" },
    { [enterprise]: { manager: { value: "m2" } } },
  ],
  // clients
  [
    "Entra ID: Replace of a filtered sub-attribute whose element is missing",
    { emails: [home] },
    { op: "Replace", path: 'emails[type eq "work"].value', value: "x@example.com" },
    { emails: [home, { type: "work", value: "x@example.com" }] },
  ],
  [
    "Entra ID: Add with a quoted boolean in the filter",
    {},
    { op: "Add", path: 'roles[primary eq "True"].value', value: "admin" },
    { roles: [{ primary: true, value: "admin" }] },
  ],
  [
    "Entra ID: the dot after the URN",
    {},
    { op: "replace", path: `${enterprise}.manager`, value: { value: "m1" } },
    { [enterprise]: { manager: { value: "m1" } } },
  ],
  [
    "Entra ID: manager without its URN",
    {},
    { op: "Add", path: "manager", value: { value: "m1" } },
    { [enterprise]: { manager: { value: "m1" } } },
  ],
  [
    "Okta: deactivation without a path",
    { active: true },
    { op: "replace", value: { active: false } },
    { active: false },
  ],
  [
    "Okta: id in the value of a rename is left alone",
    {},
    { op: "replace", value: { id: "1", displayName: "B" } },
    { displayName: "B" },
  ],
  ["SailPoint: add deactivates", { active: true }, { op: "add", value: { active: false } }, { active: false }],
];

test.each(changes)("%s", (_title, before, operation, after) => {
  const stored = user(before);
  const copy = structuredClone(stored);
  expect(patch(stored, [operation])).toEqual({ resource: user(after), changed: true });
  expect(stored).toEqual(copy);
});

const unchanged: [title: string, before: JsonObject, operation: JsonObject][] = [
  [
    "§3.5.2.1 adding an identical value changes nothing",
    { emails: [work] },
    { op: "add", path: "emails", value: [work] },
  ],
  [
    "§3.5.2.1 adding less than is known of a value changes nothing",
    { emails: [work] },
    { op: "add", path: "emails", value: [{ value: "ADA@example.com" }] },
  ],
  [
    "§3.5.2.1 adding the value a single attribute has changes nothing",
    { title: "A" },
    { op: "add", path: "title", value: "A" },
  ],
  ["§3.5.2.1 adding nothing changes nothing", { emails: [work] }, { op: "add", path: "emails", value: [] }],
  [
    "§3.5.2.2 removing what a filter does not select changes nothing",
    { emails: [work] },
    { op: "remove", path: 'emails[type eq "home"]' },
  ],
  ["§3.5.2.2 removing what is not assigned changes nothing", {}, { op: "remove", path: "title" }],
  ["§3.5.2.2 removing an extension that is not there changes nothing", {}, { op: "remove", path: enterprise }],
  [
    "§3.5.2.2 removing an empty list of values changes nothing",
    { emails: [work] },
    { op: "remove", path: "emails", value: [] },
  ],
  [
    "§3.5.2.3 replacing by the same changes nothing",
    { emails: [work, home] },
    { op: "replace", path: "emails", value: [work, home] },
  ],
  [
    "§3.5.2.3 replacing by the same in another order of keys changes nothing",
    { emails: [work] },
    { op: "replace", path: "emails", value: [{ primary: true, value: "ada@example.com", type: "work" }] },
  ],
  [
    "§3.5.2 primary true on the primary value changes nothing",
    { emails: [work, home] },
    { op: "replace", path: 'emails[type eq "work"].primary', value: true },
  ],
  ["§3.5.2 schemas follows from the data", {}, { op: "add", path: "schemas", value: [enterprise] }],
  [
    "§3.5.2 an immutable attribute may be given the value it has",
    { [gatehouseUserUrn]: { badge: "b" } },
    { op: "replace", path: `${gatehouseUserUrn}:badge`, value: "b" },
  ],
];

test.each(unchanged)("%s", (_title, before, operation) => {
  expect(patch(user(before), [operation])).toEqual({ resource: user(before), changed: false });
});

const refusals: [title: string, before: JsonObject, operation: JsonObject, refused: string][] = [
  ["§3.5.2 an unknown op", {}, { op: "move", path: "title" }, "400 invalidSyntax"],
  ["§3.5.2 no op", {}, { path: "title", value: "x" }, "400 invalidSyntax"],
  ["§3.5.2.1 add without a value", {}, { op: "add", path: "title" }, "400 invalidValue"],
  ["§3.5.2.2 remove without a path", {}, { op: "remove" }, "400 noTarget"],
  ["§3.5.2.2 remove of something required", {}, { op: "remove", path: "userName" }, "400 mutability"],
  [
    "§3.5.2.3 replace of something required by null",
    {},
    { op: "replace", value: { userName: null } },
    "400 invalidValue",
  ],
  [
    "§3.5.2.3 replace of something required by an empty text",
    {},
    { op: "replace", path: "userName", value: " " },
    "400 invalidValue",
  ],
  ["§3.5.2 a path to something readOnly", {}, { op: "replace", path: "id", value: "2" }, "400 mutability"],
  ["§3.5.2 a path into something readOnly", {}, { op: "add", path: "meta.version", value: "2" }, "400 mutability"],
  [
    "§3.5.2 a path to a readOnly sub-attribute",
    {},
    { op: "replace", path: `${enterprise}:manager.displayName`, value: "x" },
    "400 mutability",
  ],
  [
    "§3.5.2 groups are changed at the group",
    {},
    { op: "add", path: "groups", value: [{ value: "g" }] },
    "400 mutability",
  ],
  [
    "§3.5.2 an immutable attribute that has a value",
    { [gatehouseUserUrn]: { badge: "b" } },
    { op: "add", path: `${gatehouseUserUrn}:badge`, value: "c" },
    "400 mutability",
  ],
  [
    "§3.5.2 removal of an immutable attribute",
    { [gatehouseUserUrn]: { badge: "b" } },
    { op: "remove", path: `${gatehouseUserUrn}:badge` },
    "400 mutability",
  ],
  ["§3.5.2 a malformed path", {}, { op: "replace", path: 'emails[type eq "work"', value: "x" }, "400 invalidPath"],
  ["§3.5.2 an unknown attribute", {}, { op: "replace", path: "shoeSize", value: 42 }, "400 invalidPath"],
  [
    "§3.5.2 an unknown sub-attribute",
    {},
    { op: "replace", path: 'emails[type eq "work"].size', value: 42 },
    "400 invalidPath",
  ],
  ["§3.5.2 three names in a row", {}, { op: "replace", path: "name.givenName.x", value: "x" }, "400 invalidPath"],
  [
    "§3.5.2 a filter on a single simple attribute",
    {},
    { op: "replace", path: 'title[value eq "x"]', value: "x" },
    "400 invalidPath",
  ],
  ["§3.5.2 only unknown attributes in the value", {}, { op: "replace", value: { shoeSize: 42 } }, "400 invalidPath"],
  [
    "§3.5.2 a bad filter in a path",
    {},
    { op: "replace", path: 'emails[type is "work"].value', value: "x" },
    "400 invalidFilter",
  ],
  [
    "§3.5.2 a filter that a bracket in a string confuses",
    {},
    { op: "replace", path: 'emails[type eq "]', value: "x" },
    "400 invalidFilter",
  ],
  [
    "§3.5.2.3 a filter that leaves a choice makes no element",
    {},
    { op: "replace", path: 'emails[type eq "a" or type eq "b"].value', value: "x" },
    "400 noTarget",
  ],
  [
    "§3.5.2 two new primary values",
    {},
    { op: "add", path: "emails", value: [work, { ...home, primary: true }] },
    "400 invalidValue",
  ],
  [
    "§3.5.2 primary for all elements at once",
    { emails: [work, home] },
    { op: "replace", path: "emails.primary", value: true },
    "400 invalidValue",
  ],
  ["§3.5.2 active must be a boolean", {}, { op: "replace", path: "active", value: "maybe" }, "400 invalidValue"],
  ["§3.5.2 a text where an object belongs", {}, { op: "replace", path: "name", value: "Ada" }, "400 invalidValue"],
  ["§3.5.2 an array where a text belongs", {}, { op: "replace", path: "title", value: ["x"] }, "400 invalidValue"],
  [
    "§3.5.2 null characters cannot be stored",
    {},
    { op: "replace", path: "title", value: "a\u0000b" },
    "400 invalidValue",
  ],
  ["§3.5.2 schemas cannot be removed", {}, { op: "remove", path: "schemas" }, "400 mutability"],
  ["§3.5.2 the core schema cannot be removed", {}, { op: "remove", path: core }, "400 mutability"],
  ["§3.5.2 an unknown schema", {}, { op: "add", path: "schemas", value: ["urn:example:x"] }, "400 invalidValue"],
];

test.each(refusals)("%s is refused", (_title, before, operation, refused) => {
  expect(refusal(() => patch(user(before), [operation]))).toBe(refused);
});

test("§3.5.2.3 a filter that selects nothing is noTarget for a client that wants the RFC's letter", () => {
  const operation = { op: "replace", path: 'emails[type eq "work"].value', value: "x" };
  expect(refusal(() => patch(user(), [operation], { createOnFilterMiss: false }))).toBe("400 noTarget");
});

test("§3.5.2.2 remove with a value means all of them for a client that wants the RFC's letter", () => {
  const operation = { op: "remove", path: "emails", value: [{ value: "ada@example.com" }] };
  expect(patch(user({ emails: [work, home] }), [operation], { removeWithValue: "all" }).resource).toEqual(user());
});

test("§3.5.2 operations are applied in order", () => {
  const operations = [
    { op: "remove", path: "emails" },
    { op: "add", path: "emails", value: [home] },
    { op: "replace", path: 'emails[type eq "home"].value', value: "x@example.com" },
  ];
  expect(patch(user({ emails: [work] }), operations).resource["emails"]).toEqual([
    { type: "home", value: "x@example.com" },
  ]);
});

test("§3.5.2 a change that is taken back in the same request is no change", () => {
  const operations = [
    { op: "replace", path: "title", value: "B" },
    { op: "replace", path: "title", value: "A" },
  ];
  expect(patch(user({ title: "A" }), operations).changed).toBe(false);
});

test("§3.5.2 one failing operation leaves the resource untouched", () => {
  const stored = user({ title: "A", emails: [work] });
  const copy = structuredClone(stored);
  const operations = [
    { op: "replace", path: "title", value: "B" },
    { op: "remove", path: "emails" },
    { op: "replace", path: 'emails[type eq "x" or type eq "y"].value', value: "z" },
  ];
  expect(refusal(() => patch(stored, operations))).toBe("400 noTarget");
  expect(stored).toEqual(copy);
});

test("§3.5.2 no operations at all are no change", () => {
  expect(patch(user(), [])).toEqual({ resource: user(), changed: false });
});

test("§3.5.2 a password is a change and is in the result for the server to hash", () => {
  const result = patch(user(), [{ op: "replace", path: "password", value: "correct horse" }]);
  expect(result).toEqual({ resource: user({ password: "correct horse" }), changed: true });
});

test("§3.5.2 a user who lacks an attribute made required later can still be disabled", () => {
  const strict = userType([
    {
      required: true,
      schema: { id: gatehouseUserUrn, name: "G", description: "", attributes: [{ name: "badge", required: true }] },
    },
  ]);
  expect(patch(user(), [{ op: "replace", value: { active: false } }], {}, strict).resource["active"]).toBe(false);
});

test("§3.5.2 the schema's case of names is kept whatever the client writes", () => {
  const result = patch(user(), [{ OP: "ADD", Path: "NAME.GIVENNAME", VALUE: "Ada" }]);
  expect(result.resource).toEqual(user({ name: { givenName: "Ada" } }));
});

test("§3.5.2 names that every object inherits are not attributes", () => {
  for (const path of ["__proto__", "constructor", "toString", "name.__proto__", "emails[constructor eq 1]"]) {
    expect(refusal(() => patch(user(), [{ op: "add", path, value: "x" }]))).toMatch(/invalidPath|invalidFilter/);
  }
  const value: unknown = JSON.parse('{"__proto__": {"admin": true}, "title": "T"}');
  expect(refusal(() => patch(user(), [{ op: "add", value }]))).toBe("400 invalidPath");
});

test("§3.5.2 members of a group in memory behave as the plan for large groups does", () => {
  const group = { schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"], id: "g", displayName: "G" };
  const members = [{ value: "a" }, { value: "b" }, { value: "c" }];
  const remove = { op: "Remove", path: "members", value: [{ $ref: null, value: "a" }] };
  expect(patch({ ...group, members }, [remove], {}, groupType()).resource["members"]).toEqual(members.slice(1));
  const again = { op: "add", path: "members", value: [{ value: "b", display: "Bea" }] };
  expect(patch({ ...group, members }, [again], {}, groupType()).changed).toBe(false);
});

test("§3.5.2 a request cannot occupy the process for long", () => {
  const emails = Array.from({ length: 1000 }, (_, index) => ({ value: `a${index}@example.com`, type: "work" }));
  const operations = Array.from({ length: 1001 }, () => ({ op: "remove", path: 'emails[type eq "home"]' }));
  expect(refusal(() => patch(user({ emails }), operations))).toBe("413");
  expect(refusal(() => patch(user({ emails }), [{ op: "add", path: "emails", value: home }]))).toBe("400 invalidValue");
});
