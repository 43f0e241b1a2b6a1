import { describe, expect, test } from "vitest";
import { atServer } from "./support/at-server.ts";
import { core, enterprise, expectError, groupUrn, made, ops, person, team } from "./support/scim-client.ts";

const at = atServer();

describe("[P3] §2.3 OneLogin", () => {
  const schemas = ["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"];
  const accept = { accept: "application/json" };

  test("[P3] §2.3 OneLogin: plus signs for spaces, an ampersand at the end, application/json wanted and given", async () => {
    await made(at.scim, person("one@example.com"));
    const answer = await at.scim.get("/Users?filter=userName+eq+%22one@example.com%22&", accept);
    expect([answer.status, answer.body.totalResults]).toEqual([200, 1]);
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect((await at.scim.get("/Users?filter=userName+eq+%22nobody%22&", accept)).body.Resources).toEqual([]);
  });

  test("[P3] §2.3 OneLogin: its own schema URNs mean ours, in POST and in PUT with a question mark at the end", async () => {
    const sent = {
      schemas,
      userName: "onelogin",
      name: { givenName: "A", familyName: "B" },
      "urn:scim:schemas:extension:enterprise:2.0": { department: "D" },
      emails: [{ value: "onelogin@example.com", type: "work", primary: true }],
      phoneNumbers: [{ value: null, type: "work" }],
    };
    const answer = await at.scim.post("/Users", sent, { ...accept, "content-type": "application/json" });
    expect(answer.status, answer.text).toBe(201);
    expect(answer.body).toMatchObject({ schemas: [core, enterprise], [enterprise]: { department: "D" } });
    const put = await at.scim.put(`/Users/${answer.body.id}?`, { ...sent, active: false }, accept);
    expect([put.status, put.body.active]).toEqual([200, false]);
  });

  test("[P3] §2.3 OneLogin: groups by POST and PATCH, and the user deleted", async () => {
    const user = await made(at.scim, person("onelogin-2"));
    const group = await made(at.scim, { schemas: ["urn:scim:schemas:core:2.0"], displayName: "One group" });
    const add = {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
      Operations: [{ op: "add", path: "members", value: [{ value: user }] }],
    };
    expect((await at.scim.patch(`/Groups/${group}`, add, accept)).status).toBe(204);
    expect((await at.scim.delete(`/Users/${user}?`, accept)).status).toBe(204);
    expect((await at.scim.get("/Groups", accept)).status).toBe(200);
  });
});

test("[P3] §2.4 JumpCloud: the activation test makes a user and a group, and deletes both", async () => {
  const user = await made(
    at.scim,
    person("jumpcloud-test", { emails: [{ value: "t@jumpcloud.example" }], active: true }),
  );
  const group = await made(at.scim, team("jumpcloud-test"));
  expect(
    (await at.scim.patch(`/Groups/${group}`, ops({ op: "add", path: "members", value: [{ value: user }] }))).status,
  ).toBe(204);
  expect((await at.scim.delete(`/Users/${user}`)).status).toBe(204);
  expect((await at.scim.delete(`/Groups/${group}`)).status).toBe(204);
});

test("[P3] §2.6 SailPoint: add of active false disables", async () => {
  const id = await made(at.scim, person("sailpoint"));
  expect((await at.scim.patch(`/Users/${id}`, ops({ op: "add", value: { active: false } }))).body.active).toBe(false);
});

test("[P3] §2.5 Google: who is suspended can be deleted later, and who is active as well", async () => {
  const id = await made(at.scim, person("google"));
  await at.scim.patch(`/Users/${id}`, ops({ op: "replace", path: "active", value: false }));
  expect((await at.scim.delete(`/Users/${id}`)).status).toBe(204);
});

test("[P3] §2.6 rauthy: externalId first, then userName; an empty externalId lets go", async () => {
  const id = await made(at.scim, person("rauthy@example.com", { externalId: "r-1" }));
  expect((await at.scim.find("Users", 'externalId eq "r-1"')).body.totalResults).toBe(1);
  const put = await at.scim.put(`/Users/${id}`, person("rauthy@example.com", { externalId: "" }));
  expect(put.body).not.toHaveProperty("externalId");
  expect((await at.scim.find("Users", 'externalId eq "r-1"')).body.totalResults).toBe(0);
  expect((await at.scim.find("Users", "externalId pr")).body.totalResults).toBe(0);
});

test("[P3] §2.6 Atlassian: a patch of unchanged emails succeeds", async () => {
  const emails = [{ value: "same@example.com", type: "work", primary: true }];
  const id = await made(at.scim, person("atlassian", { emails }));
  const answer = await at.scim.patch(`/Users/${id}`, ops({ op: "replace", path: "emails", value: emails }));
  expect([answer.status, answer.headers.get("etag")]).toEqual([200, 'W/"1"']);
});

test("[P3] §2.2 fleet: one unknown member refuses a push with a sentence that names it, and nothing is half done", async () => {
  const user = await made(at.scim, person("fleet"));
  const group = await made(at.scim, team("Fleet"));
  const unknown = "01900000-0000-7000-8000-00000000ffff";
  const body = ops({ op: "add", path: "members", value: [{ value: user }, { value: unknown }] });
  expectError(await at.scim.patch(`/Groups/${group}`, body), 400, "invalidValue", new RegExp(unknown));
  expect((await at.scim.get(`/Groups/${group}`)).body).not.toHaveProperty("members");
});

test("[P4] §2.1 each habit is a switch of the directory: off, the RFC is read strictly", async () => {
  const client = await at.server.connect();
  const off = async (...names: string[]) =>
    await at.server.house.db.run("update directories set switches = $2 where id = $1", [
      client.id,
      JSON.stringify(Object.fromEntries(names.map((name) => [name, false]))),
    ]);
  const id = await made(client, person("strict"));
  const path = `/Users/${id}`;
  await off("stringBooleans");
  expectError(await client.patch(path, ops({ op: "Replace", path: "active", value: "False" })), 400, "invalidValue");
  await off("operationCase");
  expectError(await client.patch(path, ops({ op: "Replace", path: "active", value: false })), 400, "invalidSyntax");
  await off("createOnFilterMiss");
  expectError(
    await client.patch(path, ops({ op: "replace", path: 'emails[type eq "work"].value', value: "x@y.example" })),
    400,
    "noTarget",
  );
  await off("shapes");
  expectError(
    await client.patch(path, ops({ op: "add", path: `${enterprise}:manager`, value: "x" })),
    400,
    "invalidValue",
  );
  await off("flatNames");
  expectError(await client.patch(path, ops({ op: "replace", value: { "name.givenName": "K" } })), 400, "invalidPath");
  await off("foreignSchemas");
  expectError(
    await client.post("/Users", { schemas: ["urn:scim:schemas:core:2.0"], userName: "x" }),
    400,
    "invalidValue",
  );
  await off("removeWithValue");
  const group = await made(client, team("Strict", { members: [{ value: id }] }));
  await client.patch(
    `/Groups/${group}`,
    ops({ op: "remove", path: "members", value: [{ value: "01900000-0000-7000-8000-00000000ffff" }] }),
  );
  expect((await client.get(`/Groups/${group}`)).body).not.toHaveProperty("members");
  await off();
  expect((await client.patch(path, ops({ op: "Replace", path: "active", value: "False" }))).body.active).toBe(false);
  expect((await client.get(`/Groups/${group}`)).body.schemas).toEqual([groupUrn]);
});
