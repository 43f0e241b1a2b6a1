import { expect, test } from "vitest";
import { enterpriseUserSchema } from "./enterprise-user-schema.ts";
import type { JsonObject } from "./json.ts";
import { readResource } from "./read-resource.ts";
import { replaceResource } from "./replace-resource.ts";
import { gatehouseUserUrn, userType } from "./resource-type.ts";
import { userSchema } from "./user-schema.ts";

const core = userSchema.id;
const enterprise = enterpriseUserSchema.id;
const type = userType([
  {
    schema: {
      id: gatehouseUserUrn,
      name: "G",
      description: "",
      attributes: [{ name: "badge", mutability: "immutable" }],
    },
  },
]);

const stored: JsonObject = {
  schemas: [core, enterprise, gatehouseUserUrn],
  id: "1",
  externalId: "x",
  userName: "ada",
  title: "T",
  active: false,
  groups: [{ value: "g" }],
  [enterprise]: { department: "R", manager: { value: "m", displayName: "M" } },
  [gatehouseUserUrn]: { badge: "b" },
  meta: { version: 'W/"1"' },
};

function put(sent: JsonObject) {
  return replaceResource(stored, readResource({ schemas: [core], ...sent }, type, "replace").resource, type);
}

test("§3.5.1 what the client leaves out is cleared, except what is readOnly or immutable, and active", () => {
  expect(put({ userName: "eva" })).toEqual({
    resource: {
      schemas: [core, gatehouseUserUrn],
      id: "1",
      userName: "eva",
      active: false,
      groups: [{ value: "g" }],
      [gatehouseUserUrn]: { badge: "b" },
      meta: { version: 'W/"1"' },
    },
    changed: true,
  });
});

test("§3.5.1 Okta echoes what it got, and nothing changes", () => {
  expect(put({ ...stored, groups: [] })).toEqual({ resource: stored, changed: false });
});

test("§3.5.1 an immutable attribute must match", () => {
  expect(put({ userName: "ada", [gatehouseUserUrn]: { badge: "b" } }).resource[gatehouseUserUrn]).toEqual({
    badge: "b",
  });
  expect(() => put({ userName: "ada", [gatehouseUserUrn]: { badge: "c" } })).toThrow(
    expect.objectContaining({ status: 400, scimType: "mutability" }),
  );
});

test("§3.5.1 a new manager comes without the old one's name", () => {
  const resource = put({ userName: "ada", [enterprise]: { manager: { value: "n" } } }).resource;
  expect(resource[enterprise]).toEqual({ manager: { value: "n" } });
});

test("§3.5.1 a password is always a change", () => {
  expect(put({ ...stored, password: "correct horse" }).changed).toBe(true);
});
