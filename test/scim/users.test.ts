import { describe, expect, test } from "vitest";
import { atServer } from "./support/at-server.ts";
import { baseUrl } from "./support/scim-server.ts";
import { core, enterprise, expectError, made, ops, person, team } from "./support/scim-client.ts";

const at = atServer();

describe("[P1] §1.1 RFC 7644 §3.3: create", () => {
  test("[P1] §1.1 RFC 7644 §3.3: POST answers 201, Location = meta.location, ETag = meta.version, and the whole resource", async () => {
    const sent = person("full", {
      externalId: "x-1",
      name: {
        formatted: "Ms. Barbara J Jensen, III",
        familyName: "Jensen",
        givenName: "Barbara",
        middleName: "Jane",
        honorificPrefix: "Ms.",
        honorificSuffix: "III",
      },
      displayName: "Babs Jensen",
      nickName: "Babs",
      profileUrl: "https://login.example.com/bjensen",
      title: "Tour Guide",
      userType: "Employee",
      preferredLanguage: "en-US",
      locale: "en-US",
      timezone: "America/Los_Angeles",
      active: true,
      emails: [
        { value: "bjensen@example.com", type: "work", primary: true },
        { value: "babs@jensen.org", display: "Babs at home", type: "home" },
      ],
      phoneNumbers: [
        { value: "tel:+1-201-555-0123", type: "work" },
        { value: "+1 (555) 555-4444 x12", type: "mobile" },
      ],
      ims: [{ value: "someaimhandle", type: "aim" }],
      photos: [{ value: "https://photos.example.com/profilephoto/72930000000Ccne/F", type: "photo" }],
      addresses: [
        {
          streetAddress: "100 Universal City Plaza",
          locality: "Hollywood",
          region: "CA",
          postalCode: "91608",
          country: "US",
          formatted: "100 Universal City Plaza\nHollywood, CA 91608 USA",
          type: "work",
          primary: true,
        },
      ],
      entitlements: [{ value: "e" }],
      roles: [{ value: "r", type: "of our own making" }],
      x509Certificates: [{ value: "AAECAw==" }],
      [enterprise]: {
        employeeNumber: "701984",
        costCenter: "4130",
        organization: "Universal Studios",
        division: "Theme Park",
        department: "Tour Operations",
      },
    });
    const answer = await at.scim.post("/Users", sent);
    expect(answer.status, answer.text).toBe(201);
    const { id, meta } = answer.body;
    expect(answer.body).toEqual({
      ...sent,
      schemas: [core, enterprise],
      id,
      meta: {
        resourceType: "User",
        created: at.server.house.clock.now.toISOString(),
        lastModified: at.server.house.clock.now.toISOString(),
        location: `${baseUrl}/Users/${id}`,
        version: 'W/"1"',
      },
    });
    expect(answer.headers.get("location")).toBe(meta.location);
    expect(answer.headers.get("etag")).toBe(meta.version);
    expect(answer.headers.get("content-type")).toBe("application/scim+json; charset=utf-8");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const read = await at.scim.get(`/Users/${id}`);
    expect(read.body).toEqual(answer.body);
    expect(read.headers.get("etag")).toBe(meta.version);
  });

  test("[P1] §1.2 RFC 7644 §3.3: id, meta and groups of the client are ignored (RFC 7643 §7 readOnly)", async () => {
    const groups = [{ value: "01900000-0000-7000-8000-000000000000" }];
    const answer = await at.scim.post("/Users", person("ids", { id: "mine", meta: { version: "7" }, groups }));
    expect(answer.status).toBe(201);
    expect(answer.body.id).not.toBe("mine");
    expect(answer.body.meta.version).toBe('W/"1"');
    expect(answer.body).not.toHaveProperty("groups");
  });

  test("[P1] §1.2 RFC 7643 §2.5: null, [] and missing are one state", async () => {
    const answer = await at.scim.post(
      "/Users",
      person("nothing", { title: null, emails: [], addresses: null, roles: [] }),
    );
    expect(answer.status).toBe(201);
    expect(Object.keys(answer.body).toSorted()).toEqual(["active", "displayName", "id", "meta", "schemas", "userName"]);
  });

  test.each([
    ["displayName", { displayName: "D", name: { formatted: "F", givenName: "G" } }, "D"],
    ["name.formatted", { name: { formatted: "F", givenName: "G", familyName: "N" } }, "F"],
    ["given and family name", { name: { givenName: "G", familyName: "N" } }, "G N"],
    ["the family name alone", { name: { familyName: "N" } }, "N"],
    ["userName", { displayName: "" }, "shown-4"],
  ])("[P1] §1.3 RFC 7643 §4.1.1: the display name is %s", async (_title, more, expected) => {
    shown += 1;
    const answer = await at.scim.post("/Users", person(`shown-${shown}`, more));
    expect(answer.body.displayName).toBe(expected);
  });

  test("[P1] §1.2 RFC 7643 §2.1: names of attributes and URNs are read in any case and written in the schema's", async () => {
    const answer = await at.scim.post("/Users", {
      SCHEMAS: [core.toUpperCase()],
      USERNAME: "cases",
      Emails: [{ VALUE: "cases@example.com", Type: "work" }],
      [enterprise.toUpperCase()]: { DEPARTMENT: "R" },
    });
    expect(answer.body).toMatchObject({
      schemas: [core, enterprise],
      userName: "cases",
      emails: [{ value: "cases@example.com", type: "work" }],
      [enterprise]: { department: "R" },
    });
  });

  test("[P1] §1.3 RFC 7643 §3: an extension without data is not there", async () => {
    const answer = await at.scim.post("/Users", {
      ...person("no-extension", { [enterprise]: { department: null } }),
      schemas: [core, enterprise],
    });
    expect(answer.body.schemas).toEqual([core]);
    expect(answer.body).not.toHaveProperty([enterprise]);
  });

  test.each([
    ["no userName", { schemas: [core] }, "invalidValue", /userName/],
    ["an empty userName", person(" "), "invalidValue", /userName/],
    ["a userName that the rules refuse", person("with space"), "invalidValue", /^userName: /],
    ["a userName of another script", person("аdа"), "invalidValue", /^userName: /],
    ["a userName that is too long", person("u".repeat(200)), "invalidValue", /^userName: /],
    [
      "a display name that is too long",
      person("long", { displayName: "d".repeat(300) }),
      "invalidValue",
      /^displayName: /,
    ],
    ["no schemas", { userName: "x" }, "invalidSyntax", /schemas/],
    ["schemas without the core URN", { schemas: [enterprise], userName: "x" }, "invalidValue", /schemas/],
    [
      "two primary emails",
      person("x", {
        emails: [
          { value: "a@b.example", primary: true },
          { value: "c@d.example", primary: true },
        ],
      }),
      "invalidValue",
      /primary/,
    ],
    ["an email that is none", person("x", { emails: [{ value: "nobody" }] }), "invalidValue", /^emails: /],
    ["a number for a string", person("x", { title: 5 }), "invalidValue", /title/],
    ["an object for a string", person("x", { title: {} }), "invalidValue", /title/],
    ["a string for emails", person("x", { emails: 5 }), "invalidValue", /emails/],
    ["a boolean that is none", person("x", { active: "maybe" }), "invalidValue", /active/],
    ["an attribute twice in different case", { ...person("x"), USERNAME: "y" }, "invalidSyntax", /twice/],
    ["an array", [], "invalidSyntax", /object/],
    ["null", null, "invalidSyntax", /object/],
    ["a string", "user", "invalidSyntax", /object/],
  ])("[P1] §1.10 RFC 7644 §3.3: %s is refused, and the place named", async (_title, body, scimType, detail) => {
    const before = (await at.scim.get("/Users?count=0")).body.totalResults;
    expectError(await at.scim.post("/Users", body), 400, scimType, detail);
    expect((await at.scim.get("/Users?count=0")).body.totalResults).toBe(before);
  });

  test("[P1] §1.3 RFC 7643 §4.1.1: a locale or time zone that is none is kept for the client, who is told in the log", async () => {
    const client = await at.server.connect();
    const odd = { locale: "LYYWEQKPDVYO!", timezone: "Mars/Olympus" };
    const id = await made(client, person("odd-places", odd));
    expect((await client.get(`/Users/${id}`)).body).toMatchObject(odd);
    expect((await client.find("Users", 'timezone eq "mars/olympus"')).body.totalResults).toBe(1);
    const row = await at.server.house.db.row("select locale, time_zone from users where id = $1", [id]);
    expect(row).toEqual({ locale: null, time_zone: null });
    const mended = await client.patch(`/Users/${id}`, ops({ op: "replace", value: { locale: "ja-JP", timezone: "" } }));
    expect(mended.body.locale).toBe("ja-JP");
    expect(mended.body).not.toHaveProperty("timezone");
    expect((await client.put(`/Users/${id}`, person("odd-places"))).body).not.toHaveProperty("locale");
    await at.server.flush();
    const [first] = await at.server.house.db.rows<{ coercions: string[] }>(
      "select coercions from directory_requests where directory_id = $1 order by id",
      [client.id],
    );
    expect(first?.coercions).toEqual([
      'locale: "LYYWEQKPDVYO!" is kept as sent, but means nothing here',
      'timezone: "Mars/Olympus" is kept as sent, but means nothing here',
    ]);
  });

  test("[P1] §1.2 RFC 7644 §3.3: a userName that is taken, in any case, is 409 uniqueness", async () => {
    await made(at.scim, person("Taken"));
    expectError(await at.scim.post("/Users", person("tAKEN")), 409, "uniqueness", /^userName: /);
  });

  test("[P1] §1.3 RFC 7644 §3.3: an externalId is unique within its directory, and case exact", async () => {
    await made(at.scim, person("ext-1", { externalId: "E" }));
    expectError(await at.scim.post("/Users", person("ext-2", { externalId: "E" })), 409, "uniqueness", /^externalId: /);
    await made(at.scim, person("ext-3", { externalId: "e" }));
    const other = await at.server.connect();
    await made(other, person("ext-4", { externalId: "E" }));
  });
});

let shown = -1;

describe("[P1] §1.6 RFC 7644 §3.5.1: replace", () => {
  test("[P1] §1.6 RFC 7644 §3.5.1: PUT replaces all that is writable; what is left out is cleared, readOnly is ignored", async () => {
    const id = await made(
      at.scim,
      person("put-1", {
        title: "T",
        externalId: "p1",
        name: { givenName: "G" },
        emails: [{ value: "a@b.example" }],
        [enterprise]: { department: "D" },
      }),
    );
    const answer = await at.scim.put(`/Users/${id}`, {
      ...person("put-1b", { nickName: "N" }),
      id: "other",
      meta: {},
      groups: [],
    });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toEqual({
      schemas: [core],
      id,
      userName: "put-1b",
      displayName: "put-1b",
      nickName: "N",
      active: true,
      meta: expect.objectContaining({ version: 'W/"2"' }),
    });
    expect((await at.scim.get(`/Users/${id}`)).body).toEqual(answer.body);
  });

  test("[P1] §1.6 RFC 7644 §3.5.1: PUT does not ask for an id in the body, and never creates", async () => {
    expectError(await at.scim.put("/Users/01900000-0000-7000-8000-000000000000", person("nobody")), 404);
    expectError(await at.scim.put("/Users/not-an-id", person("nobody")), 404);
    expect((await at.scim.find("Users", 'userName eq "nobody"')).body.totalResults).toBe(0);
  });

  test("[P1] §1.6 RFC 7644 §3.5.1: PUT without active keeps it: an omission re-enables nobody", async () => {
    const id = await made(at.scim, person("put-2", { active: false }));
    expect((await at.scim.put(`/Users/${id}`, person("put-2"))).body.active).toBe(false);
    expect((await at.scim.put(`/Users/${id}`, person("put-2", { active: true }))).body.active).toBe(true);
  });

  test("[P1] §1.6 RFC 7644 §3.5.1: a required attribute must be there; uniqueness is 409; nothing is changed", async () => {
    const id = await made(at.scim, person("put-3", { title: "T" }));
    await made(at.scim, person("put-4"));
    const before = await at.scim.get(`/Users/${id}`);
    expectError(await at.scim.put(`/Users/${id}`, { schemas: [core] }), 400, "invalidValue", /userName/);
    expectError(await at.scim.put(`/Users/${id}`, person("PUT-4")), 409, "uniqueness", /^userName: /);
    expect((await at.scim.get(`/Users/${id}`)).text).toBe(before.text);
  });

  test("[P1] §1.6 RFC 7644 §3.5.1: PUT of the same changes neither version nor lastModified", async () => {
    const id = await made(at.scim, person("put-5", { emails: [{ value: "p5@x.example", type: "work" }] }));
    const before = await at.scim.get(`/Users/${id}`);
    at.server.house.clock.now = new Date(at.server.house.clock.now.getTime() + 1000);
    const answer = await at.scim.put(`/Users/${id}`, before.body);
    expect(answer.body).toEqual(before.body);
  });

  test("[P1] §1.3 RFC 7643 §4.1.1: the userName keeps the case that was sent, and its case can be changed", async () => {
    const id = await made(at.scim, person("CamelCase"));
    expect((await at.scim.get(`/Users/${id}`)).body.userName).toBe("CamelCase");
    expect((await at.scim.put(`/Users/${id}`, person("camelcase"))).body.userName).toBe("camelcase");
  });
});

describe("[P1] §1.12 RFC 7644 §3.6: delete", () => {
  test("[P1] §1.12 RFC 7644 §3.6: DELETE answers 204; afterwards all is 404, lists do not show it, the name is free at once", async () => {
    const id = await made(at.scim, person("gone", { externalId: "gone-1" }));
    const answer = await at.scim.delete(`/Users/${id}`);
    expect([answer.status, answer.text]).toEqual([204, ""]);
    for (const method of ["get", "delete"] as const) expectError(await at.scim[method](`/Users/${id}`), 404);
    expectError(await at.scim.put(`/Users/${id}`, person("gone")), 404);
    expectError(
      await at.scim.patch(`/Users/${id}`, {
        schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        Operations: [{ op: "add", path: "title", value: "x" }],
      }),
      404,
    );
    expect((await at.scim.find("Users", `id eq "${id}"`)).body.totalResults).toBe(0);
    expect((await at.scim.find("Users", 'userName eq "gone"')).body.totalResults).toBe(0);
    const again = await made(at.scim, person("GONE", { externalId: "gone-1" }));
    expect(again).not.toBe(id);
  });

  test("[P1] §1.12 RFC 7644 §3.6: memberships go, and the group's version moves", async () => {
    const [one, two] = [await made(at.scim, person("member-1")), await made(at.scim, person("member-2"))];
    const group = await made(at.scim, team("With members", { members: [{ value: one }, { value: two }] }));
    const before = await at.scim.get(`/Groups/${group}`);
    await at.scim.delete(`/Users/${one}`);
    const after = await at.scim.get(`/Groups/${group}`);
    expect(after.body.members.map((member: { value: string }) => member.value)).toEqual([two]);
    expect(after.headers.get("etag")).not.toBe(before.headers.get("etag"));
  });

  test("[P1] §1.12 RFC 7644 §3.6: those who reported to somebody deleted have no manager, and another version", async () => {
    const boss = await made(at.scim, person("boss"));
    const id = await made(at.scim, person("report", { [enterprise]: { manager: { value: boss } } }));
    const other = await made(
      at.scim,
      person("report-2", { [enterprise]: { manager: { value: boss }, department: "D" } }),
    );
    await at.scim.delete(`/Users/${boss}`);
    const answer = await at.scim.get(`/Users/${id}`);
    expect(answer.body).not.toHaveProperty([enterprise]);
    expect(answer.body.schemas).toEqual([core]);
    expect(answer.headers.get("etag")).toBe('W/"2"');
    expect((await at.scim.get(`/Users/${other}`)).body[enterprise]).toEqual({ department: "D" });
  });
});

describe("[P1] §1.3 RFC 7643 §4.3: manager", () => {
  test("[P1] §1.3 RFC 7643 §4.3: the answer has the manager's address and name; the client's own are ignored", async () => {
    const boss = await made(at.scim, person("boss-2", { displayName: "The Boss" }));
    const manager = { value: boss, $ref: "../Users/elsewhere", displayName: "Somebody" };
    const id = await made(at.scim, person("report-3", { [enterprise]: { manager } }));
    const { body } = await at.scim.get(`/Users/${id}`);
    expect(body[enterprise].manager).toEqual({
      value: boss,
      $ref: `${baseUrl}/Users/${boss}`,
      displayName: "The Boss",
    });
    // What was read can be sent back without changing anything.
    expect((await at.scim.put(`/Users/${id}`, body)).headers.get("etag")).toBe('W/"1"');
  });

  test("[P1] §1.3 RFC 7643 §4.3: a manager who is not known here is kept as sent", async () => {
    const id = await made(at.scim, person("report-4", { [enterprise]: { manager: { value: "E-77" } } }));
    expect((await at.scim.get(`/Users/${id}`)).body[enterprise].manager).toEqual({ value: "E-77" });
  });

  test("[P1] §1.1 RFC 7644 §6: the name of somebody else's user is not told", async () => {
    const other = await at.server.connect();
    const stranger = await made(other, person("stranger", { displayName: "Secret Name" }));
    const id = await made(at.scim, person("report-5", { [enterprise]: { manager: { value: stranger } } }));
    expect((await at.scim.get(`/Users/${id}`)).text).not.toContain("Secret Name");
  });
});

test("[P1] §1.3 RFC 7643 §4.1.2: groups of a user are its direct groups, and readOnly", async () => {
  const id = await made(at.scim, person("grouped"));
  const group = await made(at.scim, team("Direct", { members: [{ value: id }] }));
  await made(at.scim, team("Indirect", { members: [{ value: group }] }));
  const { body } = await at.scim.get(`/Users/${id}`);
  expect(body.groups).toEqual([
    { value: group, $ref: `${baseUrl}/Groups/${group}`, display: "Direct", type: "direct" },
  ]);
  const put = await at.scim.put(`/Users/${id}`, { ...body, groups: [] });
  expect(put.body.groups).toEqual(body.groups);
});

test("[P1] §1.1 RFC 7644 §3.4.1: an unknown id is 404 with an Error body, whatever it looks like", async () => {
  for (const id of ["01900000-0000-7000-8000-000000000000", "00919288221112222", "x", "%F0%9F%99%82", "a%2Fb", "'--"]) {
    expectError(await at.scim.get(`/Users/${id}`), 404);
  }
});
