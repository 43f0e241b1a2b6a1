import { beforeAll, expect, test } from "vitest";
import { atServer } from "./support/at-server.ts";
import { core, enterprise, expectError, made, ops, person } from "./support/scim-client.ts";

const at = atServer();
let count = 0;
let id: string;

/** Somebody new, with something in every kind of attribute. */
async function somebody(): Promise<string> {
  count += 1;
  return await made(
    at.scim,
    person(`patch-${count}`, {
      displayName: "Before",
      title: "T",
      name: { givenName: "G", familyName: "F" },
      emails: [
        { value: `w${count}@x.example`, type: "work", primary: true },
        { value: `h${count}@x.example`, type: "home" },
      ],
      [enterprise]: { department: "D", costCenter: "C" },
    }),
  );
}

beforeAll(async () => {
  id = await somebody();
});

test("[P1] §1.7 RFC 7644 §3.5.2: PATCH answers 200 with the resource and its ETag", async () => {
  const who = await somebody();
  const answer = await at.scim.patch(`/Users/${who}`, ops({ op: "replace", path: "title", value: "U" }));
  expect(answer.status).toBe(200);
  expect(answer.body.title).toBe("U");
  expect(answer.headers.get("etag")).toBe('W/"2"');
  expect(answer.body.meta.version).toBe('W/"2"');
  expect((await at.scim.get(`/Users/${who}`)).body).toEqual(answer.body);
});

test("[P1] §1.7 RFC 7644 §3.5.2: operations are carried out in order", async () => {
  const who = await somebody();
  const { body } = await at.scim.patch(
    `/Users/${who}`,
    ops(
      { op: "remove", path: "title" },
      { op: "add", path: "title", value: "A" },
      { op: "replace", path: "title", value: "B" },
      { op: "add", value: { nickName: "N", name: { middleName: "M" } } },
    ),
  );
  expect(body).toMatchObject({ title: "B", nickName: "N", name: { givenName: "G", familyName: "F", middleName: "M" } });
});

/** An operation, and what the resource has afterwards. */
const changes: [title: string, operation: unknown, after: Record<string, unknown>][] = [
  ["add to a column", { op: "add", path: "externalId", value: "e-77" }, { externalId: "e-77" }],
  ["replace userName", { op: "replace", path: "userName", value: "renamed" }, { userName: "renamed" }],
  [
    "replace a name in a column",
    { op: "replace", path: "name.givenName", value: "H" },
    { name: { givenName: "H", familyName: "F" } },
  ],
  ["remove a name in a column", { op: "remove", path: "name.familyName" }, { name: { givenName: "H" } }],
  [
    "locale and timezone",
    { op: "add", value: { locale: "ja-JP", timezone: "Asia/Tokyo" } },
    { locale: "ja-JP", timezone: "Asia/Tokyo" },
  ],
  ["a core URN before the name", { op: "replace", path: `${core}:title`, value: "U" }, { title: "U" }],
  ["deactivation", { op: "replace", path: "active", value: false }, { active: false }],
  ["activation", { op: "replace", value: { active: true } }, { active: true }],
  [
    "an extension",
    { op: "add", path: `${enterprise}:employeeNumber`, value: "7" },
    { [enterprise]: { department: "D", costCenter: "C", employeeNumber: "7" } },
  ],
  ["displayName taken away follows the name", { op: "remove", path: "displayName" }, { displayName: "H" }],
];

test.each(changes)("[P1] §1.7 RFC 7644 §3.5.2: %s", async (_title, operation, after) => {
  const answer = await at.scim.patch(`/Users/${id}`, ops(operation));
  expect(answer.status, answer.text).toBe(200);
  expect(answer.body).toMatchObject(after);
  expect((await at.scim.get(`/Users/${id}`)).body).toEqual(answer.body);
});

test("[P1] §1.7 RFC 7644 §3.5.2: the last attribute of an extension takes its URN with it, the first brings it", async () => {
  const who = await somebody();
  const gone = await at.scim.patch(`/Users/${who}`, ops({ op: "remove", path: enterprise }));
  expect(gone.body.schemas).toEqual([core]);
  const back = await at.scim.patch(`/Users/${who}`, ops({ op: "add", path: `${enterprise}:division`, value: "V" }));
  expect(back.body.schemas).toEqual([core, enterprise]);
});

test("[P1] §1.7 RFC 7644 §3.5.2: a display name that was made from the name follows it; one that was given stays", async () => {
  const derived = await made(at.scim, person("derived", { name: { givenName: "A", familyName: "B" } }));
  const answer = await at.scim.patch(`/Users/${derived}`, ops({ op: "replace", path: "name.familyName", value: "C" }));
  expect(answer.body.displayName).toBe("A C");
  const given = await somebody();
  const other = await at.scim.patch(`/Users/${given}`, ops({ op: "replace", path: "name.familyName", value: "C" }));
  expect(other.body.displayName).toBe("Before");
});

test("[P1] §1.7 RFC 7644 §3.5.2: setting a primary value takes it from the others", async () => {
  const who = await somebody();
  const { body } = await at.scim.patch(
    `/Users/${who}`,
    ops({ op: "replace", path: 'emails[type eq "home"].primary', value: true }),
  );
  expect(body.emails.map((email: { type: string; primary?: boolean }) => [email.type, email.primary])).toEqual([
    ["work", false],
    ["home", true],
  ]);
});

test("[P1] §1.7 RFC 7644 §3.5.2.1: adding what is there changes nothing: version and lastModified stay", async () => {
  const who = await somebody();
  const before = await at.scim.get(`/Users/${who}`);
  at.server.house.clock.now = new Date(at.server.house.clock.now.getTime() + 1000);
  for (const operation of [
    { op: "add", path: "emails", value: before.body.emails },
    { op: "replace", path: "title", value: "T" },
    { op: "remove", path: 'emails[type eq "other"]' },
    { op: "remove", path: "nickName" },
    { op: "replace", value: { active: true } },
  ]) {
    const answer = await at.scim.patch(`/Users/${who}`, ops(operation));
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(before.text);
  }
  expect((await at.scim.patch(`/Users/${who}`, ops())).text).toBe(before.text);
});

const refusals: [title: string, body: unknown, scimType: string, detail?: RegExp][] = [
  ["no schemas", { Operations: [] }, "invalidSyntax", /PatchOp/],
  ["other schemas", { schemas: [core], Operations: [] }, "invalidSyntax", /PatchOp/],
  ["no Operations", { schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"] }, "invalidSyntax", /Operations/],
  ["an op that is none", ops({ op: "move", path: "title" }), "invalidSyntax", /Operations\[0\]/],
  ["remove without a path", ops({ op: "remove" }), "noTarget"],
  ["removal of something required", ops({ op: "remove", path: "userName" }), "mutability"],
  ["a path to something readOnly", ops({ op: "replace", path: "id", value: "x" }), "mutability"],
  ["a path to the groups", ops({ op: "add", path: "groups", value: [{ value: "x" }] }), "mutability"],
  ["a malformed path", ops({ op: "replace", path: "emails[type eq", value: "x" }), "invalidPath"],
  ["a path to nothing", ops({ op: "replace", path: "shoeSize", value: 42 }), "invalidPath"],
  ["a bad filter in a path", ops({ op: "replace", path: 'emails[type is "x"].value', value: "x" }), "invalidFilter"],
  [
    "a filter that leaves a choice",
    ops(
      { op: "replace", path: 'emails[type ne "work"].display', value: "x" },
      { op: "replace", path: 'ims[type ne "x"].value', value: "y" },
    ),
    "noTarget",
  ],
  ["a value of the wrong type", ops({ op: "replace", path: "active", value: "maybe" }), "invalidValue"],
  ["no value", ops({ op: "add", path: "title" }), "invalidValue"],
  [
    "a userName that the rules refuse",
    ops({ op: "replace", path: "userName", value: "a b" }),
    "invalidValue",
    /^userName: /,
  ],
  [
    "an email that is none",
    ops({ op: "add", path: "emails", value: [{ value: "nobody", type: "other" }] }),
    "invalidValue",
    /^emails: /,
  ],
  [
    "the third of three",
    ops(
      { op: "replace", path: "title", value: "never" },
      { op: "add", path: "nickName", value: "never" },
      { op: "replace", path: "active", value: "no" },
    ),
    "invalidValue",
    /Operations\[2\]/,
  ],
];

test.each(refusals)(
  "[P1] §1.7 RFC 7644 §3.5.2: %s: refused, and nothing is changed",
  async (_title, body, scimType, detail) => {
    const before = await at.scim.get(`/Users/${id}`);
    expectError(await at.scim.patch(`/Users/${id}`, body), 400, scimType, detail);
    expect((await at.scim.get(`/Users/${id}`)).text).toBe(before.text);
  },
);

test("[P1] §1.7 RFC 7644 §3.5.2: a userName that is taken is 409 uniqueness", async () => {
  await made(at.scim, person("patch-taken"));
  const body = ops({ op: "replace", path: "userName", value: "PATCH-taken" });
  expectError(await at.scim.patch(`/Users/${id}`, body), 409, "uniqueness", /^userName: /);
});

test("[P1] §1.7 RFC 7644 §3.5.2: with attributes the answer has these alone", async () => {
  const answer = await at.scim.patch(
    `/Users/${id}?attributes=title`,
    ops({ op: "replace", path: "title", value: "Chosen" }),
  );
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ schemas: [core], id, title: "Chosen" });
});

test("[P1] §1.7 RFC 7644 §3.5.2: somebody whose stored email today's rules refuse can still be deactivated", async () => {
  const who = await somebody();
  await at.server.house.db.run(
    `update users set resource = jsonb_set(resource, '{emails,0,value}', '"not an email"') where id = $1`,
    [who],
  );
  const answer = await at.scim.patch(`/Users/${who}`, ops({ op: "replace", path: "active", value: false }));
  expect(answer.body.active).toBe(false);
});
