import { describe, expect, test } from "vitest";
import { setSetting } from "#server/settings/set-setting.ts";
import { atServer } from "./support/at-server.ts";
import { core, enterprise, expectError, groupUrn, made, ops, person, scimClient, team } from "./support/scim-client.ts";
import type { ScimClient } from "./support/scim-client.ts";

/** What no schema and no message has a name for: never passed over in silence. */
const at = atServer();
const nobody = "01900000-0000-7000-8000-0000000000ff";

/** A directory with some switches set. */
async function directory(switches: Record<string, boolean> = {}): Promise<ScimClient> {
  const client = await at.server.connect();
  await at.server.house.db.run("update directories set switches = $2 where id = $1", [
    client.id,
    JSON.stringify(switches),
  ]);
  return client;
}

/** The lines of the request log, request by request. */
async function noted(client: ScimClient): Promise<string[][]> {
  await at.server.flush();
  const rows = await at.server.house.db.rows<{ coercions: string[] }>(
    "select coercions from directory_requests where directory_id = $1 order by id",
    [client.id],
  );
  return rows.map((row) => row.coercions);
}

describe("[P3] names that nothing has", () => {
  test("[P3] §2.1 Entra: Microsoft's tests put a misspelt attribute and want 200: it is dropped, and the log says so", async () => {
    const client = await directory();
    const id = await made(client, person("typo", { adreses: [{ country: "Germany" }] }));
    const put = await client.put(`/Users/${id}`, { ...person("typo"), id, adreses: [{ country: "Germany" }] });
    expect(put.status).toBe(200);
    expect(put.text).not.toContain("Germany");
    const patch = { ...ops({ op: "add", path: "members", value: id, name: "addMember" }), id: "x" };
    const group = await made(client, team("Typo"));
    expect((await client.patch(`/Groups/${group}`, patch)).status).toBe(204);
    expect(await noted(client)).toEqual([
      ['unknown "adreses" → dropped'],
      ['unknown "adreses" → dropped', "id is readOnly and was left alone"],
      [],
      [
        'the PatchOp: unknown "id" → dropped',
        'Operations[0]: unknown "name" → dropped',
        "Operations[0] members: a single value → an array",
        "Operations[0] members: a bare value → { value }",
      ],
    ]);
  });

  test.each<[string, (client: ScimClient, id: string, group: string) => Promise<unknown>, string, RegExp]>([
    [
      "POST",
      async (client) => await client.post("/Users", person("x", { shoeSize: 42 })),
      "invalidSyntax",
      /"shoeSize"/,
    ],
    [
      "POST, within a value",
      async (client) =>
        await client.post("/Users", person("x", { emails: [{ value: "a@b.example", verified: true }] })),
      "invalidSyntax",
      /emails\[0\].*"verified"/,
    ],
    [
      "POST, within an extension",
      async (client) => await client.post("/Users", person("x", { [enterprise]: { badge: 1 } })),
      "invalidSyntax",
      /"badge"/,
    ],
    [
      "POST of a group",
      async (client) => await client.post("/Groups", team("x", { mail: "a" })),
      "invalidSyntax",
      /"mail"/,
    ],
    [
      "PUT",
      async (client, id) => await client.put(`/Users/${id}`, person("strictly", { shoeSize: 42 })),
      "invalidSyntax",
      /"shoeSize"/,
    ],
    [
      "PATCH without a path",
      async (client, id) => await client.patch(`/Users/${id}`, ops({ op: "add", value: { title: "U", shoeSize: 42 } })),
      "invalidPath",
      /Operations\[0\].*"shoeSize"/,
    ],
    [
      "PATCH within a value",
      async (client, id) =>
        await client.patch(`/Users/${id}`, ops({ op: "add", path: "name", value: { givenName: "U", x: 1 } })),
      "invalidSyntax",
      /Operations\[0\].*name.*"x"/,
    ],
    [
      "PATCH, a member of the operation",
      async (client, id) =>
        await client.patch(`/Users/${id}`, ops({ op: "add", path: "title", value: "U", name: "x" })),
      "invalidSyntax",
      /Operations\[0\].*"name"/,
    ],
    [
      "PATCH, a member of the message",
      async (client, id) =>
        await client.patch(`/Users/${id}`, { ...ops({ op: "add", path: "title", value: "U" }), id }),
      "invalidSyntax",
      /"id"/,
    ],
    [
      "PATCH of a group",
      async (client, _id, group) =>
        await client.patch(`/Groups/${group}`, ops({ op: "replace", value: { displayName: "U", mail: "a" } })),
      "invalidPath",
      /"mail"/,
    ],
    [
      "PUT with a schema that nobody has",
      async (client, id) => await client.put(`/Users/${id}`, { ...person("strictly"), schemas: [core, "urn:x:y"] }),
      "invalidValue",
      /"urn:x:y"/,
    ],
  ])(
    "[P1] §1.10 with the switches off a name that nothing has is refused by %s, and nothing is changed",
    async (...row) => {
      const [, act, scimType, detail] = row;
      strict ??= await strictly();
      const { client, id, group } = strict;
      const before = [await client.get("/Users"), await client.get("/Groups")];
      expectError((await act(client, id, group)) as Awaited<ReturnType<ScimClient["get"]>>, 400, scimType, detail);
      const after = [await client.get("/Users"), await client.get("/Groups")];
      expect(after.map(({ text }) => text)).toEqual(before.map(({ text }) => text));
    },
  );

  let strict: { client: ScimClient; id: string; group: string } | undefined;

  async function strictly() {
    const client = await directory({ unknownNames: false, foreignSchemas: false });
    const id = await made(client, person("strictly", { title: "T" }));
    return { client, id, group: await made(client, team("Strictly", { members: [{ value: id }] })) };
  }

  test("[P1] §1.10 what says nothing that is known is refused in any case: it must not look like a success", async () => {
    const client = await directory();
    const id = await made(client, person("nothing-known", { title: "T" }));
    const before = await client.get(`/Users/${id}`);
    for (const operation of [
      { op: "replace", value: { shoeSize: 42 } },
      { op: "add", value: { "urn:x:y:User:badge": 1 } },
      { op: "add", path: "emails", value: [{ verified: true }] },
      { op: "add", path: enterprise, value: { badge: 1 } },
    ]) {
      const answer = await client.patch(`/Users/${id}`, ops(operation));
      expectError(answer, 400, /invalid(?:Path|Syntax)/.exec(answer.text)?.[0], /badge|shoeSize|verified/);
    }
    expect((await client.get(`/Users/${id}`)).text).toBe(before.text);
  });

  test("[P3] §2.3 schemas that nobody has, and what they hold, are dropped and named", async () => {
    const client = await directory();
    const acme = "urn:ietf:params:scim:schemas:extension:acme:2.0:User";
    const answer = await client.post("/Users", {
      ...person("acme", { title: "T", [acme]: { badge: 1 }, [`${acme}:floor`]: 2 }),
      schemas: [core, acme],
    });
    expect([answer.status, answer.body.schemas, answer.text.includes("badge")]).toEqual([201, [core], false]);
    const patch = ops({ op: "replace", value: { title: "U", [`${acme}:floor`]: 3 } });
    expect((await client.patch(`/Users/${answer.body.id}`, patch)).body.title).toBe("U");
    expectError(
      await client.patch(`/Users/${answer.body.id}`, ops({ op: "add", path: `${acme}:floor`, value: 1 })),
      400,
      "invalidPath",
    );
    const [posted, patched] = await noted(client);
    expect(posted).toEqual([
      `unknown schema "${acme}" → dropped`,
      `unknown schema "${acme}:floor" → dropped`,
      `schemas: unknown "${acme}" → dropped`,
    ]);
    expect(patched).toEqual([`Operations[0] unknown schema "${acme}:floor" → dropped`]);
  });

  test("[P1] §1.8 bulk requests are read strictly: what the message does not have is refused", async () => {
    const schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
    const operation = { method: "POST", path: "/Users", bulkId: "a", data: person("bulk-strict") };
    expectError(
      await at.scim.post("/Bulk", { schemas, Operations: [operation], failOnError: 1 }),
      400,
      "invalidSyntax",
      /"failOnError"/,
    );
    const { body } = await at.scim.post("/Bulk", { schemas, Operations: [{ ...operation, ifMatch: "x" }] });
    expect(body.Operations[0]).toMatchObject({ status: "400", response: { scimType: "invalidSyntax" } });
    expect(body.Operations[0].response.detail).toContain('"ifMatch"');
    expect((await at.scim.find("Users", 'userName eq "bulk-strict"')).body.totalResults).toBe(0);
  });

  test("[P1] §1.5 parameters and attributes that mean nothing are without effect, and named in the log", async () => {
    const client = await directory();
    await client.get("/Users?count=0&pageToken=x&aadOptscim062020=&attributes=userName,shoeSize");
    await client.get("/Users?count=0&excludedAttributes=nothing");
    await client.post("/Users/.search", {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
      attributes: ["members", "nonsense"],
    });
    expect(await noted(client)).toEqual([
      ['parameter "pageToken" means nothing here', 'attributes: there is no "shoeSize"'],
      ['attributes: there is no "nothing"'],
      ['attributes: there is no "nonsense"'],
    ]);
  });
});

describe("[P3] names with a filter", () => {
  const body = {
    'emails[type eq "work"].value': "w@x.example",
    'emails[type eq "work"].primary': "True",
    'addresses[type eq "work"].postalCode': "100",
    [`${enterprise}:department`]: "D",
  };
  const expected = {
    schemas: [core, enterprise],
    emails: [{ value: "w@x.example", type: "work", primary: true }],
    addresses: [{ postalCode: "100", type: "work" }],
    [enterprise]: { department: "D" },
  };

  test('[P3] §2.1 Entra: emails[type eq "work"].value as a name in POST and PUT is the element it describes', async () => {
    const client = await directory();
    const posted = await client.post("/Users", person("flat", body));
    expect([posted.status, posted.text]).toEqual([201, expect.stringContaining('"id"')]);
    expect(posted.body).toMatchObject(expected);
    const put = await client.put(`/Users/${posted.body.id}`, person("flat", body));
    expect([put.status, put.headers.get("etag")]).toEqual([200, 'W/"1"']);
    const both = await client.put(
      `/Users/${posted.body.id}`,
      person("flat", { emails: [{ type: "WORK", display: "Work" }], 'emails[type eq "work"].value': "v@x.example" }),
    );
    expect(both.body.emails).toEqual([{ value: "v@x.example", display: "Work", type: "WORK" }]);
    const [lines] = await noted(client);
    expect(lines).toContain('"emails[type eq \\"work\\"].value" → its place, emails.value');
  });

  test("[P3] §2.1 Entra: with the switch off, or with a filter that describes nothing, it is unknown", async () => {
    const client = await directory({ flatNames: false, unknownNames: false });
    for (const name of ['emails[type eq "work"].value', 'emails[type ne "work"].value', "emails[type eq"]) {
      expectError(
        await client.post("/Users", person("flat-off", { [name]: "w@x.example" })),
        400,
        "invalidSyntax",
        /emails/,
      );
    }
    const lenient = await directory({ unknownNames: false });
    expectError(
      await lenient.post("/Users", person("flat-off", { 'emails[type ne "work"].value': "w@x.example" })),
      400,
      "invalidSyntax",
      /emails/,
    );
  });

  test("[P3] §2.1 Entra: attributes with a filter show the attribute, as Microsoft's tests ask", async () => {
    const client = await directory();
    await made(client, person("asked", { title: "T", emails: [{ value: "a@x.example", type: "work" }] }));
    for (const asked of ['emails[type eq "work"]', 'emails[value eq "a@x.example"]', 'emails[type eq "a,b"].value']) {
      const { body: list } = await client.get(`/Users?attributes=${encodeURIComponent(asked)}`);
      expect(list.Resources[0].emails[0].value).toBe("a@x.example");
      expect(list.Resources[0]).not.toHaveProperty("title");
    }
  });
});

describe("[P3] members that name nobody", () => {
  test("[P3] §2.2 Okta: with the switch on one stranger does not stop a push: the others come in, the log names them", async () => {
    const client = await directory({ unknownMembers: true });
    const user = await made(client, person("known-member"));
    const members = [{ value: user }, { value: nobody }, { value: "string id 1" }];
    const id = await made(client, team("Pushed", { members }));
    const ids = async () =>
      ((await client.get(`/Groups/${id}`)).body.members ?? []).map((member: { value: string }) => member.value);
    expect(await ids()).toEqual([user]);
    const before = (await client.get(`/Groups/${id}`)).text;
    const again = await client.patch(`/Groups/${id}`, ops({ op: "add", path: "members", value: members }));
    expect([again.status, (await client.get(`/Groups/${id}`)).text]).toEqual([204, before]);
    await client.patch(`/Groups/${id}`, ops({ op: "replace", path: "members", value: [{ value: nobody }] }));
    expect(await ids()).toEqual([]);
    expect((await client.put(`/Groups/${id}`, team("Pushed", { members }))).body.members).toHaveLength(1);
    const lines = await noted(client);
    expect(lines[1]).toEqual([
      `members: "${nobody}" names nobody here → left out`,
      'members: "string id 1" names nobody here → left out',
    ]);
  });

  test("[P3] §2.2 Okta: the switch is off unless it is set: a stranger refuses the whole push and is named", async () => {
    const client = await directory();
    const user = await made(client, person("known-member-2"));
    const members = [{ value: user }, { value: nobody }];
    expectError(await client.post("/Groups", team("Refused", { members })), 400, "invalidValue", new RegExp(nobody));
    expect((await client.get("/Groups?count=0")).body.totalResults).toBe(0);
  });
});

describe("[P1] newer documents", () => {
  test("[P1] §1.13 RFC 9967: a client that prefers respond-async is answered at once, and nothing claims otherwise", async () => {
    const answer = await at.scim.post("/Users", person("async"), { prefer: "respond-async" });
    expect(answer.status).toBe(201);
    for (const header of ["preference-applied", "set-txn"]) expect(answer.headers.get(header)).toBeNull();
    // scim2-client refuses a configuration with a name that it does not know.
    expect((await at.scim.get("/ServiceProviderConfig")).body).not.toHaveProperty("securityEvents");
  });

  test("[P1] §1.1 RFC 7643 §5: discovery is open, unless the organization closes it", async () => {
    const set = async (value: boolean) =>
      await at.server.house.work(async (work) => await setSetting(work, "scim.publicDiscovery", value));
    const anonymous = scimClient(at.server.origin, { id: "", token: "" });
    const paths = ["/ServiceProviderConfig", "/ResourceTypes", `/Schemas/${groupUrn}`];
    const statuses = async (headers?: Record<string, string>) =>
      await Promise.all(paths.map(async (path) => (await anonymous.get(path, headers)).status));
    expect(await statuses({ authorization: "" })).toEqual([200, 200, 200]);
    await set(false);
    for (const path of paths) expectError(await anonymous.get(path, { authorization: "" }), 401);
    expect(await statuses({ authorization: `Bearer ${at.scim.token}` })).toEqual([200, 200, 200]);
    await set(true);
  });
});
