import { describe, expect, test } from "vitest";
import { atServer } from "./support/at-server.ts";
import { core, enterprise, expectError, made, ops, person, team } from "./support/scim-client.ts";
import type { Body } from "./support/scim-client.ts";

/** Attributes as the schema documents say they are (RFC 7643 §2, §7). */
const at = atServer();
let count = 0;

async function user(more: Record<string, unknown> = {}): Promise<string> {
  count += 1;
  return await made(at.scim, person(`c-${count}`, more));
}

describe("[P1] §1.2 characteristics", () => {
  test("[P1] §1.2 RFC 7643 §7: every attribute of every schema states all its characteristics, and no null", async () => {
    const { body } = await at.scim.get("/Schemas");
    const stated: string[] = [];
    const visit = (attributes: Body[], path: string): void => {
      for (const attribute of attributes) {
        const name = `${path}${attribute.name}`;
        stated.push(name);
        expect(attribute, name).toMatchObject({
          type: expect.stringMatching(/^(?:string|boolean|decimal|integer|dateTime|binary|reference|complex)$/),
          multiValued: expect.any(Boolean),
          description: expect.any(String),
          required: expect.any(Boolean),
          caseExact: expect.any(Boolean),
          mutability: expect.stringMatching(/^(?:readOnly|readWrite|immutable|writeOnly)$/),
          returned: expect.stringMatching(/^(?:always|never|default|request)$/),
          uniqueness: expect.stringMatching(/^(?:none|server|global)$/),
        });
        // Errata 8415: the type of a sub-attribute is any but complex.
        expect(Array.isArray(attribute.subAttributes), name).toBe(attribute.type === "complex");
        for (const sub of attribute.subAttributes ?? []) expect(sub.type, name).not.toBe("complex");
        if (attribute.type === "reference") expect(attribute.referenceTypes.length, name).toBeGreaterThan(0);
        visit(attribute.subAttributes ?? [], `${name}.`);
      }
    };
    for (const schema of body.Resources) visit(schema.attributes, "");
    expect(stated).toEqual(expect.arrayContaining(["userName", "emails.value", "manager.$ref", "members.value"]));
  });

  test("[P1] §1.2 RFC 7643 §2.2: what RFC 7643 §8.7.1 leaves to the defaults has them", async () => {
    const { body } = await at.scim.get(`/Schemas/${core}`);
    const title = body.attributes.find((one: { name: string }) => one.name === "title");
    expect(title).toEqual({
      name: "title",
      type: "string",
      multiValued: false,
      description: expect.any(String),
      required: false,
      caseExact: false,
      mutability: "readWrite",
      returned: "default",
      uniqueness: "none",
    });
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ["a text for a boolean", { active: "yes" }, /^active /],
    ["a number for a boolean", { active: 1 }, /^active /],
    ["a boolean for a text", { title: true }, /^title /],
    ["an array of two for a text", { title: ["a", "b"] }, /^title /],
    ["a number within a value", { emails: [{ value: 5 }] }, /^emails\[0\]\.value /],
    [
      "a text for a boolean within a value",
      { emails: [{ value: "a@b.example", primary: "no" }] },
      /^emails\[0\]\.primary /,
    ],
    ["no base64 for a binary", { x509Certificates: [{ value: "not base64!" }] }, /^x509Certificates\[0\]\.value /],
    ["no URI for a reference", { profileUrl: "not a uri" }, /^profileUrl /],
    ["no URI for a reference within a value", { photos: [{ value: "a b" }] }, /^photos\[0\]\.value /],
    ["a text for a complex one", { name: "Ada" }, /^name /],
    ["a number for an extension", { [enterprise]: 5 }, new RegExp(`^${enterprise} `)],
    ["a number within an extension", { [enterprise]: { department: 5 } }, /:department /],
  ])(
    "[P1] §1.2 RFC 7643 §2.3: %s is invalidValue by POST and PUT, the place named, and nothing is changed",
    async (_title, wrong, detail) => {
      const id = await user({ title: "T" });
      const before = await at.scim.get(`/Users/${id}`);
      expectError(await at.scim.post("/Users", person("wrong-type", wrong)), 400, "invalidValue", detail);
      expectError(await at.scim.put(`/Users/${id}`, person(`c-${count}`, wrong)), 400, "invalidValue", detail);
      expectError(await at.scim.patch(`/Users/${id}`, ops({ op: "replace", value: wrong })), 400, "invalidValue");
      expect((await at.scim.get(`/Users/${id}`)).text).toBe(before.text);
      expect((await at.scim.find("Users", 'userName eq "wrong-type"')).body.totalResults).toBe(0);
    },
  );

  test("[P1] §1.2 RFC 7643 §2.4: canonical values are suggestions: others are kept as sent", async () => {
    const sent = {
      emails: [{ value: "a@x.example", type: "carrier pigeon" }],
      roles: [{ value: "r", type: "of our own" }],
      phoneNumbers: [{ value: "555-0101", type: "WORK" }],
    };
    const id = await user(sent);
    expect((await at.scim.get(`/Users/${id}`)).body).toMatchObject(sent);
  });

  test("[P1] §1.2 RFC 7643 §2.5: null, [] and missing are one state by PUT and PATCH as well", async () => {
    const full = { title: "T", emails: [{ value: "a@x.example" }], name: { givenName: "G" } };
    const [one, two] = [await user(full), await user(full)];
    const nothing = { title: null, emails: [], name: null };
    const put = await at.scim.put(`/Users/${one}`, person(`c-${count - 1}`, nothing));
    const patched = await at.scim.patch(`/Users/${two}`, ops({ op: "replace", value: nothing }));
    for (const { status, body } of [put, patched]) {
      expect(status).toBe(200);
      for (const name of Object.keys(nothing)) expect(body).not.toHaveProperty(name);
    }
  });

  test("[P1] §1.2 RFC 7643 §7: returned always survives excludedAttributes; never is not returned when asked for", async () => {
    const id = await user({ password: "kettle-orbit-plum-7" });
    const excluded = await at.scim.get(`/Users/${id}?excludedAttributes=id,schemas,userName,meta`);
    expect(Object.keys(excluded.body)).toEqual(expect.arrayContaining(["id", "schemas"]));
    expect(excluded.body).not.toHaveProperty("userName");
    for (const query of ["attributes=password", `attributes=${core}:password`, "attributes=password,userName"]) {
      const asked = await at.scim.get(`/Users/${id}?${query}`);
      expect(asked.text).not.toMatch(/kettle|"password"/);
    }
  });

  test("[P1] §1.2 RFC 7643 §7: immutable: a member's id may be added and taken away, never changed", async () => {
    const [one, two] = [await user(), await user()];
    const id = await made(at.scim, team(`Immutable ${count}`, { members: [{ value: one }] }));
    const before = await at.scim.get(`/Groups/${id}`);
    for (const operation of [
      { op: "replace", path: `members[value eq "${one}"].value`, value: two },
      { op: "add", path: `members[value eq "${one}"]`, value: { value: two } },
      { op: "remove", path: `members[value eq "${one}"].value` },
    ]) {
      expectError(await at.scim.patch(`/Groups/${id}`, ops(operation)), 400, "mutability");
    }
    expect((await at.scim.get(`/Groups/${id}`)).text).toBe(before.text);
  });
});

describe("[P1] §1.3 schemas", () => {
  test("[P1] §1.3 an id is ours, is never given again, and stays as long as the resource", async () => {
    const id = await user({ id: "bulkId:x", externalId: `e-${count}` });
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    await at.scim.patch(`/Users/${id}`, ops({ op: "replace", path: "userName", value: "c-renamed" }));
    expect((await at.scim.get(`/Users/${id}`)).body.id).toBe(id);
    await at.scim.delete(`/Users/${id}`);
    expect(await made(at.scim, person("c-renamed"))).not.toBe(id);
  });

  test("[P1] §1.3 two primary values are refused by PUT, too", async () => {
    const id = await user();
    const emails = [
      { value: "a@x.example", primary: true },
      { value: "b@x.example", primary: true },
    ];
    expectError(await at.scim.put(`/Users/${id}`, person(`c-${count}`, { emails })), 400, "invalidValue", /primary/);
  });

  test("[P1] §1.3 members without a type, of both kinds, are told apart, and a wrong type is not believed", async () => {
    const [one] = [await user()];
    const inner = await made(at.scim, team(`Inner ${count}`));
    const id = await made(
      at.scim,
      team(`Outer ${count}`, { members: [{ value: one }, { value: inner, type: "User" }] }),
    );
    const { members } = (await at.scim.get(`/Groups/${id}`)).body;
    expect(members.map((member: { value: string; type: string }) => [member.value, member.type])).toEqual(
      expect.arrayContaining([
        [one, "User"],
        [inner, "Group"],
      ]),
    );
  });
});

describe("[P1] §1.5 and §1.6", () => {
  test("[P1] §1.5 RFC 7644 §3.4.2.3: texts that are case exact sort by case; a complex attribute needs a part", async () => {
    const client = await at.server.connect();
    for (const externalId of ["b", "A", "a", "B"])
      await made(client, person(`sort-${externalId.charCodeAt(0)}`, { externalId }));
    const { body } = await client.get("/Users?sortBy=externalId");
    expect(body.Resources.map((one: Body) => one.externalId)).toEqual(["A", "B", "a", "b"]);
    for (const sortBy of ["addresses", "name", "meta", enterprise]) {
      expectError(await client.get(`/Users?sortBy=${sortBy}`), 400, "invalidValue", /sortBy|sort/i);
    }
  });

  test("[P1] §1.6 RFC 7644 §3.5.1: a group without its name is refused; null and [] clear", async () => {
    const member = await user();
    const id = await made(at.scim, team(`Put ${count}`, { externalId: `p-${count}`, members: [{ value: member }] }));
    const before = await at.scim.get(`/Groups/${id}`);
    expectError(
      await at.scim.put(`/Groups/${id}`, { schemas: before.body.schemas }),
      400,
      "invalidValue",
      /displayName/,
    );
    expect((await at.scim.get(`/Groups/${id}`)).text).toBe(before.text);
    const cleared = await at.scim.put(`/Groups/${id}`, team(`Put ${count}`, { externalId: null, members: [] }));
    expect(cleared.body).not.toHaveProperty("externalId");
    expect(cleared.body).not.toHaveProperty("members");
  });

  test("[P1] §1.6 RFC 7644 §3.5.1: of a user everything writable is cleared but active and the password", async () => {
    const client = await at.server.connect({ ownPasswords: true });
    const id = await made(
      client,
      person("put-clears", { password: "kettle-orbit-plum-93", title: "T", active: false }),
    );
    const hash = async () => await at.server.house.db.row("select * from credentials where user_id = $1", [id]);
    const before = await hash();
    const { body } = await client.put(`/Users/${id}`, person("put-clears"));
    expect([body.active, "title" in body]).toEqual([false, false]);
    expect(before).toBeDefined();
    expect(await hash()).toEqual(before);
  });
});

describe("[P1] §1.10 errors", () => {
  test("[P1] §1.10 RFC 7644 §3.12: each scimType with its status, all in one body's shape", async () => {
    const id = await user();
    await made(at.scim, person("taken-1-10"));
    const patch = async (operation: unknown) => await at.scim.patch(`/Users/${id}`, ops(operation));
    const v1 = await fetch(`${at.server.origin}/scim/v1/Users`);
    const told = [
      await at.scim.find("Users", "userName zz 5"),
      await at.scim.post("/Users", person("TAKEN-1-10")),
      await patch({ op: "replace", path: "id", value: "x" }),
      await patch({ op: "jump" }),
      await patch({ op: "add", path: "shoeSize", value: 1 }),
      await patch({ op: "remove" }),
      await at.scim.post("/Users", { schemas: [core] }),
      await at.scim.find("Users", "password pr"),
      await at.scim.get("/Users?cursor=x"),
      await at.scim.get("/Users?cursor=&count=x"),
    ];
    const answers = [...told, { status: v1.status, body: await v1.json(), headers: v1.headers }];
    expect(answers.map(({ body, status }) => `${body.scimType} ${status} ${body.status}`)).toEqual([
      "invalidFilter 400 400",
      "uniqueness 409 409",
      "mutability 400 400",
      "invalidSyntax 400 400",
      "invalidPath 400 400",
      "noTarget 400 400",
      "invalidValue 400 400",
      "sensitive 403 403",
      "invalidCursor 400 400",
      "invalidCount 400 400",
      "invalidVers 400 400",
    ]);
    for (const { body, headers } of answers) {
      expect(Object.keys(body).toSorted()).toEqual(["detail", "schemas", "scimType", "status"]);
      expect(headers.get("content-type")).toBe("application/scim+json; charset=utf-8");
    }
  });
});

describe("[P1] §1.11 the configuration is true", () => {
  test("[P1] §1.11 what it says is supported works, within the limits it names", async () => {
    const client = await at.server.connect();
    const { body: config } = await client.get("/ServiceProviderConfig");
    const ids = [];
    for (const name of ["true-b", "true-a"]) ids.push(await made(client, person(name)));
    expect(config.patch.supported).toBe(true);
    expect((await client.patch(`/Users/${ids[0]}`, ops({ op: "add", path: "title", value: "T" }))).status).toBe(200);
    expect(config.sort.supported).toBe(true);
    const sorted = await client.get("/Users?sortBy=userName");
    expect(sorted.body.Resources.map((one: Body) => one.userName)).toEqual(["true-a", "true-b"]);
    expect(config.filter.supported).toBe(true);
    expect((await client.find("Users", "title pr")).body.totalResults).toBe(1);
    expect(config.etag.supported).toBe(true);
    expect((await client.get(`/Users/${ids[1]}`, { "if-none-match": 'W/"1"' })).status).toBe(304);
    const { cursor, index, defaultPaginationMethod } = config.pagination;
    expect([cursor, index, defaultPaginationMethod]).toEqual([true, true, "index"]);
    expect((await client.get("/Users?cursor=&count=1")).body.nextCursor).toEqual(expect.any(String));
    expect((await client.get("/Users?count=1")).body).toMatchObject({ startIndex: 1, itemsPerPage: 1 });
    const schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
    const operations = (howMany: number) =>
      Array.from({ length: howMany }, () => ({ method: "DELETE", path: "/Users/x" }));
    expect(config.bulk.supported).toBe(true);
    const full = await client.post("/Bulk", { schemas, Operations: operations(config.bulk.maxOperations) });
    expect([full.status, full.body.Operations.length]).toEqual([200, config.bulk.maxOperations]);
    const over = await client.post("/Bulk", { schemas, Operations: operations(config.bulk.maxOperations + 1) });
    expectError(over, 413, undefined, new RegExp(String(config.bulk.maxOperations)));
    const padding = "x".repeat(config.bulk.maxPayloadSize);
    expectError(
      await client.send("POST", "/Bulk", { body: JSON.stringify({ schemas, Operations: [], padding }) }),
      413,
      undefined,
      new RegExp(String(config.bulk.maxPayloadSize)),
    );
  });
});

describe("[P1] §1.8 bulk, what else the standard says", () => {
  const schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
  const run = async (...Operations: unknown[]) =>
    (await at.scim.post("/Bulk", { schemas, Operations })).body.Operations as Body[];

  test("[P1] §1.8 RFC 7644 §3.7: POST needs a bulkId, and one that nothing else in the request has", async () => {
    const [none, first, again] = await run(
      { method: "POST", path: "/Users", data: person("no-bulk-id") },
      { method: "POST", path: "/Users", bulkId: "q", data: person("bulk-id-1") },
      { method: "POST", path: "/Users", bulkId: "q", data: person("bulk-id-2") },
    );
    expect([none.status, none.response.scimType]).toEqual(["400", "invalidSyntax"]);
    expect([first.status, again.status, again.response.scimType]).toEqual(["201", "400", "invalidValue"]);
    expect(again.response.detail).toContain('"q"');
  });

  test("[P1] §1.8 RFC 7644 §3.7.2: a bulkId in a $ref, and in the value of a PATCH, becomes the id", async () => {
    const [boss, report, patched] = await run(
      { method: "POST", path: "/Users", bulkId: "boss", data: person("bulk-ref-boss") },
      {
        method: "POST",
        path: "/Users",
        bulkId: "report",
        data: person("bulk-ref-report", {
          [enterprise]: { manager: { value: "bulkId:boss", $ref: "../Users/bulkId:boss" } },
        }),
      },
      {
        method: "PATCH",
        path: "/Users/bulkId:boss",
        data: ops({ op: "add", path: `${enterprise}:manager`, value: { value: "bulkId:report" } }),
      },
    );
    const idOf = ({ location }: Body) => String(location).split("/").at(-1) ?? "";
    expect([boss.status, report.status, patched.status]).toEqual(["201", "201", "200"]);
    const managerOf = async (id: string) => (await at.scim.get(`/Users/${id}`)).body[enterprise].manager;
    expect((await managerOf(idOf(report))).value).toBe(idOf(boss));
    expect((await managerOf(idOf(boss))).value).toBe(idOf(report));
  });
});

describe("[P1] §1.13 IPSIE AL", () => {
  test("[P1] §1.13 IPSIE: users are found by userName, externalId and the value of an email", async () => {
    const id = await user({ externalId: "ipsie-1", emails: [{ value: "ipsie@x.example", type: "work" }] });
    for (const filter of [
      `userName eq "C-${count}"`,
      'externalId eq "ipsie-1"',
      'emails[value eq "ipsie@x.example"]',
    ]) {
      const { body } = await at.scim.find("Users", filter);
      expect([filter, body.totalResults, body.Resources[0].id]).toEqual([filter, 1, id]);
    }
  });

  test("[P1] §1.13 IPSIE: who was deleted can be made again, who was deactivated becomes active again with the same id", async () => {
    const sent = { externalId: "ipsie-2", emails: [{ value: "ipsie2@x.example" }] };
    const id = await user(sent);
    const name = `c-${count}`;
    for (const active of [false, true]) {
      const { body } = await at.scim.patch(`/Users/${id}`, ops({ op: "replace", value: { active } }));
      expect([body.id, body.active]).toEqual([id, active]);
    }
    expect((await at.scim.delete(`/Users/${id}`)).status).toBe(204);
    expect((await at.scim.post("/Users", person(name, sent))).status).toBe(201);
  });
});

test("[P3] §2.6 Bitwarden: nothing depends on the User-Agent", async () => {
  const id = await user({ title: "T" });
  const group = await made(at.scim, team(`Agents ${count}`, { members: [{ value: id }] }));
  const agents = ["Okta SCIM Client 1.0.0", "Azure AD SCIM", "OneLogin", "curl/8", ""];
  const answers = [];
  for (const agent of agents) {
    const headers = { "user-agent": agent };
    const read = [await at.scim.get(`/Users/${id}`, headers), await at.scim.get(`/Groups/${group}`, headers)];
    const patch = ops({ op: "Remove", path: "members", value: [{ value: "nobody" }] });
    const patched = await at.scim.patch(`/Groups/${group}`, patch, headers);
    answers.push([...read.map(({ text }) => text), patched.status, patched.headers.get("etag")]);
  }
  for (const answer of answers) expect(answer).toEqual(answers[0]);
});

test("[P3] §2.6 authentik: the limits of bulk are there, since without them it turns PATCH and filters off", async () => {
  const { bulk, patch, filter } = (await at.scim.get("/ServiceProviderConfig")).body;
  for (const limit of [bulk.maxOperations, bulk.maxPayloadSize, filter.maxResults])
    expect(limit).toEqual(expect.any(Number));
  expect([patch.supported, filter.supported]).toEqual([true, true]);
});
