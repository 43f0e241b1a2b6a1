import { beforeAll, describe, expect, test } from "vitest";
import { atServer } from "./support/at-server.ts";
import { core, expectError, groupUrn, made, ops, person, team } from "./support/scim-client.ts";

const at = atServer();

/** A user as Okta creates it, with a password that nobody asked for. */
function oktaUser(userName: string, more: Record<string, unknown> = {}) {
  return {
    schemas: [core],
    userName,
    name: { givenName: "Test", familyName: "User" },
    emails: [{ primary: true, value: userName, type: "work" }],
    displayName: "Test User",
    locale: "en-US",
    externalId: `00u${userName}`,
    groups: [],
    password: "1mz050nq",
    active: true,
    ...more,
  };
}

describe("[P3] §2.2 Okta: the twelve requests of the spec test", () => {
  let first: { id: string; userName: string };
  const random = "runscope300hyzvfs2p1mz050nq@atko.com";

  beforeAll(async () => {
    first = { id: await made(at.scim, oktaUser("existing@example.com")), userName: "existing@example.com" };
  });

  test("[P3] §2.2 Okta 1: GET /Users?count=1&startIndex=1 gives a complete user and numbers", async () => {
    const { status, body } = await at.scim.get("/Users?count=1&startIndex=1");
    expect(status).toBe(200);
    expect(body.schemas).toContain("urn:ietf:params:scim:api:messages:2.0:ListResponse");
    for (const name of ["itemsPerPage", "startIndex", "totalResults"]) expect(Number.isInteger(body[name])).toBe(true);
    const [user] = body.Resources;
    expect(user).toMatchObject({
      id: expect.any(String),
      name: { familyName: expect.any(String), givenName: expect.any(String) },
      userName: expect.any(String),
      active: expect.any(Boolean),
      emails: [{ value: expect.any(String) }],
    });
  });

  test("[P3] §2.2 Okta 2: GET of that user", async () => {
    const { status, body } = await at.scim.get(`/Users/${first.id}`);
    expect([status, body.id, body.userName]).toEqual([200, first.id, first.userName]);
  });

  test("[P3] §2.2 Okta 3, 5: a filter by a userName that nobody has gives totalResults 0", async () => {
    for (const name of [random, "not-existing-user"]) {
      const { status, body } = await at.scim.find("Users", `userName eq "${name}"`, "&startIndex=1&count=100");
      expect([status, body.totalResults]).toEqual([200, 0]);
    }
  });

  test("[P3] §2.2 Okta 4, 12: an unknown id is 404 with an Error body", async () => {
    for (const id of ["010101001010101011001010101011", "00919288221112222"]) {
      const answer = await at.scim.get(`/Users/${id}`);
      expectError(answer, 404);
      expect(answer.body.status).toBe("404");
    }
  });

  test("[P3] §2.2 Okta 6 to 9: create, read, create again is 409, find in capitals", async () => {
    const created = await at.scim.post("/Users", oktaUser(random));
    expect(created.status).toBe(201);
    expect(created.headers.get("content-type")).toContain("application/scim+json");
    expect(created.body).toMatchObject({
      active: true,
      userName: random,
      name: { familyName: "User", givenName: "Test" },
      schemas: [core],
    });
    expect(created.text).not.toContain('1mz050nq"');
    const read = await at.scim.get(`/Users/${created.body.id}`);
    expect(read.body).toMatchObject({ userName: random, name: { familyName: "User", givenName: "Test" } });
    expectError(await at.scim.post("/Users", oktaUser(random)), 409, "uniqueness");
    const found = await at.scim.find("Users", `userName eq "${random.toUpperCase()}"`);
    expect([found.status, found.body.totalResults]).toEqual([200, 1]);
  });

  test("[P3] §2.2 Okta 10: GET /Groups", async () => {
    expect((await at.scim.get("/Groups")).status).toBe(200);
  });

  test("[P3] §2.2 Okta 11: without a token 401 with an Error body", async () => {
    const answer = await at.scim.get("/Users", { authorization: "" });
    expectError(answer, 401);
    expect(answer.body).toMatchObject({ status: "401", detail: expect.any(String) });
  });
});

describe("[P3] §2.2 Okta: users", () => {
  test("[P3] §2.2 Okta: the credential test, and an import by pages in a stable order", async () => {
    expect((await at.scim.get("/Users?startIndex=1&count=2")).status).toBe(200);
    for (let n = 0; n < 5; n += 1) await made(at.scim, oktaUser(`import-${n}@example.com`));
    const { totalResults } = (await at.scim.get("/Users?count=0")).body;
    const seen: string[] = [];
    for (let startIndex = 1; startIndex <= totalResults; startIndex += 2) {
      const { body } = await at.scim.get(`/Users?startIndex=${startIndex}&count=2`);
      seen.push(...body.Resources.map((user: { id: string }) => user.id));
    }
    expect(new Set(seen).size).toBe(totalResults);
  });

  test("[P3] §2.2 Okta: PUT echoes what was read, with meta, groups and display, and one change", async () => {
    const id = await made(at.scim, oktaUser("put@example.com"));
    await made(at.scim, team("Okta put", { members: [{ value: id, display: "put@example.com" }] }));
    const { body } = await at.scim.get(`/Users/${id}`);
    const answer = await at.scim.put(`/Users/${id}`, {
      ...body,
      name: { givenName: "Another", familyName: "User" },
      groups: [],
    });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({
      id,
      name: { givenName: "Another" },
      externalId: "00uput@example.com",
      groups: [{ display: "Okta put" }],
    });
  });

  test("[P3] §2.2 Okta: deactivation and reactivation by PATCH without a path, and by PUT, keep the id", async () => {
    const id = await made(at.scim, oktaUser("life@example.com"));
    for (const active of [false, true]) {
      const answer = await at.scim.patch(`/Users/${id}`, ops({ op: "replace", value: { active } }));
      expect([answer.status, answer.body.active, answer.body.id]).toEqual([200, active, id]);
    }
    for (const active of [false, true]) {
      const answer = await at.scim.put(`/Users/${id}`, oktaUser("life@example.com", { active, id }));
      expect([answer.status, answer.body.active, answer.body.id]).toEqual([200, active, id]);
    }
  });

  test("[P3] §2.2 Okta: a password by PATCH is accepted; it is used only where that is switched on", async () => {
    const id = await made(at.scim, oktaUser("sync@example.com"));
    const answer = await at.scim.patch(`/Users/${id}`, ops({ op: "replace", value: { password: "t1meMa$heen" } }));
    expect(answer.status).toBe(200);
    expect(answer.text).not.toContain("t1meMa");
  });

  test("[P3] §2.2 Okta: empty values clear", async () => {
    const id = await made(at.scim, oktaUser("empty@example.com", { title: "T" }));
    const answer = await at.scim.put(
      `/Users/${id}`,
      oktaUser("empty@example.com", { title: null, externalId: "", locale: "" }),
    );
    expect(answer.status, answer.text).toBe(200);
    for (const name of ["title", "externalId", "locale"]) expect(answer.body).not.toHaveProperty(name);
  });
});

describe("[P3] §2.2 Okta: groups", () => {
  async function pushed(name: string, members: string[]): Promise<string> {
    return await made(at.scim, {
      schemas: [groupUrn],
      displayName: name,
      members: members.map((value) => ({ value, display: "x@example.com" })),
    });
  }

  async function membersOf(id: string): Promise<string[]> {
    const { body } = await at.scim.get(`/Groups/${id}`);
    return (body.members ?? []).map((member: { value: string }) => member.value);
  }

  test("[P3] §2.2 Okta: a push begins with members [], and renames with the id in the value", async () => {
    const answer = await at.scim.post("/Groups", { schemas: [groupUrn], displayName: "Pushed", members: [] });
    const { id } = answer.body;
    expect(answer.status).toBe(201);
    const renamed = await at.scim.patch(
      `/Groups/${id}`,
      ops({ op: "replace", value: { id, displayName: "Pushed again" } }),
    );
    expect(renamed.status).toBe(204);
    expect((await at.scim.get(`/Groups/${id}`)).body.displayName).toBe("Pushed again");
  });

  test("[P3] §2.2 Okta: rename, remove and add in one PATCH; then a full push; then the unlink", async () => {
    const people = [];
    for (let n = 0; n < 4; n += 1) people.push(await made(at.scim, oktaUser(`push-${n}@example.com`)));
    const [a = "", b = "", c = "", d = ""] = people;
    const id = await pushed("Push", [a, b]);
    const answer = await at.scim.patch(
      `/Groups/${id}`,
      ops(
        { op: "remove", path: `members[value eq "${a}"]` },
        { op: "add", path: "members", value: [{ value: c, display: "push-2@example.com" }] },
        { op: "replace", value: { id, displayName: "Push 2" } },
      ),
    );
    expect(answer.status).toBe(204);
    expect(await membersOf(id)).toEqual([b, c].toSorted());
    await at.scim.patch(`/Groups/${id}`, ops({ op: "replace", path: "members", value: [{ value: d, display: "x" }] }));
    expect(await membersOf(id)).toEqual([d]);
    const put = await at.scim.put(`/Groups/${id}`, {
      schemas: [groupUrn],
      id,
      displayName: "Push 2",
      members: [{ value: a, display: "x" }],
    });
    expect([put.status, put.body.members.length]).toEqual([200, 1]);
    expect((await at.scim.delete(`/Groups/${id}`)).status).toBe(204);
  });

  test("[P3] §2.2 Okta: groups are matched by displayName", async () => {
    const id = await pushed("Matched", []);
    expect(
      (await at.scim.find("Groups", 'displayName eq "matched"', "&startIndex=1&count=100")).body.Resources[0].id,
    ).toBe(id);
  });
});

test("[P3] §2.2 Okta: the same person is one user, who was here before is found and linked", async () => {
  const id = await made(at.scim, person("linked@example.com"));
  const { body } = await at.scim.find("Users", 'userName eq "linked@example.com"');
  expect(body.Resources[0].id).toBe(id);
  expect((await at.scim.put(`/Users/${id}`, oktaUser("linked@example.com"))).body.id).toBe(id);
});
