import SCIMMY from "scimmy";
import { expect, test } from "vitest";
import { atServer } from "./support/at-server.ts";
import { enterprise, made, ops, person, team } from "./support/scim-client.ts";
import type { Body } from "./support/scim-client.ts";

/**
 * An implementation of SCIM that is not ours (scimmy, from the npm registry) builds what is sent, reads what comes back
 * and refuses what its schemas do not allow, applies each PATCH itself, and evaluates each filter on the answers.
 */
const at = atServer();
const { Messages, Schemas, Types } = SCIMMY;
Schemas.User.definition.extend(Schemas.EnterpriseUser.definition, false);

/** What SCIMMY makes of a message or resource, as it goes over the wire. */
const wire = (built: object): Body => JSON.parse(JSON.stringify(built));
const readUser = (body: Body): Body => wire(new Schemas.User(body, "out"));
const readGroup = (body: Body): Body => wire(new Schemas.Group(body, "out"));

/** Without what the server adds, and empty lists, in one order. */
function plain(resource: Body): Body {
  const { meta: _meta, schemas: _schemas, displayName: _displayName, ...rest } = resource;
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => !(Array.isArray(value) && value.length === 0)));
}

const full = {
  name: { givenName: "Sc", familyName: "Immy", honorificPrefix: "Dr." },
  title: "T",
  active: true,
  emails: [
    { value: "work@x.example", type: "work", primary: true },
    { value: "home@x.example", type: "home" },
  ],
  phoneNumbers: [{ value: "tel:+1-201-555-0123", type: "work" }],
  [enterprise]: { department: "D", employeeNumber: "7" },
};

test("[P1] §1.11 scimmy reads the discovery documents", async () => {
  const { body } = await at.scim.get("/ServiceProviderConfig");
  expect(() => Schemas.ServiceProviderConfig.definition.coerce({ ...body }, "out")).not.toThrow();
  for (const type of (await at.scim.get("/ResourceTypes")).body.Resources) {
    expect(() => Schemas.ResourceType.definition.coerce({ ...type }, "out")).not.toThrow();
  }
  const { Resources } = (await at.scim.get("/Schemas")).body;
  const names = (attributes: Body[]): string[] => attributes.map((one) => one.name).toSorted();
  for (const [ours, theirs] of [
    [Schemas.User.definition.id, Schemas.User.definition],
    [enterprise, Schemas.EnterpriseUser.definition],
    [Schemas.Group.definition.id, Schemas.Group.definition],
  ] as const) {
    const document = Resources.find((one: { id: string }) => one.id === ours);
    const described = (wire(theirs.describe()) as { attributes: Body[] }).attributes;
    expect(names(document.attributes)).toEqual(names(described));
  }
});

test("[P1] §1.1 scimmy makes a user, finds it, reads it, replaces and deletes it", async () => {
  const sent = wire(new Schemas.User({ userName: "scimmy-1", ...full }, "in"));
  const posted = await at.scim.post("/Users", sent);
  expect(posted.status, posted.text).toBe(201);
  const user = readUser(posted.body);
  expect(user).toMatchObject({ userName: "scimmy-1", ...full });
  const filter = 'userName eq "SCIMMY-1" and emails[type eq "work" and value ew ".example"]';
  const { body } = await at.scim.find("Users", filter);
  const page = new Messages.ListResponse(body);
  expect([page.totalResults, page.Resources.length, page.startIndex]).toEqual([1, 1, 1]);
  expect(new Types.Filter('title eq "T" and emails[type eq "work"]').match(body.Resources)).toHaveLength(1);
  const put = await at.scim.put(`/Users/${posted.body.id}`, wire(new Schemas.User({ ...user, title: "U" }, "in")));
  expect([put.status, readUser(put.body)["title"]]).toEqual([200, "U"]);
  expect((await at.scim.delete(`/Users/${posted.body.id}`)).status).toBe(204);
});

const patches: unknown[][] = [
  [{ op: "replace", path: "title", value: "U" }],
  [{ op: "add", path: "nickName", value: "N" }],
  [{ op: "add", path: "emails", value: [{ value: "other@x.example", type: "other" }] }],
  [{ op: "replace", path: 'emails[type eq "home"].value', value: "new@x.example" }],
  [{ op: "remove", path: 'emails[type eq "home"]' }],
  [{ op: "remove", path: 'emails[type eq "work"].primary' }],
  [{ op: "replace", path: "name.familyName", value: "Other" }],
  // Not `replace` of a whole complex attribute: scimmy drops the parts that are not given, RFC 7644 §3.5.2.3 keeps them.
  [{ op: "remove", path: "name.honorificPrefix" }],
  [{ op: "replace", value: { title: "U", nickName: "M" } }],
  [{ op: "add", value: { userType: "X" } }],
  [{ op: "replace", path: `${enterprise}:department`, value: "E" }],
  [{ op: "remove", path: `${enterprise}:employeeNumber` }],
  [
    { op: "remove", path: "title" },
    { op: "add", path: "title", value: "V" },
  ],
  [{ op: "remove", path: "phoneNumbers" }],
  [{ op: "replace", path: "active", value: false }],
];

test.each(patches.map((operations) => [JSON.stringify(operations), operations] as const))(
  "[P1] §1.7 scimmy makes the same of %s",
  async (_text, operations) => {
    count += 1;
    const id = await made(at.scim, person(`scimmy-patch-${count}`, full));
    const message = new Messages.PatchOp(ops(...operations) as ConstructorParameters<typeof Messages.PatchOp>[0]);
    const before = readUser((await at.scim.get(`/Users/${id}`)).body);
    const expected = await message.apply(new Schemas.User(before, "out"));
    const answer = await at.scim.patch(`/Users/${id}`, wire(message));
    expect(answer.status, answer.text).toBe(200);
    expect(plain(readUser(answer.body))).toEqual(plain(readUser(wire(expected ?? before))));
  },
);
let count = 0;

test("[P1] §1.3 scimmy makes a group, changes its members and reads it", async () => {
  const [one, two] = [await made(at.scim, person("scimmy-m1")), await made(at.scim, person("scimmy-m2"))];
  const sent = wire(new Schemas.Group({ displayName: "SCIMMY", members: [{ value: one }] }, "in"));
  const posted = await at.scim.post("/Groups", sent);
  expect(readGroup(posted.body)["members"]).toMatchObject([{ value: one, type: "User" }]);
  const message = new Messages.PatchOp(
    ops(
      { op: "add", path: "members", value: [{ value: two }] },
      { op: "remove", path: `members[value eq "${one}"]` },
    ) as ConstructorParameters<typeof Messages.PatchOp>[0],
  );
  const patched = await at.scim.patch(`/Groups/${posted.body.id}?attributes=displayName,members`, wire(message));
  expect(readGroup(patched.body)["members"]).toMatchObject([{ value: two }]);
});

test("[P1] §1.8 scimmy reads what bulk answers", async () => {
  const id = await made(at.scim, team("scimmy bulk"));
  const { body } = await at.scim.post("/Bulk", {
    schemas: [Messages.BulkRequest.id],
    Operations: [
      { method: "POST", path: "/Users", bulkId: "a", data: person("scimmy-bulk") },
      { method: "DELETE", path: `/Groups/${id}` },
      { method: "DELETE", path: "/Users/x" },
    ],
  });
  const answer = new Messages.BulkResponse(body);
  expect(answer.Operations.map((one: Body) => one.status)).toEqual(["201", "204", "404"]);
});

test("[P1] §1.10 scimmy takes every refusal for the error that it is", async () => {
  await made(at.scim, person("scimmy-taken"));
  for (const [answer, status, scimType] of [
    [await at.scim.get("/Users/x"), 404, undefined],
    [await at.scim.post("/Users", person("SCIMMY-taken")), 409, "uniqueness"],
    [await at.scim.find("Users", "x"), 400, "invalidFilter"],
    [await at.scim.post("/Users", { schemas: [Schemas.User.definition.id] }), 400, "invalidValue"],
    [await at.scim.get("/Users", { authorization: "" }), 401, undefined],
  ] as const) {
    // It throws what a client throws that meets such an answer.
    expect(() => new Messages.ErrorResponse(answer.body)).toThrow(
      expect.objectContaining({
        name: "SCIMError",
        status: String(status),
        ...(scimType === undefined ? {} : { scimType }),
      }),
    );
  }
});
