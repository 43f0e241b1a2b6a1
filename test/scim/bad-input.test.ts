import { randomBytes } from "node:crypto";
import { request } from "node:http";
import { describe, expect, test } from "vitest";
import { atServer } from "./support/at-server.ts";
import { core, enterprise, expectError, made, ops, person, team } from "./support/scim-client.ts";

const at = atServer();

async function post(body: string | Uint8Array, headers: Record<string, string> = {}) {
  return await at.scim.send("POST", "/Users", { body, headers });
}

const schemas = `"schemas":["${core}"]`;

describe("[P1] §1.10 RFC 7644 §3.12: bodies", () => {
  test.each([
    ["no JSON", "{", /not valid JSON/],
    ["nothing", "", /no body/],
    ["white space", "  \n ", /not valid JSON/],
    ["a trailing comma", `{${schemas},}`, /not valid JSON/],
    ["two documents", `{${schemas}}{}`, /not valid JSON/],
    ["NaN", `{${schemas},"title":NaN}`, /not valid JSON/],
    ["single quotes", "{'a':1}", /not valid JSON/],
    ["a name twice", `{${schemas},"userName":"a","userName":"b"}`, /"userName" twice/],
    ["a name twice, once escaped", `{${schemas},"userName":"a","user\\u004eame":"b"}`, /"userName" twice/],
    [
      "a name twice, deep inside",
      `{${schemas},"userName":"a","name":{"givenName":"a","givenName":"b"}}`,
      /"givenName"/,
    ],
    ["__proto__", `{${schemas},"userName":"a","__proto__":{"active":false}}`, /__proto__/],
    ["__proto__, escaped", `{${schemas},"userName":"a","__pr\\u006fto__":{}}`, /__proto__/],
    ["__proto__, deep inside", `{${schemas},"userName":"a","name":{"__proto__":{}}}`, /__proto__/],
    ["deep nesting", `{${schemas},"userName":"a","x":${"[".repeat(2000)}${"]".repeat(2000)}}`, /nested deeper/],
    ["very deep nesting", "[".repeat(100_000), /./],
    ["very deep objects", `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`, /nested deeper/],
  ])("[P1] §1.10 RFC 7644 §3.12: %s: 400 invalidSyntax", async (_title, body, detail) => {
    expectError(await post(body), 400, "invalidSyntax", detail);
  });

  test("[P1] §1.10 RFC 7644 §3.12: what is not UTF-8 is 400 invalidSyntax", async () => {
    expectError(await post(Buffer.from([0x7b, 0xff, 0xfe, 0x7d])), 400, "invalidSyntax", /UTF-8/);
    expectError(await post(Buffer.from(`{${schemas},"userName":"ä"}`, "latin1")), 400, "invalidSyntax", /UTF-8/);
  });

  test.each([
    ["a null character", "a\\u0000b"],
    ["half a surrogate pair", "\\ud800"],
  ])("[P1] §1.10 RFC 7644 §3.12: %s in a text is 400 invalidValue", async (_title, text) => {
    expectError(await post(`{${schemas},"userName":"nul","title":"${text}"}`), 400, "invalidValue", /title/);
    expectError(await post(`{${schemas},"userName":"${text}"}`), 400, "invalidValue", /userName/);
  });

  test("[P1] §1.10 RFC 7644 §3.12: a null character in a name, a schema or an id is no fault of ours", async () => {
    expectError(await post(`{${schemas},"userName":"nul-1","x\\u0000y":1}`), 400, "invalidSyntax", /U\+0000/);
    expectError(await at.scim.get("/Users/%00"), 404);
    expectError(await at.scim.get("/Users?filter=userName%20eq%20%22%00%22"), 400, "invalidFilter");
    expectError(await at.scim.get("/Users?sortBy=%00"), 400, "invalidValue");
    expect((await at.scim.get("/Users?attributes=%00")).status).toBe(200);
  });

  test("[P1] §1.10 RFC 7644 §3.12: more than a text may have is refused", async () => {
    expectError(
      await at.scim.post("/Users", person("long", { title: "x".repeat(70_000) })),
      400,
      "invalidValue",
      /title/,
    );
    const emails = Array.from({ length: 1001 }, (_, n) => ({ value: `a${n}@x.example` }));
    expectError(await at.scim.post("/Users", person("long", { emails })), 400, "invalidValue", /emails/);
  });

  test("[P1] §1.10 RFC 7644 §3.12: a body beyond the limit is 413, with and without its length announced", async () => {
    const large = `{${schemas},"userName":"big","title":"${"x".repeat(11 * 1024 * 1024)}"}`;
    expectError(await post(large), 413, undefined, /10485760/);
    const status = await new Promise<number>((resolve, reject) => {
      const sending = request(`${at.server.origin}/scim/v2/Users`, {
        method: "POST",
        headers: { authorization: `Bearer ${at.scim.token}`, "content-type": "application/scim+json" },
      });
      sending.on("response", (answer) => resolve(answer.statusCode ?? 0));
      sending.on("error", reject);
      sending.write(large.slice(0, 6 * 1024 * 1024));
      sending.end(large.slice(6 * 1024 * 1024));
    });
    expect(status).toBe(413);
  });

  test("[P1] §1.10 RFC 7644 §3.12: a password is in no error", async () => {
    for (const password of [{ secret: "hunter2" }, ["hunter2", "x"], 12345]) {
      const answer = await at.scim.post("/Users", person("pw", { password }));
      expectError(answer, 400, "invalidValue", /password/);
      expect(answer.text).not.toMatch(/hunter2|12345/);
    }
  });
});

describe("[P1] §1.10 RFC 7644 §3.12: what is there stays as it is", () => {
  const patchOp = '"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"]';
  const operations = (inner: string) => `{${patchOp},"Operations":[${inner}]}`;
  const title = '{"op":"replace","path":"title","value":"never"}';
  const deep = `${"[".repeat(2000)}${"]".repeat(2000)}`;

  const bodies: [
    title: string,
    put: string,
    patch: string,
    status: number,
    scimType: string | undefined,
    place: RegExp,
  ][] = [
    ["no JSON", "{", "{", 400, "invalidSyntax", /JSON/],
    [
      "a name twice",
      '"title":"a","title":"b"',
      `${title},{"op":"add","op":"remove","path":"emails"}`,
      400,
      "invalidSyntax",
      /"(?:title|op)" twice/,
    ],
    [
      "__proto__",
      '"__proto__":{"active":false}',
      `${title},{"op":"add","value":{"__proto__":{}}}`,
      400,
      "invalidSyntax",
      /__proto__/,
    ],
    [
      "deep nesting",
      `"x":${deep}`,
      `${title},{"op":"add","path":"emails","value":${deep}}`,
      400,
      "invalidSyntax",
      /nested deeper/,
    ],
    [
      "a null character",
      '"title":"a\\u0000b"',
      `${title},{"op":"add","path":"nickName","value":"a\\u0000b"}`,
      400,
      "invalidValue",
      /title|nickName/,
    ],
    [
      "half a surrogate pair",
      '"title":"\\ud800"',
      `${title},{"op":"add","path":"nickName","value":"\\ud800"}`,
      400,
      "invalidValue",
      /title|nickName/,
    ],
    [
      "a wrong type",
      '"active":5',
      `${title},{"op":"replace","path":"active","value":5}`,
      400,
      "invalidValue",
      /active/,
    ],
    [
      "a wrong type, deep inside",
      '"emails":[{"value":{"a":1}}]',
      `${title},{"op":"add","path":"emails","value":[{"value":[1,2]}]}`,
      400,
      "invalidValue",
      /emails/,
    ],
    [
      "too long a text",
      `"title":"${"x".repeat(70_000)}"`,
      `${title},{"op":"add","path":"nickName","value":"${"x".repeat(70_000)}"}`,
      400,
      "invalidValue",
      /title|nickName/,
    ],
    [
      "too large a body",
      `"title":"${"x".repeat(11 * 1024 * 1024)}"`,
      `${title},{"op":"add","path":"nickName","value":"${"x".repeat(11 * 1024 * 1024)}"}`,
      413,
      undefined,
      /10485760/,
    ],
  ];

  test.each(bodies)(
    "[P1] §1.10 %s: refused with the place, by PUT, PATCH and in bulk; not a byte has changed",
    async (name, put, patch, status, scimType, place) => {
      const userName = `stays-${name.replaceAll(/\W/g, "-")}`;
      const id = await made(at.scim, person(userName, { title: "T", emails: [{ value: "a@x.example" }] }));
      const before = await at.scim.get(`/Users/${id}`);
      const isBroken = put === "{";
      const sent = [
        ["PUT", `/Users/${id}`, isBroken ? put : `{${schemas},"userName":"${userName}",${put}}`],
        ["PATCH", `/Users/${id}`, isBroken ? patch : operations(patch)],
      ] as const;
      for (const [method, path, body] of sent) {
        expectError(await at.scim.send(method, path, { body }), status, scimType, place);
        const after = await at.scim.get(`/Users/${id}`);
        expect([after.text, after.headers.get("etag")]).toEqual([before.text, before.headers.get("etag")]);
      }
      const bulk = sent.map(([method, path, data]) => `{"method":"${method}","path":"${path}","data":${data}}`).join();
      const answer = await at.scim.send("POST", "/Bulk", {
        body: `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[${bulk}]}`,
      });
      if (answer.status === 200) {
        for (const operation of answer.body.Operations) {
          expect(operation).toMatchObject({
            status: String(status),
            response: { scimType, detail: expect.stringMatching(place) },
          });
        }
      } else expectError(answer, status, scimType, place);
      expect((await at.scim.get(`/Users/${id}`)).text).toBe(before.text);
    },
  );

  test("[P1] §1.10 a wrong media type is 415 by every method that has a body, and changes nothing", async () => {
    const id = await made(at.scim, person("stays-typed", { title: "T" }));
    const group = await made(at.scim, team("Stays typed"));
    const before = [await at.scim.get(`/Users/${id}`), await at.scim.get(`/Groups/${group}`)];
    const body = operations(title);
    for (const [method, path] of [
      ["PUT", `/Users/${id}`],
      ["PATCH", `/Users/${id}`],
      ["PUT", `/Groups/${group}`],
      ["PATCH", `/Groups/${group}`],
      ["POST", "/Users"],
      ["POST", "/Groups"],
      ["POST", "/Bulk"],
      ["POST", "/.search"],
      ["POST", "/Users/.search"],
    ] as const) {
      for (const type of ["text/xml", "multipart/form-data; boundary=x", "application/merge-patch+json"]) {
        expectError(
          await at.scim.send(method, path, { body, headers: { "content-type": type } }),
          415,
          undefined,
          /json/,
        );
      }
    }
    const after = [await at.scim.get(`/Users/${id}`), await at.scim.get(`/Groups/${group}`)];
    expect(after.map(({ text }) => text)).toEqual(before.map(({ text }) => text));
  });
});

describe("[P1] §1.1 RFC 7644 §3.1: media types", () => {
  const body = (name: string) => JSON.stringify(person(name));

  test.each([
    ["application/scim+json"],
    ["application/json"],
    ["application/scim+json; charset=utf-8"],
    ['Application/JSON;charset="UTF-8"'],
  ])("[P1] §1.1 RFC 7644 §3.1: %s is taken", async (type) => {
    const answer = await post(body(`type-${type.replaceAll(/\W/g, "")}`), { "content-type": type });
    expect(answer.status, answer.text).toBe(201);
  });

  test.each([
    ["text/plain"],
    ["application/xml"],
    ["application/x-www-form-urlencoded"],
    ["application/json; charset=iso-8859-1"],
    ["nonsense"],
  ])("[P1] §1.1 RFC 7644 §3.1: %s is 415", async (type) => {
    expectError(await post(body("type"), { "content-type": type }), 415);
  });

  test("[P1] §1.1 RFC 7644 §3.1: a compressed body is 415", async () => {
    expectError(await post(body("type"), { "content-encoding": "gzip" }), 415, undefined, /gzip/);
  });

  test.each([
    ["*/*", "application/scim+json; charset=utf-8"],
    ["application/scim+json", "application/scim+json; charset=utf-8"],
    ["application/scim+json, application/json", "application/scim+json; charset=utf-8"],
    ["application/json", "application/json; charset=utf-8"],
    ["text/html", "application/scim+json; charset=utf-8"],
  ])("[P1] §1.1 RFC 7644 §3.8: Accept: %s is answered with %s", async (accept, type) => {
    const answer = await at.scim.get("/Users?count=0", { accept });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, type]);
  });
});

describe("[P1] §1.1 RFC 7644 §3.2: addresses and methods", () => {
  test.each([
    ["/nope"],
    ["/Users/a/b"],
    ["/users"],
    ["/Users/.search/x"],
    ["/Bulk/x"],
    ["/.search/x"],
    ["/Groups/a/members"],
  ])("[P1] §1.1 RFC 7644 §3.2: %s is 404", async (path) => {
    expectError(await at.scim.get(path), 404);
  });

  test.each([
    ["PUT", "/Users", "GET, POST"],
    ["PATCH", "/Groups", "GET, POST"],
    ["DELETE", "/Users", "GET, POST"],
    ["POST", "/Users/x", "GET, PUT, PATCH, DELETE"],
    ["GET", "/Bulk", "POST"],
    ["GET", "/Users/.search", "POST"],
    ["GET", "/.search", "POST"],
    ["OPTIONS", "/Users", "GET, POST"],
  ])("[P1] §1.1 RFC 7644 §3.2: %s %s is 405 and says what would do", async (method, path, allow) => {
    const answer = await at.scim.send(method, path, method === "GET" || method === "OPTIONS" ? {} : { body: "{}" });
    expectError(answer, 405);
    expect(answer.headers.get("allow")).toBe(allow);
  });

  test("[P1] §1.1 RFC 7644 §3.2: a slash, a question mark or an ampersand at the end, and unknown parameters, are forgiven", async () => {
    for (const path of [
      "/Users/",
      "/Users?",
      "/Users?count=0&",
      "/Users?&&count=0",
      "/Users?aadOptscim062020",
      "/Users?x=1&count=0",
    ]) {
      expect((await at.scim.get(path)).status, path).toBe(200);
    }
  });

  test("[P1] §1.1 RFC 7644 §3.2: HEAD is GET without its body", async () => {
    const answer = await at.scim.send("HEAD", "/Users?count=0");
    expect([answer.status, answer.text]).toEqual([200, ""]);
  });

  test("[P1] §1.1 RFC 7644 §3.13: another version is 400 invalidVers; no version is 404", async () => {
    for (const [path, status, scimType] of [
      ["/scim/v1/Users", 400, "invalidVers"],
      ["/scim/v3/Users", 400, "invalidVers"],
      ["/scim/Users", 404, undefined],
      ["/scim", 404, undefined],
    ] as const) {
      const answer = await fetch(at.server.origin + path, { headers: { authorization: `Bearer ${at.scim.token}` } });
      expect(answer.status).toBe(status);
      expect(((await answer.json()) as { scimType?: string }).scimType).toBe(scimType);
    }
  });

  test("[P1] §1.1 RFC 7644 §3.2: an address that cannot be decoded is 400", async () => {
    expectError(await at.scim.get("/Users/%zz"), 400, "invalidSyntax");
    expectError(await at.scim.get("/Users/%ff"), 400, "invalidSyntax");
  });
});

test("[P1] §1.10 RFC 7644 §3.12: whatever else goes wrong is 500 with the request id, and the cause in the log alone", async () => {
  const id = await made(at.scim, person("unlucky"));
  const { house } = at.server;
  await house.db.run("alter table users rename column nothing_such to x").catch(() => undefined);
  await house.db.run("alter table groups rename to groups_away");
  const answer = await at.scim.get(`/Users/${id}`);
  await house.db.run("alter table groups_away rename to groups");
  expectError(answer, 500, undefined, new RegExp(String(answer.headers.get("x-request-id"))));
  expect(answer.text).not.toMatch(/groups|relation|select/);
  expect(at.server.faults.join("")).toContain('relation \\"groups\\" does not exist');
  at.server.faults.length = 0;
});

test("[P1] §1.10 RFC 7644 §3.12: a bad If-Match is a version that nobody has", async () => {
  const id = await made(at.scim, person("bad-match"));
  for (const tag of ["nonsense", '"', ",,,", "W/", 'W/"1']) {
    const answer = await at.scim.patch(`/Users/${id}`, ops({ op: "add", path: "title", value: "x" }), {
      "if-match": tag,
    });
    expectError(answer, 412);
  }
});

test("[P1] §1.10 RFC 7644 §3.12: an externalId or a manager that is longer than an index can hold is 400 invalidValue", async () => {
  const long = randomBytes(15_000).toString("base64");
  expectError(await at.scim.post("/Users", person("long-id", { externalId: long })), 400, "invalidValue", /externalId/);
  expectError(await at.scim.post("/Groups", team("Long id", { externalId: long })), 400, "invalidValue", /externalId/);
  const id = await made(at.scim, person("long-manager"));
  const path = `${enterprise}:manager`;
  const patch = ops({ op: "replace", path, value: { value: long } });
  expectError(await at.scim.patch(`/Users/${id}`, patch), 400, "invalidValue", /manager/);
});
