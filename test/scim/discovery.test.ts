import { expect, test } from "vitest";
import { atServer } from "./support/at-server.ts";
import { scimClient, core, enterprise, expectError, groupUrn } from "./support/scim-client.ts";
import type { Answer } from "./support/scim-client.ts";
import { baseUrl } from "./support/scim-server.ts";

const at = atServer();

async function anonymous(path: string): Promise<Answer> {
  return await scimClient(at.server.origin, { id: "", token: "" }).send("GET", path, {
    headers: { authorization: "" },
  });
}

test("[P1] §1.11 RFC 7643 §5: ServiceProviderConfig is one object, readable without a token, and true", async () => {
  const answer = await anonymous("/ServiceProviderConfig");
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("application/scim+json; charset=utf-8");
  expect(answer.body).toEqual({
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
    patch: { supported: true },
    bulk: { supported: true, maxOperations: 1000, maxPayloadSize: 10_485_760 },
    filter: { supported: true, maxResults: 1000 },
    changePassword: { supported: false },
    sort: { supported: true },
    etag: { supported: true },
    pagination: {
      cursor: true,
      index: true,
      defaultPaginationMethod: "index",
      defaultPageSize: 100,
      maxPageSize: 1000,
      cursorTimeout: 86_400,
    },
    authenticationSchemes: [
      expect.objectContaining({ type: "oauthbearertoken", primary: true }),
      {
        type: "oauth2",
        name: "OAuth 2.0 client credentials",
        description: expect.stringContaining("/oauth/token"),
        specUri: "https://www.rfc-editor.org/rfc/rfc6749#section-4.4",
      },
    ],
    meta: { resourceType: "ServiceProviderConfig", location: `${baseUrl}/ServiceProviderConfig` },
  });
});

test("[P4] §1.11 RFC 7643 §5: changePassword says whether this directory's passwords are used", async () => {
  expect((await at.scim.get("/ServiceProviderConfig")).body.changePassword).toEqual({ supported: false });
  const other = await at.server.connect({ ownPasswords: true });
  expect((await other.get("/ServiceProviderConfig")).body.changePassword).toEqual({ supported: true });
});

test("[P1] §1.1 RFC 7644 §4: ResourceTypes: all as a list, one bare", async () => {
  const { body } = await anonymous("/ResourceTypes");
  expect(body).toMatchObject({ totalResults: 2, itemsPerPage: 2, startIndex: 1 });
  expect(body.Resources.map((type: { endpoint: string }) => type.endpoint)).toEqual(["/Users", "/Groups"]);
  const user = await anonymous("/ResourceTypes/User");
  expect(user.body).toEqual(body.Resources[0]);
  expect(user.body).toMatchObject({
    id: "User",
    schema: core,
    schemaExtensions: [{ schema: enterprise, required: false }],
    meta: { location: `${baseUrl}/ResourceTypes/User` },
  });
});

test("[P1] §1.1 RFC 7644 §4: Schemas: all as a list, one bare, in any case, without nulls", async () => {
  const { body, text } = await anonymous("/Schemas");
  const ids = body.Resources.map((schema: { id: string }) => schema.id);
  expect(ids).toEqual(expect.arrayContaining([core, enterprise, groupUrn]));
  expect(body.totalResults).toBe(ids.length);
  expect(text).not.toContain("null");
  for (const id of [core, core.toUpperCase()]) expect((await anonymous(`/Schemas/${id}`)).body.id).toBe(core);
  const attribute = (name: string) =>
    body.Resources[ids.indexOf(core)].attributes.find((one: { name: string }) => one.name === name);
  expect(attribute("userName")).toMatchObject({ required: true, caseExact: false, uniqueness: "server" });
  expect(attribute("password")).toMatchObject({ mutability: "writeOnly", returned: "never" });
  expect(attribute("groups")).toMatchObject({ mutability: "readOnly", multiValued: true });
});

test("[P1] §1.1 RFC 7644 §4: filters are refused with 403, paging and sorting are ignored", async () => {
  for (const path of ["/Schemas", "/ResourceTypes", "/ServiceProviderConfig"]) {
    if (path !== "/ServiceProviderConfig") {
      expectError(await anonymous(`${path}?filter=id%20pr`), 403);
      const paged = await anonymous(`${path}?startIndex=2&count=1&sortBy=id`);
      expect(paged.body).toEqual((await anonymous(path)).body);
    }
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      const answer = await at.scim.send(method, path, method === "DELETE" ? {} : { body: "{}" });
      expectError(answer, 405);
      expect(answer.headers.get("allow")).toBe("GET");
    }
  }
});

test("[P1] §1.1 RFC 7644 §4: what is not there is 404", async () => {
  for (const path of ["/Schemas/urn:x", "/ResourceTypes/Printer", "/ServiceProviderConfig/x"]) {
    expectError(await at.scim.get(path), 404);
  }
});

test("[P1] §1.1 RFC 7644 §3.11: /Me is 501, for every method", async () => {
  for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) expectError(await at.scim.send(method, "/Me"), 501);
});
