import fc from "fast-check";
import { expect, test } from "vitest";
import { ScimError } from "../messages/scim-error.ts";
import { applyPatch } from "../patch/apply-patch.ts";
import { planGroupPatch } from "../patch/plan-group-patch.ts";
import { readPatch } from "../patch/read-patch.ts";
import { enterpriseUserSchema } from "../schema/enterprise-user-schema.ts";
import type { JsonObject } from "../schema/json.ts";
import { groupType, userType } from "../schema/resource-type.ts";
import { userSchema } from "../schema/user-schema.ts";
import { normalisePatch } from "./normalise-patch.ts";
import { defaultSwitches, patchOptions, type Switches } from "./switches.ts";

const type = userType();
const core = userSchema.id;
const enterprise = enterpriseUserSchema.id;
const schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];

function user(attributes: JsonObject = {}): JsonObject {
  return { schemas: enterprise in attributes ? [core, enterprise] : [core], id: "1", userName: "ada", ...attributes };
}

function send(before: JsonObject, operations: unknown[], switches: Switches = defaultSwitches) {
  const { body, coercions } = normalisePatch({ schemas, Operations: operations }, type, switches);
  const options = patchOptions(switches);
  const { operations: read } = readPatch(body, type, options);
  return { ...applyPatch(user(before), read, type, options), coercions };
}

const home = { type: "home", value: "ada@home.example.com" };

/** The shapes of SCIM clients as they arrive, and what becomes of the user. */
const shapes: [title: string, before: JsonObject, operation: JsonObject, after: JsonObject][] = [
  [
    "Entra ID sends booleans as strings",
    { active: true },
    { op: "Replace", path: "active", value: "False" },
    { active: false },
  ],
  [
    "Entra ID with its flag sends booleans",
    { active: true },
    { op: "replace", path: "active", value: false },
    { active: false },
  ],
  [
    "strings for booleans without a path",
    { active: true },
    { op: "add", value: { active: "false" } },
    { active: false },
  ],
  [
    "an object for a boolean",
    { active: true },
    { op: "Replace", path: "active", value: [{ $ref: null, value: "False" }] },
    { active: false },
  ],
  [
    "Entra ID replaces a filtered value that may not exist",
    {},
    { op: "Replace", path: 'emails[type eq "work"].value', value: "x@example.com" },
    { emails: [{ value: "x@example.com", type: "work" }] },
  ],
  [
    "Entra ID adds to an address that does not exist",
    {},
    { op: "Add", path: 'addresses[type eq "work"].postalCode', value: "1" },
    { addresses: [{ type: "work", postalCode: "1" }] },
  ],
  [
    "Entra ID replaces an extension attribute by its URN",
    {},
    { op: "Replace", path: `${enterprise}:employeeNumber`, value: "7" },
    { [enterprise]: { employeeNumber: "7" } },
  ],
  [
    "Entra ID adds the manager as an array, without URN",
    {},
    { op: "Add", path: "manager", value: [{ $ref: "http://example.com/Users/00aa", value: "00aa" }] },
    { [enterprise]: { manager: { value: "00aa", $ref: "http://example.com/Users/00aa" } } },
  ],
  [
    "Entra ID adds the manager as a bare string",
    {},
    { op: "Add", path: `${enterprise}:manager`, value: "00aa" },
    { [enterprise]: { manager: { value: "00aa" } } },
  ],
  [
    "Entra ID clears the manager by an empty string",
    { [enterprise]: { manager: { value: "m" } } },
    { op: "Replace", path: `${enterprise}:manager`, value: "" },
    {},
  ],
  [
    "Entra ID clears the manager by an empty value",
    { [enterprise]: { manager: { value: "m" } } },
    { op: "Replace", path: `${enterprise}:manager`, value: { value: "" } },
    {},
  ],
  [
    "Microsoft's collection puts a dot after the URN",
    {},
    { op: "replace", path: `${enterprise}.manager`, value: "00aa" },
    { [enterprise]: { manager: { value: "00aa" } } },
  ],
  [
    "Entra ID with its flag sends dotted and URN names without a path",
    {},
    { op: "replace", value: { displayName: "B", "name.givenName": "K", [`${enterprise}:employeeNumber`]: "A" } },
    { displayName: "B", name: { givenName: "K" }, [enterprise]: { employeeNumber: "A" } },
  ],
  [
    "filters as names without a path",
    {},
    { op: "replace", value: { 'emails[type eq "work"].value': "x@example.com" } },
    { emails: [{ type: "work", value: "x@example.com" }] },
  ],
  [
    "an extension as an object with dotted names",
    {},
    { op: "add", value: { [enterprise]: { "manager.value": "m", department: "R" } } },
    { [enterprise]: { manager: { value: "m" }, department: "R" } },
  ],
  [
    "an extension attribute without its URN",
    {},
    { op: "replace", value: { department: "R" } },
    { [enterprise]: { department: "R" } },
  ],
  [
    "the URN of SCIM 1.1 for the extension",
    {},
    { op: "replace", value: { "urn:scim:schemas:extension:enterprise:1.0": { department: "R" } } },
    { [enterprise]: { department: "R" } },
  ],
  ["an object under the core URN", {}, { op: "replace", value: { [core]: { title: "T" } } }, { title: "T" }],
  [
    "Microsoft's validator quotes booleans in filters",
    {},
    { op: "Add", path: 'roles[primary eq "True"].value', value: "admin" },
    { roles: [{ primary: true, value: "admin" }] },
  ],
  [
    "Microsoft's validator quotes booleans in values",
    {},
    { op: "add", path: "roles", value: [{ primary: "True", value: "admin" }] },
    { roles: [{ primary: true, value: "admin" }] },
  ],
  ["Okta deactivates without a path", { active: true }, { op: "replace", value: { active: false } }, { active: false }],
  ["Okta renames with the id", {}, { op: "replace", value: { id: "1", displayName: "B" } }, { displayName: "B" }],
  ["SailPoint deactivates by add", { active: true }, { op: "add", value: { active: false } }, { active: false }],
  [
    "a single element for a multi-valued attribute",
    {},
    { op: "replace", path: "emails", value: home },
    { emails: [home] },
  ],
  [
    "bare strings for elements",
    {},
    { op: "replace", path: "emails", value: ["a@example.com"] },
    { emails: [{ value: "a@example.com" }] },
  ],
  [
    "an array of one for a filtered element",
    { emails: [home] },
    { op: "replace", path: 'emails[type eq "home"]', value: [{ value: "b@example.com" }] },
    { emails: [{ type: "home", value: "b@example.com" }] },
  ],
  [
    "an array of one instead of the object of attributes",
    {},
    { op: "replace", value: [{ title: "T" }] },
    { title: "T" },
  ],
  ["an array of one for a single text", {}, { op: "replace", path: "title", value: ["T"] }, { title: "T" }],
  [
    "remove with a value",
    { emails: [home, { value: "b@example.com" }] },
    { op: "Remove", path: "emails", value: [{ value: "b@example.com" }] },
    { emails: [home] },
  ],
];

test.each(shapes)("§3.5.2 %s", (_title, before, operation, after) => {
  expect(send(before, [operation]).resource).toEqual(user(after));
});

test("§3.5.2 the second of two equal filtered writes finds the element the first one made", () => {
  const operation = { op: "Replace", path: 'emails[type eq "work"].value', value: "x@example.com" };
  const once = send({}, [operation]).resource;
  expect(send({ emails: once["emails"] ?? null }, [operation]).changed).toBe(false);
});

test("§3.5.2 every coercion is a line for the request log", () => {
  const { coercions } = send({}, [
    { op: "Replace", path: "active", value: "False" },
    { op: "Add", path: "manager", value: ["00aa"] },
    { op: "replace", value: { "name.givenName": "K", [`${enterprise}:manager.displayName`]: "M" } },
    { op: "remove", path: "emails", value: [home] },
  ]);
  expect(coercions).toEqual([
    'Operations[0] op "Replace" → "replace"',
    'Operations[0] active: "False" → false',
    'Operations[1] op "Add" → "add"',
    `Operations[1] ${enterprise}:manager: an array of one → its value`,
    `Operations[1] ${enterprise}:manager: a bare value → { value }`,
    'Operations[2] "name.givenName" → a path of its own',
    `Operations[2] ${enterprise}:manager.displayName is readOnly → left alone`,
    "Operations[3] remove emails with a value → only the 1 listed",
  ]);
});

test("§3.5.2 clean requests are not coerced", () => {
  const clean = [
    { op: "replace", path: "active", value: false },
    { op: "add", value: { displayName: "B", [enterprise]: { department: "R" }, id: "1", externalId: "x" } },
    { op: "remove", path: "title" },
  ];
  const body = { schemas, Operations: clean };
  expect(normalisePatch(body, type)).toEqual({ body, coercions: [] });
});

test("§3.5.2 active maybe is no boolean, and nothing is stored", () => {
  expect(() => send({}, [{ op: "replace", path: "active", value: "maybe" }])).toThrow(
    expect.objectContaining({ status: 400, scimType: "invalidValue" }),
  );
});

const strict: [off: keyof Switches, operation: JsonObject, scimType: string][] = [
  ["stringBooleans", { op: "replace", path: "active", value: "False" }, "invalidValue"],
  ["shapes", { op: "add", path: "manager", value: "00aa" }, "invalidValue"],
  ["flatNames", { op: "replace", value: { "name.givenName": "K" } }, "invalidPath"],
  [
    "foreignSchemas",
    { op: "replace", value: { "urn:scim:schemas:extension:enterprise:2.0": { department: "R" } } },
    "invalidPath",
  ],
  ["createOnFilterMiss", { op: "replace", path: 'emails[type eq "work"].value', value: "x" }, "noTarget"],
];

test.each(strict)("with %s off the reader is as strict as the RFC", (off, operation, scimType) => {
  expect(() => send({}, [operation], { ...defaultSwitches, [off]: false })).toThrow(
    expect.objectContaining({ scimType }),
  );
});

test("with removeWithValue off, remove removes all as §3.5.2.2 reads", () => {
  const operation = { op: "remove", path: "emails", value: [home] };
  const before = { emails: [home, { value: "b@example.com" }] };
  expect(send(before, [operation], { ...defaultSwitches, removeWithValue: false }).resource).toEqual(user());
});

test("§3.5.2 Entra ID and Okta change the members of a group", () => {
  const plan = (operations: unknown[]) =>
    planGroupPatch(
      readPatch(normalisePatch({ schemas, Operations: operations }, groupType()).body, groupType()).operations,
    );
  expect(plan([{ op: "Add", path: "members", value: [{ $ref: null, value: "f648" }] }]).members).toEqual([
    { kind: "addMembers", ids: ["f648"] },
  ]);
  expect(plan([{ op: "Remove", path: "members", value: [{ $ref: null, value: "f648" }] }]).members).toEqual([
    { kind: "removeMembers", ids: ["f648"] },
  ]);
  expect(plan([{ op: "add", path: "members", value: "f648" }]).members).toEqual([
    { kind: "addMembers", ids: ["f648"] },
  ]);
  expect(plan([{ op: "replace", value: { members: { value: "a" }, id: "g", displayName: "B" } }])).toMatchObject({
    members: [{ kind: "replaceMembers", ids: ["a"] }],
    attributes: [{ op: "replace", value: "B" }],
  });
});

test("whatever JSON arrives is normalised without a crash, and read or refused", () => {
  const paths = [
    "emails",
    'emails[type eq "work"].value',
    'emails[type eq "a" or primary eq true]',
    "emails.value",
    "members",
    'members[value eq "a"]',
    "name",
    "name.givenName",
    "active",
    "manager",
    "__proto__",
    "displayName",
    core,
    enterprise,
    `${enterprise}:manager`,
    "emails[",
  ];
  const name = fc.constantFrom("value", "type", "primary", "$ref", "id", "constructor", ...paths);
  const leaf = fc.oneof(
    fc.constantFrom("", "a", "True", "work", ...paths),
    fc.boolean(),
    fc.integer(),
    fc.constant(null),
  );
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { depthSize: "medium" },
      leaf,
      fc.array(tie("json"), { maxLength: 3 }),
      fc.dictionary(name, tie("json"), { maxKeys: 4 }),
    ),
  }));
  const operation = fc.record(
    { op: fc.constantFrom("add", "Replace", "remove"), path: fc.constantFrom(...paths), value: json },
    { requiredKeys: ["op"] },
  );
  const body = fc.record({ schemas: fc.constant(schemas), Operations: fc.array(operation, { maxLength: 3 }) });
  let applied = 0;
  fc.assert(
    fc.property(fc.oneof(json, { arbitrary: body, weight: 9 }), (sent) => {
      for (const one of [type, groupType()]) {
        const { body: normal } = normalisePatch(sent, one);
        const stored = one.name === "User" ? user({ emails: [home] }) : { schemas: [one.schema.id], displayName: "G" };
        try {
          const { operations } = readPatch(normal, one);
          applyPatch(stored, operations, one);
          if (one.name === "Group") planGroupPatch(operations);
          applied += 1;
        } catch (error) {
          expect(error).toBeInstanceOf(ScimError);
        }
      }
    }),
    { numRuns: 2000, seed: 7644 },
  );
  // Or else the property would say little.
  expect(applied).toBeGreaterThan(500);
});
