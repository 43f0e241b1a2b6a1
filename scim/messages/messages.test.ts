import { expect, test } from "vitest";
import { discoverySchemas } from "../schema/discovery-schemas.ts";
import { groupType, userType } from "../schema/resource-type.ts";
import { listResponse } from "./list-response.ts";
import { resourceTypes } from "./resource-types.ts";
import { schemaDocuments } from "./schema-documents.ts";
import { errorBody, quote, refuse, ScimError } from "./scim-error.ts";
import { serviceProviderConfig } from "./service-provider-config.ts";

const baseUrl = "https://id.example.com/scim/v2";

test("§3.12 an error has its status as a string", () => {
  expect(errorBody(refuse("uniqueness", "userName is taken"))).toEqual({
    schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
    status: "409",
    scimType: "uniqueness",
    detail: "userName is taken",
  });
  expect(errorBody(new ScimError(404, "gone"))).not.toHaveProperty("scimType");
  expect(refuse("sensitive", "").status).toBe(403);
  expect(refuse("invalidFilter", "").status).toBe(400);
});

test("§3.12 what a client sent is quoted in one short line", () => {
  expect(quote('a"b\n')).toBe('"a\\"b\\n"');
  expect(quote("x".repeat(500))).toHaveLength(82);
  expect(quote("\ud800")).toBe('"\ufffd"');
  expect(quote({ a: 1 })).toBe('"an object"');
  expect(quote(null)).toBe('"null"');
});

test("§3.4.2 an empty list has Resources and zero results", () => {
  expect(listResponse({ resources: [], totalResults: 0, startIndex: 1 })).toEqual({
    schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    totalResults: 0,
    startIndex: 1,
    itemsPerPage: 0,
    Resources: [],
  });
});

test("RFC 9865 §2 a page by cursor names its neighbours and may leave out the total", () => {
  const page = listResponse({ resources: [{ id: "1" }], nextCursor: "n", previousCursor: "p" });
  expect(page).toEqual({
    schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    itemsPerPage: 1,
    nextCursor: "n",
    previousCursor: "p",
    Resources: [{ id: "1" }],
  });
});

test("RFC 7643 §5 the configuration has the limits of bulk even when bulk is off", () => {
  const config = serviceProviderConfig({
    baseUrl,
    patch: true,
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: 200 },
    changePassword: true,
    sort: true,
    etag: true,
    pagination: { cursor: true, index: true, defaultPaginationMethod: "index" },
    authenticationSchemes: [{ type: "oauthbearertoken", name: "Bearer", description: "A token", primary: true }],
  });
  expect(config).toMatchObject({
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    pagination: { defaultPaginationMethod: "index" },
    meta: { location: `${baseUrl}/ServiceProviderConfig` },
  });
  expect(config).not.toHaveProperty("documentationUri");
});

test("RFC 7643 §6 each type names its extensions", () => {
  const [user, group] = resourceTypes(baseUrl, [userType(), groupType()]);
  expect(user).toMatchObject({
    id: "User",
    endpoint: "/Users",
    schemaExtensions: [{ schema: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", required: false }],
    meta: { location: `${baseUrl}/ResourceTypes/User` },
  });
  expect(group).toMatchObject({ id: "Group", schemaExtensions: [] });
});

test("RFC 7643 §7 the schemas say all characteristics, and no nulls", () => {
  const documents = schemaDocuments(baseUrl, [userType(), groupType()]);
  expect(documents.map((document) => document["name"])).toEqual(["User", "EnterpriseUser", "Group"]);
  expect(JSON.stringify(documents)).not.toContain("null");
  const [user] = documents;
  expect(user?.["attributes"]).toEqual(
    expect.arrayContaining([
      {
        name: "userName",
        type: "string",
        multiValued: false,
        description: expect.any(String),
        required: true,
        caseExact: false,
        mutability: "readWrite",
        returned: "default",
        uniqueness: "server",
      },
      expect.objectContaining({ name: "password", mutability: "writeOnly", returned: "never" }),
      expect.objectContaining({
        name: "emails",
        subAttributes: expect.arrayContaining([
          expect.objectContaining({ name: "type", canonicalValues: ["work", "home", "other"] }),
        ]),
      }),
    ]),
  );
  expect(user).not.toHaveProperty("attributes.0.subAttributes");
});

test("RFC 7643 §8.7.2 the discovery documents are described as well", () => {
  const documents = schemaDocuments(baseUrl, [userType()], discoverySchemas);
  expect(documents.map((document) => document["id"])).toEqual([
    "urn:ietf:params:scim:schemas:core:2.0:User",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig",
    "urn:ietf:params:scim:schemas:core:2.0:ResourceType",
    "urn:ietf:params:scim:schemas:core:2.0:Schema",
  ]);
});
