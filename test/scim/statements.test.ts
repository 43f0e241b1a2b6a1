import pg from "pg";
import { expect, test, vi } from "vitest";
import { atServer } from "./support/at-server.ts";
import { enterprise, expectError, made, ops, person, team } from "./support/scim-client.ts";
import type { Body } from "./support/scim-client.ts";

/** The fifteen statements that naive servers fail; the title of each says what holds. Some have a file of their own. */
const at = atServer();
let count = 0;

async function user(more: Record<string, unknown> = {}): Promise<string> {
  count += 1;
  return await made(at.scim, person(`s-${count}`, more));
}

async function people(howMany: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < howMany) ids.push(await user());
  return ids;
}

async function group(members: readonly string[]): Promise<string> {
  count += 1;
  return await made(at.scim, team(`S ${count}`, { members: members.map((value) => ({ value })) }));
}

async function membersOf(id: string): Promise<string[]> {
  const { body } = await at.scim.get(`/Groups/${id}`);
  return (body.members ?? []).map((member: { value: string }) => member.value).toSorted();
}

async function patched(path: string, ...operations: unknown[]): Promise<Body> {
  const answer = await at.scim.patch(path, ops(...operations));
  expect(answer.status, answer.text).toBeLessThan(300);
  return answer.body;
}

test("[P1] §3.1 Remove members with a list leaves the others; without a list none; a non-member changes nothing", async () => {
  const [a = "", b = "", c = "", d = ""] = await people(4);
  const one = await group([a, b, c]);
  await patched(`/Groups/${one}`, { op: "Remove", path: "members", value: [{ value: a }] });
  expect(await membersOf(one)).toEqual([b, c].toSorted());
  await patched(`/Groups/${one}`, { op: "Remove", path: "members" });
  expect(await membersOf(one)).toEqual([]);
  const two = await group([a, b, c]);
  await patched(`/Groups/${two}`, { op: "remove", path: `members[value eq "${a}"]` });
  expect(await membersOf(two)).toEqual([b, c].toSorted());
  const before = await at.scim.get(`/Groups/${two}`);
  await patched(`/Groups/${two}`, { op: "remove", path: `members[value eq "${d}"]` });
  expect((await at.scim.get(`/Groups/${two}`)).text).toBe(before.text);
});

test("[P1] §3.2 op in any case, active in every shape; the answer has a JSON boolean; maybe is refused", async () => {
  const id = await user();
  for (const [operation, active] of [
    [{ op: "REPLACE", path: "active", value: "False" }, false],
    [{ op: "Replace", path: "active", value: "true" }, true],
    [{ op: "replace", path: "active", value: "false" }, false],
    [{ op: "add", value: { active: true } }, true],
    [{ op: "replace", value: { active: false } }, false],
    [{ op: "Add", path: "active", value: true }, true],
  ] as const) {
    expect((await patched(`/Users/${id}`, operation)).active).toBe(active);
  }
  const before = await at.scim.get(`/Users/${id}`);
  expectError(
    await at.scim.patch(`/Users/${id}`, ops({ op: "replace", path: "active", value: "maybe" })),
    400,
    "invalidValue",
  );
  expect((await at.scim.get(`/Users/${id}`)).text).toBe(before.text);
});

test("[P1] §3.3 a filtered add or replace without a match makes one element; the second run changes it in place", async () => {
  const id = await user();
  const run = async (n: number) =>
    await patched(
      `/Users/${id}`,
      { op: "Replace", path: 'emails[type eq "work"].value', value: `w${n}@x.example` },
      { op: "Add", path: 'addresses[type eq "work"].postalCode', value: `${n}` },
      { op: "Add", path: 'roles[primary eq "True"].value', value: `r${n}` },
    );
  await run(1);
  const { emails, addresses, roles } = await run(2);
  expect({ emails, addresses, roles }).toEqual({
    emails: [{ value: "w2@x.example", type: "work" }],
    addresses: [{ postalCode: "2", type: "work" }],
    roles: [{ value: "r2", primary: true }],
  });
});

test("[P1] §3.4 a manager in every shape; the answer is always the object; schemas gains and loses the URN", async () => {
  const [boss = ""] = await people(1);
  for (const value of [boss, { value: boss }, [{ value: boss, $ref: "x" }]]) {
    for (const path of ["manager", `${enterprise}:manager`]) {
      const id = await user();
      const body = await patched(`/Users/${id}`, { op: "add", path, value });
      expect(body[enterprise].manager).toMatchObject({ value: boss, $ref: expect.stringContaining(boss) });
      expect(body.schemas).toContain(enterprise);
      for (const [where, clearing] of [
        [path, ""],
        [path, null],
        [`${path}.value`, ""],
      ] as const) {
        const cleared = await patched(`/Users/${id}`, { op: "replace", path: where, value: clearing });
        expect(cleared.schemas).not.toContain(enterprise);
        await patched(`/Users/${id}`, { op: "add", path, value });
      }
    }
  }
});

test("[P1] §3.5 dotted and URN names without a path equal the paths; nothing has such a name", async () => {
  const [one, two] = [await user(), await user()];
  const flat = await patched(`/Users/${one}`, {
    op: "replace",
    value: { "name.givenName": "K", [`${enterprise}:employeeNumber`]: "7" },
  });
  const deep = await patched(
    `/Users/${two}`,
    { op: "replace", path: "name.givenName", value: "K" },
    { op: "replace", path: `${enterprise}:employeeNumber`, value: "7" },
  );
  expect([flat.name, flat[enterprise], flat.schemas]).toEqual([deep.name, deep[enterprise], deep.schemas]);
  expect(Object.keys(flat).filter((name) => name.includes("."))).toEqual([enterprise]);
});

test("[P1] §3.6 a PATCH whose third operation fails leaves body, lastModified and ETag as they were", async () => {
  const id = await user({ title: "T" });
  const before = await at.scim.get(`/Users/${id}`);
  at.server.house.clock.now = new Date(at.server.house.clock.now.getTime() + 5000);
  const body = ops(
    { op: "replace", path: "title", value: "U" },
    { op: "add", path: "nickName", value: "N" },
    { op: "remove", path: "userName" },
  );
  expectError(await at.scim.patch(`/Users/${id}`, body), 400, "mutability");
  const after = await at.scim.get(`/Users/${id}`);
  expect([after.text, after.headers.get("etag")]).toEqual([before.text, before.headers.get("etag")]);
});

test("[P1] §3.7 and binds before or, not works, and brackets are about one element", async () => {
  const client = await at.server.connect();
  await made(
    client,
    person("x7", {
      title: "A",
      emails: [
        { value: "a@b.example", type: "work" },
        { value: "a@a.example", type: "home" },
      ],
    }),
  );
  await made(client, person("y7", { title: "B", nickName: "N" }));
  const names = async (filter: string) =>
    (await client.find("Users", filter)).body.Resources.map((one: { userName: string }) => one.userName);
  expect(await names('title eq "A" or title eq "B" and nickName eq "M"')).toEqual(["x7"]);
  expect(await names('not (title eq "A")')).toEqual(["y7"]);
  expect(await names('emails[type eq "work" and value co "@a"]')).toEqual([]);
  expect(await names('emails.type eq "work" and emails.value co "@a"')).toEqual(["x7"]);
});

test("[P1] §3.8 nothing found is an empty list, a malformed filter an error; case by attribute; odd values are safe", async () => {
  const name = "o'brien`{|}";
  const id = await user({ externalId: 'Ex"t\\1é', displayName: name });
  const totals = async (filter: string) => (await at.scim.find("Users", filter)).body.totalResults;
  expect(await totals('userName eq "nobody-8"')).toBe(0);
  expectError(await at.scim.find("Users", "userName eq"), 400, "invalidFilter");
  expect(await totals(`userName eq "S-${count}"`)).toBe(1);
  expect(await totals('externalId eq "Ex\\"t\\\\1\\u00e9"')).toBe(1);
  expect(await totals('externalId eq "ex\\"t\\\\1\\u00e9"')).toBe(0);
  expect(await totals(`displayName eq "${name}" and id eq "${id}"`)).toBe(1);
});

test("[P1] §3.9 1,000 rows with equal keys are visited once each, by index and by cursor, while others are deleted; numbers are integers", async () => {
  const client = await at.server.connect();
  await at.server.house.db.run(
    `insert into users (id, username, display_name, directory_id, resource, created_at, updated_at)
     select gen_random_uuid(), 'nine-' || n, 'Nine', $1, '{"title": "T"}', now(), now() from generate_series(1, 1000) n`,
    [client.id],
  );
  const all: string[] = [];
  for (let startIndex = 1; startIndex <= 1000; startIndex += 150) {
    const { body } = await client.get(`/Users?sortBy=title&count=150&startIndex=${startIndex}`);
    expect([body.totalResults, body.startIndex, body.itemsPerPage]).toEqual([
      1000,
      startIndex,
      Math.min(150, 1001 - startIndex),
    ]);
    all.push(...body.Resources.map((one: { id: string }) => one.id));
  }
  expect([all.length, new Set(all).size]).toEqual([1000, 1000]);
  for (const [query, expected] of [
    ["count=0", [1000, 1, 0]],
    ["count=-1", [1000, 1, 0]],
    ["startIndex=0&count=1", [1000, 1, 1]],
    ["startIndex=-5&count=1", [1000, 1, 1]],
    ["count=100000", [1000, 1, 1000]],
  ] as const) {
    const { text } = await client.get(`/Users?attributes=id&${query}`);
    for (const [at1, name] of ["totalResults", "startIndex", "itemsPerPage"].entries()) {
      expect(text).toMatch(new RegExp(`"${name}":${expected[at1]}[,}]`));
    }
  }
  // Behind each page somebody who was shown, and somebody who was not yet, is deleted.
  const seen: string[] = [];
  const deleted = new Set<string>();
  let cursor: string | undefined = "";
  while (cursor !== undefined) {
    const { body }: { body: Body } = await client.get(`/Users?sortBy=title&count=90&cursor=${cursor}`);
    seen.push(...body.Resources.map((one: { id: string }) => one.id));
    cursor = body.nextCursor;
    const unseen = all.findLast((id) => !seen.includes(id) && !deleted.has(id));
    for (const id of [seen.at(-1), unseen]) {
      if (id === undefined) continue;
      expect((await client.delete(`/Users/${id}`)).status).toBe(204);
      deleted.add(id);
    }
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(all.filter((id) => !deleted.has(id) && !seen.includes(id))).toEqual([]);
}, 60_000);

test("[P1] §3.10 a group of 50,000 is read without its members by no statement about members; one more or less costs what it costs in an empty one", async () => {
  const [large, small] = [await group([]), await group([])];
  const { db } = at.server.house;
  await db.run(
    `with people as (
       insert into users (id, username, display_name, directory_id, created_at, updated_at)
       select gen_random_uuid(), 'mass-' || n, 'Mass', $1, now(), now() from generate_series(1, 50000) n returning id
     ) insert into group_members select $2, id from people`,
    [at.scim.id, large],
  );
  await db.run("update groups set member_count = 50000 where id = $1", [large]);
  await db.run("analyze");
  const name = (await at.scim.get(`/Groups/${large}?attributes=displayName`)).body.displayName;
  const [newcomer = ""] = await people(1);
  const query = vi.spyOn(pg.Client.prototype, "query");
  /** The statements of a request, without their values. */
  const statementsOf = async (act: () => Promise<{ status: number }>): Promise<string[]> => {
    await at.server.flush();
    query.mockClear();
    expect((await act()).status).toBeLessThan(300);
    return query.mock.calls.map(([sent]) => String(typeof sent === "string" ? sent : (sent as { text?: string }).text));
  };
  const path = `/Groups?excludedAttributes=members&filter=${encodeURIComponent(`displayName eq "${name}"`)}`;
  const read = await statementsOf(async () => await at.scim.get(path));
  expect(read.length).toBeGreaterThan(0);
  expect(read.join()).not.toMatch(/group_members|group_groups/);
  for (const op of ["add", "remove"]) {
    const change = async (id: string) =>
      await statementsOf(
        async () => await at.scim.patch(`/Groups/${id}`, ops({ op, path: "members", value: [{ value: newcomer }] })),
      );
    const [inLarge, inSmall] = [await change(large), await change(small)];
    expect(inLarge).toEqual(inSmall);
  }
  query.mockRestore();
  expect((await at.scim.get(path)).body.Resources[0]).not.toHaveProperty("members");
}, 60_000);

test("[P1] §3.11 a userName that differs in case alone is 409 by POST, PUT and PATCH; free after DELETE", async () => {
  const id = await made(at.scim, person("Eleven"));
  const other = await made(at.scim, person("eleven-2"));
  expectError(await at.scim.post("/Users", person("ELEVEN")), 409, "uniqueness");
  expectError(await at.scim.put(`/Users/${other}`, person("ELEVEN")), 409, "uniqueness");
  expectError(
    await at.scim.patch(`/Users/${other}`, ops({ op: "replace", path: "userName", value: "ELEVEN" })),
    409,
    "uniqueness",
  );
  await at.scim.delete(`/Users/${id}`);
  expect((await patched(`/Users/${other}`, { op: "replace", path: "userName", value: "ELEVEN" })).userName).toBe(
    "ELEVEN",
  );
});

test("[P1] §3.12 two parallel additions of different members both survive, 100 times; stale If-Match is 412, If-None-Match 304", async () => {
  const id = await group([]);
  const crowd = await people(200);
  for (let round = 0; round < 100; round += 1) {
    const pair = crowd.slice(2 * round, 2 * round + 2);
    const answers = await Promise.all(
      pair.map(
        async (value) => await at.scim.patch(`/Groups/${id}`, ops({ op: "add", path: "members", value: [{ value }] })),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([204, 204]);
  }
  const read = await at.scim.get(`/Groups/${id}`);
  expect(await membersOf(id)).toEqual(crowd.toSorted());
  const etag = read.headers.get("etag") ?? "";
  expect(etag).toBe('W/"201"');
  const again = ops({ op: "add", path: "members", value: [{ value: crowd[0] }] });
  expect((await at.scim.patch(`/Groups/${id}`, again, { "if-match": etag })).headers.get("etag")).toBe(etag);
  expectError(await at.scim.patch(`/Groups/${id}`, again, { "if-match": 'W/"200"' }), 412);
  expect((await at.scim.get(`/Groups/${id}`, { "if-none-match": etag })).status).toBe(304);
}, 60_000);

test("[P1] §3.13 readOnly is ignored in POST and PUT and in Okta's rename, refused behind a path; passwords are nowhere", async () => {
  const sent = { id: "x", meta: { location: "x" }, groups: [{ value: "x" }], password: "kettle-orbit-plum-1" };
  const id = await user(sent);
  expect(id).not.toBe("x");
  const put = await at.scim.put(`/Users/${id}`, person(`s-${count}`, sent));
  expect([put.status, put.body.id, put.text.includes("kettle")]).toEqual([200, id, false]);
  const g = await group([]);
  await patched(`/Groups/${g}`, { op: "replace", value: { id: g, displayName: "Thirteen" } });
  expectError(await at.scim.patch(`/Users/${id}`, ops({ op: "replace", path: "id", value: "y" })), 400, "mutability");
  expectError(await at.scim.find("Users", 'password sw "k"'), 403, "sensitive");
  await at.server.flush();
  const { db } = at.server.house;
  const kept = [
    ...(await db.rows("select * from directory_requests")),
    ...(await db.rows("select * from events")),
    ...(await db.rows("select * from users where id = $1", [id])),
  ];
  expect(JSON.stringify(kept)).not.toContain("kettle");
});

test("[P1] §3.14 PUT without members clears, with members sets; POST with members works; an unknown one is refused whole", async () => {
  const [a = "", b = ""] = await people(2);
  const id = await group([a]);
  const { displayName } = (await at.scim.get(`/Groups/${id}`)).body;
  const put = async (members?: unknown[]) =>
    await at.scim.put(`/Groups/${id}`, team(displayName, members === undefined ? {} : { members }));
  expect((await put([{ value: b }])).body.members).toEqual([expect.objectContaining({ value: b, type: "User" })]);
  expectError(await put([{ value: a }, { value: "01900000-0000-7000-8000-0000000000ff" }]), 400, "invalidValue");
  expect(await membersOf(id)).toEqual([b]);
  expect((await put()).body).not.toHaveProperty("members");
});

test("[P1] §3.15 who is deactivated can be read and found and keeps the id; strangers get 404; errors are SCIM's", async () => {
  const id = await user();
  await patched(`/Users/${id}`, { op: "replace", path: "active", value: false });
  expect((await at.scim.find("Users", `id eq "${id}" and active eq false`)).body.totalResults).toBe(1);
  expect((await patched(`/Users/${id}`, { op: "replace", path: "active", value: true })).id).toBe(id);
  const other = await at.server.connect();
  expectError(await other.get(`/Users/${id}`), 404);
  expectError(await other.post("/Groups", team("Fifteen", { members: [{ value: id }] })), 400, "invalidValue");
});
