import fc from "fast-check";
import { expect, test } from "vitest";
import { ScimError } from "../messages/scim-error.ts";
import { enterpriseUserSchema } from "../schema/enterprise-user-schema.ts";
import { groupSchema } from "../schema/group-schema.ts";
import { readResource } from "../schema/read-resource.ts";
import { groupType, userType } from "../schema/resource-type.ts";
import { userSchema } from "../schema/user-schema.ts";
import { normaliseResource } from "./normalise-resource.ts";
import { defaultSwitches } from "./switches.ts";

const type = userType();
const core = userSchema.id;
const enterprise = enterpriseUserSchema.id;

function post(sent: Record<string, unknown>) {
  const { body, coercions } = normaliseResource({ schemas: [core], userName: "ada", ...sent }, type);
  return { resource: readResource(body, type, "create").resource, coercions };
}

const shapes: [title: string, sent: Record<string, unknown>, kept: Record<string, unknown>][] = [
  [
    "Entra ID sends meta, nulls and empty arrays",
    { externalId: "0a21", active: true, addresses: null, meta: { resourceType: "User" }, roles: [] },
    { externalId: "0a21", active: true },
  ],
  [
    "Microsoft's validator sends strings for booleans",
    { active: "True", roles: [{ primary: "True", value: "admin" }] },
    { active: true, roles: [{ primary: true, value: "admin" }] },
  ],
  [
    "Entra ID sends the manager as a string",
    { schemas: [core, enterprise], [enterprise]: { manager: "00aa" } },
    { schemas: [core, enterprise], [enterprise]: { manager: { value: "00aa" } } },
  ],
  [
    "Entra ID sends the manager as an array",
    { [enterprise]: { manager: [{ value: "00aa" }] } },
    { schemas: [core, enterprise], [enterprise]: { manager: { value: "00aa" } } },
  ],
  [
    "an empty manager is none",
    { [enterprise]: { manager: { value: "" }, department: "R" } },
    { schemas: [core, enterprise], [enterprise]: { department: "R" } },
  ],
  [
    "dotted and URN names",
    {
      "name.givenName": "Ada",
      name: { familyName: "L" },
      [`${enterprise}:employeeNumber`]: "7",
      [`${core}:title`]: "T",
    },
    {
      schemas: [core, enterprise],
      name: { familyName: "L", givenName: "Ada" },
      title: "T",
      [enterprise]: { employeeNumber: "7" },
    },
  ],
  [
    "a dotted name before the object it belongs to",
    { "name.givenName": "Ada", NAME: { familyName: "L" } },
    { name: { familyName: "L", givenName: "Ada" } },
  ],
  [
    "dotted names in an extension",
    { [enterprise]: { "manager.value": "m", department: "R" } },
    { schemas: [core, enterprise], [enterprise]: { department: "R", manager: { value: "m" } } },
  ],
  [
    "extension attributes at the top",
    { department: "R", manager: "m" },
    { schemas: [core, enterprise], [enterprise]: { department: "R", manager: { value: "m" } } },
  ],
  ["attributes under the core URN", { [core]: { title: "T" } }, { title: "T" }],
  [
    "a dotted name of a multi-valued attribute",
    { "emails.value": "a@example.com" },
    { emails: [{ value: "a@example.com" }] },
  ],
  [
    "bare strings for elements",
    { emails: ["a@example.com"], phoneNumbers: "123" },
    { emails: [{ value: "a@example.com" }], phoneNumbers: [{ value: "123" }] },
  ],
  [
    "OneLogin's schemas",
    {
      schemas: ["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"],
      "urn:scim:schemas:extension:enterprise:2.0": { department: "R" },
    },
    { schemas: [core, enterprise], [enterprise]: { department: "R" } },
  ],
  ["nobody's schemas only", { schemas: ["urn:example:x"] }, {}],
];

test.each(shapes)("§3.3 %s", (_title, sent, kept) => {
  expect(post(sent).resource).toEqual({ schemas: [core], userName: "ada", ...kept });
});

test("§3.3 Entra ID creates a group with a schema of its own", () => {
  const sent = {
    schemas: [groupSchema.id, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
    externalId: "x",
    displayName: "G",
    meta: { resourceType: "Group" },
  };
  const { body, coercions } = normaliseResource(sent, groupType());
  expect(readResource(body, groupType(), "create").resource).toEqual({
    schemas: [groupSchema.id],
    externalId: "x",
    displayName: "G",
  });
  expect(coercions).toHaveLength(1);
});

test("§3.3 every coercion is a line for the request log, and secrets are in none", () => {
  expect(post({ active: "false", manager: ["m"], password: ["hush"] }).coercions).toEqual([
    'active: "false" → false',
    "password: an array of one → its value",
    `"manager" → its place, ${enterprise}:manager`,
    `${enterprise}:manager: an array of one → its value`,
    `${enterprise}:manager: a bare value → { value }`,
  ]);
});

test("§3.3 clean bodies are not coerced", () => {
  const clean = {
    schemas: [core, enterprise],
    userName: "ada",
    id: "1",
    emails: [{ value: "a" }],
    [enterprise]: { manager: { value: "m" } },
  };
  expect(normaliseResource(clean, type)).toEqual({ body: clean, coercions: [] });
});

const allOff = Object.fromEntries(
  Object.keys(defaultSwitches).map((name) => [name, false]),
) as unknown as typeof defaultSwitches;

test("§3.3 a name with a filter is the element that it describes, there or not", () => {
  const { body, coercions } = normaliseResource(
    {
      'emails[type eq "work"].value': "w@x.example",
      'emails[type eq "work"].primary': "True",
      "emails[TYPE eq HOME].display": "Home",
      emails: [{ Type: "home", value: "h@x.example" }],
      'addresses[type eq "work"]': { postalCode: "1" },
      'phoneNumbers[type eq "fax"].value': null,
      [`${enterprise}:manager`]: "m",
    },
    type,
  );
  expect(body).toEqual({
    emails: [
      { Type: "home", value: "h@x.example", display: "Home" },
      { type: "work", value: "w@x.example", primary: true },
    ],
    addresses: [{ type: "work", postalCode: "1" }],
    phoneNumbers: [],
    [enterprise]: { manager: { value: "m" } },
  });
  expect(coercions).toContain('"emails[type eq \\"work\\"].value" → its place, emails.value');
});

test.each([
  'emails[type ne "work"].value',
  "emails[type eq",
  "emails[x eq 1].value",
  'name[givenName eq "a"].familyName',
])("§3.3 %s describes no element and is unknown", (name) => {
  expect(
    normaliseResource({ userName: "a", [name]: "x" }, type, { ...defaultSwitches, unknownNames: false }).body,
  ).toEqual({
    userName: "a",
    [name]: "x",
  });
  expect(normaliseResource({ userName: "a", [name]: "x" }, type).body).toEqual({ userName: "a" });
});

test("§3.3 what nothing has a name for is dropped and reported, unless nothing else is said", () => {
  const sent = {
    userName: "a",
    shoeSize: 42,
    "urn:x:y": { a: 1 },
    emails: [{ value: "a", x: 1 }, { y: 1 }],
    [enterprise]: { nothing: 1 },
  };
  const { body, coercions } = normaliseResource(sent, type);
  expect(body).toEqual({ userName: "a", emails: [{ value: "a" }, { y: 1 }], [enterprise]: { nothing: 1 } });
  expect(coercions).toEqual([
    'unknown schema "urn:x:y" → dropped',
    'unknown "shoeSize" → dropped',
    'emails: unknown "x" → dropped',
  ]);
  expect(normaliseResource(sent, type, { ...defaultSwitches, unknownNames: false }).body).toMatchObject({
    shoeSize: 42,
  });
});

test("§3.3 names without number do not occupy the process", () => {
  const many = Object.fromEntries(Array.from({ length: 200_000 }, (_, n) => [`emails[type eq "${n}"].x`, n]));
  expect(normaliseResource({ userName: "a", ...many }, type).body).toEqual({ userName: "a" });
});

test("§3.3 with all switches off nothing is touched", () => {
  const off = allOff;
  const body = {
    schemas: ["urn:example:x"],
    active: "True",
    "name.givenName": "x",
    emails: "a",
    [enterprise]: { manager: "m" },
  };
  expect(normaliseResource(body, type, off)).toEqual({ body, coercions: [] });
});

test("§3.3 an attribute given twice is still seen", () => {
  expect(() => post({ title: "a", TITLE: "b" })).toThrow("given twice");
});

test("§3.3 whatever JSON arrives is normalised without a crash, and normalising again changes nothing", () => {
  const name = fc.constantFrom(
    "userName",
    "name",
    "name.givenName",
    "emails",
    "emails.value",
    "manager",
    "active",
    "value",
    "schemas",
    "__proto__",
    core,
    enterprise,
    `${enterprise}:manager.value`,
    "urn:scim:schemas:core:2.0",
    "urn:scim:schemas:extension:enterprise:2.0",
  );
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom("", "a", "True", core),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("json"), { maxLength: 3 }),
      fc.dictionary(name, tie("json"), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(json, (sent) => {
      const { body } = normaliseResource(sent, type);
      try {
        const { resource } = readResource(body, type, "create");
        expect(readResource(normaliseResource(body, type).body, type, "create").resource).toEqual(resource);
      } catch (error) {
        expect(error).toBeInstanceOf(ScimError);
      }
    }),
    { numRuns: 2000, seed: 7644 },
  );
});
