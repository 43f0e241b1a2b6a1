import { expect, test } from "vitest";
import { enterpriseUserSchema } from "./enterprise-user-schema.ts";
import type { JsonObject } from "./json.ts";
import { needsAttribute, project, type ProjectionRequest } from "./project.ts";
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
        { name: "badge", returned: "always" },
        { name: "notes", returned: "request" },
        {
          name: "seats",
          type: "complex",
          multiValued: true,
          subAttributes: [
            { name: "value", returned: "always" },
            { name: "row" },
            { name: "code", returned: "request" },
            { name: "key", returned: "never" },
          ],
        },
      ],
    },
  },
]);

const ada: JsonObject = {
  schemas: [core, enterprise, gatehouseUserUrn],
  id: "1",
  externalId: "x",
  userName: "ada",
  password: "secret",
  name: { givenName: "Ada", familyName: "L" },
  emails: [{ value: "a@example.com", type: "work" }, { value: "b@example.com" }],
  roles: [],
  internal: "never heard of",
  [enterprise]: { department: "R", manager: { value: "m", displayName: "M" } },
  [gatehouseUserUrn]: { badge: "b", notes: "n", seats: [{ value: "1", row: "A", code: "c", key: "k" }] },
  meta: { resourceType: "User", version: 'W/"1"' },
};
const badge = { [gatehouseUserUrn]: { badge: "b" } };

const views: [title: string, request: ProjectionRequest, seen: JsonObject][] = [
  [
    "attributes: always comes along",
    { attributes: ["userName"] },
    { schemas: [core, gatehouseUserUrn], id: "1", userName: "ada", ...badge },
  ],
  [
    "attributes: any case and spaces",
    { attributes: [" USERNAME ", "Name.GIVENNAME"] },
    { schemas: [core, gatehouseUserUrn], id: "1", userName: "ada", name: { givenName: "Ada" }, ...badge },
  ],
  [
    "attributes: by URN",
    { attributes: [`${core}:userName`, `${enterprise}:manager.value`] },
    {
      schemas: [core, enterprise, gatehouseUserUrn],
      id: "1",
      userName: "ada",
      [enterprise]: { manager: { value: "m" } },
      ...badge,
    },
  ],
  [
    "attributes: a whole extension",
    { attributes: [enterprise] },
    {
      schemas: [core, enterprise, gatehouseUserUrn],
      id: "1",
      [enterprise]: { department: "R", manager: { value: "m", displayName: "M" } },
      ...badge,
    },
  ],
  [
    "attributes: sub-attributes of all elements",
    { attributes: ["emails.type"] },
    { schemas: [core, gatehouseUserUrn], id: "1", emails: [{ type: "work" }], ...badge },
  ],
  [
    "attributes: the whole wins over a part",
    { attributes: ["name.givenName", "name"] },
    { schemas: [core, gatehouseUserUrn], id: "1", name: { familyName: "L", givenName: "Ada" }, ...badge },
  ],
  [
    "attributes: on request only",
    { attributes: [`${gatehouseUserUrn}:notes`, `${gatehouseUserUrn}:seats.code`] },
    {
      schemas: [core, gatehouseUserUrn],
      id: "1",
      [gatehouseUserUrn]: { badge: "b", notes: "n", seats: [{ value: "1", code: "c" }] },
    },
  ],
  [
    "attributes: never means never",
    { attributes: ["password", `${gatehouseUserUrn}:seats.key`] },
    { schemas: [core, gatehouseUserUrn], id: "1", [gatehouseUserUrn]: { badge: "b", seats: [{ value: "1" }] } },
  ],
  [
    "attributes: unknown names mean nothing",
    { attributes: ["shoeSize"] },
    { schemas: [core, gatehouseUserUrn], id: "1", ...badge },
  ],
  [
    "excludedAttributes: what is always returned stays",
    { excludedAttributes: ["id", "userName", "name", "emails", "externalId", "meta", enterprise, gatehouseUserUrn] },
    { schemas: [core, gatehouseUserUrn], id: "1", ...badge },
  ],
  [
    "excludedAttributes: sub-attributes",
    { attributes: ["name", "emails"], excludedAttributes: ["name.familyName", "emails.type"] },
    {
      schemas: [core, gatehouseUserUrn],
      id: "1",
      name: { givenName: "Ada" },
      emails: [{ value: "a@example.com" }, { value: "b@example.com" }],
      ...badge,
    },
  ],
];

test.each(views)("§3.9 %s", (_title, request, seen) => {
  expect(project(ada, type, request)).toEqual(seen);
});

test("§3.9 by default all is returned but secrets, what must be asked for, and what no schema knows", () => {
  const { password: _secret, internal: _internal, roles: _empty, ...rest } = ada;
  const seen = project(ada, type);
  expect(seen).toEqual({ ...rest, [gatehouseUserUrn]: { badge: "b", seats: [{ value: "1", row: "A" }] } });
  expect(Object.keys(seen).at(0)).toBe("schemas");
  expect(Object.keys(seen).at(-1)).toBe("meta");
});

test("§3.9 the resource is not changed", () => {
  const copy = structuredClone(ada);
  project(ada, type, { attributes: ["name.givenName"] });
  expect(ada).toEqual(copy);
});

test("§3.9 the server learns which attributes it need not load", () => {
  const needs = (request: ProjectionRequest) => needsAttribute(groupType(), request, "members");
  expect(needs({})).toBe(true);
  expect(needs({ excludedAttributes: ["Members"] })).toBe(false);
  expect(needs({ excludedAttributes: ["members.display"] })).toBe(true);
  expect(needs({ excludedAttributes: ["urn:ietf:params:scim:schemas:core:2.0:Group:members"] })).toBe(false);
  expect(needs({ attributes: ["displayName"] })).toBe(false);
  expect(needs({ attributes: ["members.value"] })).toBe(true);
  expect(needsAttribute(type, { attributes: ["groups.display"] }, "groups.value")).toBe(false);
  expect(needsAttribute(type, {}, "password")).toBe(false);
  expect(() => needsAttribute(type, {}, "nothing")).toThrow("User has no attribute nothing");
});
