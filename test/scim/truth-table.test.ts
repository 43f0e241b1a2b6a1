import { expect, test } from "vitest";
import { atServer } from "./support/at-server.ts";
import { core, enterprise, expectError, made, ops, person } from "./support/scim-client.ts";
import type { Body } from "./support/scim-client.ts";

/** The truth table of PATCH (RFC 7644 §3.5.2), row by row, over HTTP. */
const at = atServer();
let count = 0;

const home = { value: "h@x.example", type: "home" };
const work = { value: "w@x.example", type: "work", primary: true };

/** Somebody new with the attributes that the rows are about. */
async function somebody(): Promise<string> {
  count += 1;
  return await made(
    at.scim,
    person(`row-${count}`, {
      displayName: "D",
      title: "T",
      name: { givenName: "G", familyName: "F" },
      emails: [work, home],
      phoneNumbers: [
        { value: "555-0101", type: "work" },
        { value: "555-0102", type: "work" },
        { value: "555-0103", type: "home" },
      ],
      [enterprise]: { department: "D", manager: { value: "m-1" } },
    }),
  );
}

/** What the rows may change, and nothing else. */
function seen({ title, nickName, name, emails, phoneNumbers, schemas, [enterprise]: extension }: Body) {
  return { title, nickName, name, emails, phoneNumbers, schemas, extension };
}

const before = {
  title: "T",
  nickName: undefined,
  name: { givenName: "G", familyName: "F" },
  emails: [work, home],
  phoneNumbers: [
    { value: "555-0101", type: "work" },
    { value: "555-0102", type: "work" },
    { value: "555-0103", type: "home" },
  ],
  schemas: [core, enterprise],
  extension: { department: "D", manager: { value: "m-1" } },
};

const rows: [row: string, operations: unknown[], after: Partial<Record<keyof typeof before, unknown>>][] = [
  [
    "add, no path: attributes are merged, values of several appended",
    [
      {
        op: "add",
        value: { title: "U", name: { middleName: "M" }, emails: [{ value: "o@x.example", type: "other" }] },
      },
    ],
    {
      title: "U",
      name: { familyName: "F", givenName: "G", middleName: "M" },
      emails: [work, home, { value: "o@x.example", type: "other" }],
    },
  ],
  [
    "add, multi-valued: appended",
    [{ op: "add", path: "emails", value: [{ value: "o@x.example", type: "other" }] }],
    { emails: [work, home, { value: "o@x.example", type: "other" }] },
  ],
  ["add, single: replaces what is there", [{ op: "add", path: "title", value: "U" }], { title: "U" }],
  ["add, single: makes what is not there", [{ op: "add", path: "nickName", value: "N" }], { nickName: "N" }],
  [
    "add, complex: parts are merged",
    [{ op: "add", path: "name", value: { givenName: "H", middleName: "M" } }],
    { name: { givenName: "H", familyName: "F", middleName: "M" } },
  ],
  [
    "add, value path without match: the element is made from the filter",
    [{ op: "add", path: 'emails[type eq "other"].value', value: "o@x.example" }],
    { emails: [work, home, { value: "o@x.example", type: "other" }] },
  ],
  ["remove, multi-valued without filter: unassigned", [{ op: "remove", path: "emails" }], { emails: undefined }],
  [
    "remove, value path: only what matches",
    [{ op: "remove", path: 'phoneNumbers[type eq "work"]' }],
    { phoneNumbers: [{ value: "555-0103", type: "home" }] },
  ],
  [
    "remove, value path: with none left the attribute is unassigned",
    [
      { op: "remove", path: 'phoneNumbers[type eq "work"]' },
      { op: "remove", path: 'phoneNumbers[value eq "555-0103"]' },
    ],
    { phoneNumbers: undefined },
  ],
  [
    "remove, value path and sub-attribute: only the part",
    [{ op: "remove", path: 'emails[type eq "work"].primary' }],
    { emails: [{ value: "w@x.example", type: "work" }, home] },
  ],
  ["remove, a part of a complex one", [{ op: "remove", path: "name.givenName" }], { name: { familyName: "F" } }],
  [
    "replace, no path: each attribute that is listed, the others stay",
    [{ op: "replace", value: { title: "U", emails: [home] } }],
    { title: "U", emails: [home] },
  ],
  [
    "replace, no path: names with dots and URNs, and nested ones",
    [
      {
        op: "replace",
        value: { "name.givenName": "H", [`${enterprise}:department`]: "E", [enterprise]: { costCenter: "C" } },
      },
    ],
    {
      name: { givenName: "H", familyName: "F" },
      extension: { costCenter: "C", department: "E", manager: { value: "m-1" } },
    },
  ],
  ["replace, nothing there: as add", [{ op: "replace", path: "nickName", value: "N" }], { nickName: "N" }],
  [
    "replace, complex: given parts, the others stay",
    [{ op: "replace", path: "name", value: { givenName: "H" } }],
    { name: { givenName: "H", familyName: "F" } },
  ],
  [
    "replace, multi-valued without filter: exactly these",
    [{ op: "replace", path: "emails", value: [home] }],
    { emails: [home] },
  ],
  [
    "replace, value path: the part in all that match",
    [{ op: "replace", path: 'phoneNumbers[type eq "work"].display', value: "X" }],
    {
      phoneNumbers: [
        { value: "555-0101", display: "X", type: "work" },
        { value: "555-0102", display: "X", type: "work" },
        { value: "555-0103", type: "home" },
      ],
    },
  ],
  [
    "replace, value path: the element that matches",
    [{ op: "replace", path: 'emails[type eq "home"]', value: { value: "n@x.example", display: "N" } }],
    { emails: [work, { value: "n@x.example", display: "N", type: "home" }] },
  ],
  [
    "replace by null clears",
    [
      { op: "replace", path: "title", value: null },
      { op: "replace", path: "emails", value: [] },
    ],
    { title: undefined, emails: undefined },
  ],
  [
    "primary: the others are not primary any more",
    [{ op: "add", path: "emails", value: [{ value: "o@x.example", type: "other", primary: true }] }],
    { emails: [{ ...work, primary: false }, home, { value: "o@x.example", type: "other", primary: true }] },
  ],
  ["path: attribute", [{ op: "replace", path: "TITLE", value: "U" }], { title: "U" }],
  [
    "path: attribute and part",
    [{ op: "replace", path: "name.familyName", value: "H" }],
    { name: { givenName: "G", familyName: "H" } },
  ],
  [
    "path: URN and attribute",
    [{ op: "replace", path: `${enterprise}:department`, value: "E" }],
    { extension: { department: "E", manager: { value: "m-1" } } },
  ],
  [
    "path: URN, attribute and part",
    [{ op: "replace", path: `${enterprise}:manager.value`, value: "m-2" }],
    { extension: { department: "D", manager: { value: "m-2" } } },
  ],
  [
    "path: core URN, attribute and filter",
    [{ op: "remove", path: `${core}:emails[type eq "home"]` }],
    { emails: [work] },
  ],
  [
    "path: URN of a whole extension, replaced",
    [{ op: "replace", path: enterprise, value: { division: "V" } }],
    { extension: { department: "D", division: "V", manager: { value: "m-1" } } },
  ],
  [
    "path: URN of a whole extension, removed",
    [{ op: "remove", path: enterprise }],
    { extension: undefined, schemas: [core] },
  ],
];

test.each(rows)("[P1] §1.7 %s", async (_row, operations, after) => {
  const id = await somebody();
  const answer = await at.scim.patch(`/Users/${id}`, ops(...operations));
  expect(answer.status, answer.text).toBe(200);
  expect(answer.headers.get("etag")).toBe('W/"2"');
  expect(seen(answer.body)).toEqual({ ...before, ...after });
  expect((await at.scim.get(`/Users/${id}`)).text).toBe(answer.text);
});

const unchanged: [row: string, operation: unknown][] = [
  ["add of a value that is there", { op: "add", path: "emails", value: [home] }],
  [
    "add of a value that is there, its type in another case",
    { op: "add", path: "emails", value: [{ ...home, type: "HOME" }] },
  ],
  ["replace by the same", { op: "replace", path: "name", value: { givenName: "G" } }],
  ["replace of all by the same", { op: "replace", value: { title: "T", emails: [work, home] } }],
  ["remove of what is not there", { op: "remove", path: "nickName" }],
  ["remove behind a filter that selects nothing", { op: "remove", path: 'emails[value eq "nobody@x.example"]' }],
  ["remove of a list with nothing that is there", { op: "remove", path: "emails", value: [{ value: "z@x.example" }] }],
  ["add of nothing", { op: "add", path: "emails", value: [] }],
  ["primary for the one that is", { op: "replace", path: 'emails[type eq "work"].primary', value: true }],
];

test.each(unchanged)("[P1] §1.7 %s: success, and neither version nor lastModified moves", async (_row, operation) => {
  const id = await somebody();
  const { clock } = at.server.house;
  const sent = await at.scim.get(`/Users/${id}`);
  clock.now = new Date(clock.now.getTime() + 1000);
  const answer = await at.scim.patch(`/Users/${id}`, ops(operation));
  expect([answer.status, answer.text, answer.headers.get("etag")]).toEqual([200, sent.text, 'W/"1"']);
});

const refused: [row: string, operation: unknown, scimType: string][] = [
  ["remove without a path", { op: "remove", value: { title: "T" } }, "noTarget"],
  ["remove of what is required", { op: "remove", path: "userName" }, "mutability"],
  ["replace of what is required by nothing", { op: "replace", path: "userName", value: null }, "invalidValue"],
  ["remove of what is readOnly", { op: "remove", path: "id" }, "mutability"],
  ["replace of what is readOnly", { op: "replace", path: "meta.version", value: "x" }, "mutability"],
  ["add of groups", { op: "add", path: "groups", value: [{ value: "x" }] }, "mutability"],
  [
    "a filter that describes nothing to make",
    { op: "replace", path: 'emails[type ne "work" and type ne "home"].value', value: "x@y.example" },
    "noTarget",
  ],
  [
    "two primary values at once",
    {
      op: "add",
      path: "emails",
      value: [
        { value: "a@x.example", primary: true },
        { value: "b@x.example", primary: true },
      ],
    },
    "invalidValue",
  ],
  ["a path that is cut off", { op: "replace", path: "emails[", value: "x" }, "invalidPath"],
  ["a path with a part too many", { op: "replace", path: "name.givenName.first", value: "x" }, "invalidPath"],
  ["a filter with an unknown part", { op: "replace", path: 'emails[size eq "x"].value', value: "x" }, "invalidFilter"],
  ["an op that is none", { op: "copy", path: "title", value: "x" }, "invalidSyntax"],
  ["an op that is missing", { path: "title", value: "x" }, "invalidSyntax"],
  ["a path that is no text", { op: "add", path: 5, value: "x" }, "invalidPath"],
];

test.each(refused)("[P1] §1.7 %s: refused, and the operation before it undone", async (_row, operation, scimType) => {
  const id = await somebody();
  const sent = await at.scim.get(`/Users/${id}`);
  const body = ops({ op: "replace", path: "title", value: "never" }, operation);
  expectError(await at.scim.patch(`/Users/${id}`, body), 400, scimType, /Operations\[1\]|filter|primary/);
  expect((await at.scim.get(`/Users/${id}`)).text).toBe(sent.text);
});

test("[P1] §1.13 draft-zollner-scim-interop-profile: for single attributes add and replace are one", async () => {
  for (const [path, value] of [
    ["title", "U"],
    ["active", false],
    ["name.givenName", "H"],
    ["name", { middleName: "M" }],
    [`${enterprise}:department`, "E"],
    [`${enterprise}:manager`, { value: "m-9" }],
  ] as const) {
    const [one, two] = [await somebody(), await somebody()];
    const added = await at.scim.patch(`/Users/${one}`, ops({ op: "add", path, value }));
    const replaced = await at.scim.patch(`/Users/${two}`, ops({ op: "replace", path, value }));
    expect([seen(added.body), added.body.active]).toEqual([seen(replaced.body), replaced.body.active]);
  }
});
