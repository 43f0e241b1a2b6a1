import { beforeAll, describe, expect, test } from "vitest";
import { atServer } from "./support/at-server.ts";
import { core, enterprise, expectError, made, ops, person, team } from "./support/scim-client.ts";
import type { Answer, ScimClient } from "./support/scim-client.ts";

const at = atServer();
let many: ScimClient;

/** Rows with few different sort keys, and gaps among them. */
const total = 1050;

beforeAll(async () => {
  many = await at.server.connect();
  await at.server.house.db.run(
    `insert into users (id, username, display_name, directory_id, resource, created_at, updated_at)
     select gen_random_uuid(), 'user-' || lpad(n::text, 4, '0'), 'Name ' || n % 7, $1,
       case when n % 3 = 0 then '{}' else jsonb_build_object('title', 'T' || n % 5) end, now(), now()
     from generate_series(1, ${total}) n`,
    [many.id],
  );
  await made(
    at.scim,
    person("zoë".replace("ë", "e"), {
      title: "b",
      emails: [{ value: "m@x.example" }, { value: "a@x.example", primary: true }],
    }),
  );
  await made(at.scim, person("Adam", { title: "A", emails: [{ value: "z@x.example" }], active: false }));
  await made(at.scim, person("bea", { name: { familyName: "Q" }, emails: [{ value: "n@x.example", primary: true }] }));
});

function names({ body }: Answer): string[] {
  return body.Resources.map((user: { userName: string }) => user.userName);
}

describe("[P1] §1.5 RFC 7644 §3.4.2.4: paging by index", () => {
  test.each([
    ["the first page", "", [1, 100, total]],
    ["startIndex=0 is 1", "startIndex=0&count=5", [1, 5, total]],
    ["startIndex=-5 is 1", "startIndex=-5&count=5", [1, 5, total]],
    ["count=0 is a count", "count=0", [1, 0, total]],
    ["count=-1 is 0", "count=-1", [1, 0, total]],
    ["more than the most", "count=100000", [1, 1000, total]],
    ["the last page", "startIndex=1001&count=100", [1001, 50, total]],
    ["behind the last", "startIndex=5000&count=10", [5000, 0, total]],
    ["far behind the last", "startIndex=999999999999999&count=1", [999999999999999, 0, total]],
    ["an empty count", "count=&startIndex=", [1, 100, total]],
  ])("[P1] §1.5 RFC 7644 §3.4.2.4: %s", async (_title, query, [startIndex, itemsPerPage, totalResults]) => {
    const answer = await many.get(`/Users?${query}`);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ startIndex, itemsPerPage, totalResults });
    expect(answer.body.Resources).toHaveLength(itemsPerPage ?? 0);
  });

  test.each([
    ["count=x"],
    ["count=1.5"],
    ["startIndex=one"],
    ["count=1&count=2"],
    ["sortOrder=up"],
    ["sortBy=shoeSize"],
    ["sortBy=name"],
    ["sortBy=password"],
  ])("[P1] §1.5 RFC 7644 §3.4.2: %s is 400 invalidValue", async (query) => {
    expectError(await many.get(`/Users?${query}`), 400, "invalidValue");
  });

  test("[P1] §1.5 RFC 7644 §3.4.2: nothing found is 200 with Resources [] and totalResults 0", async () => {
    const answer = await many.find("Users", 'userName eq "nobody"');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
      totalResults: 0,
      startIndex: 1,
      itemsPerPage: 0,
      Resources: [],
    });
  });

  test.each(["", "&sortBy=displayName", "&sortBy=title&sortOrder=descending", "&sortBy=userName"])(
    "[P1] §1.5 RFC 7644 §3.4.2.4: pages of a list with equal keys visit each once: %s",
    async (sort) => {
      const seen: string[] = [];
      for (let startIndex = 1; startIndex <= total; startIndex += 300) {
        seen.push(...names(await many.get(`/Users?startIndex=${startIndex}&count=300&attributes=userName${sort}`)));
      }
      expect([seen.length, new Set(seen).size]).toEqual([total, total]);
    },
  );

  test("[P1] §1.5 RFC 7644 §3.4.2.4: a filter is counted whole, whatever the page", async () => {
    const answer = await many.find("Users", 'displayName eq "name 3"', "&count=2");
    expect(answer.body).toMatchObject({ totalResults: 150, itemsPerPage: 2 });
  });
});

describe("[P1] §1.13 RFC 9865 paging by cursor", () => {
  async function walk(query: string, between: (page: number) => Promise<void> = async () => {}): Promise<string[]> {
    const seen: string[] = [];
    let cursor = "";
    for (let page = 0; page < 100; page += 1) {
      const answer = await many.get(
        `/Users?count=100&attributes=userName&cursor=${encodeURIComponent(cursor)}${query}`,
      );
      expect(answer.status, answer.text).toBe(200);
      seen.push(...names(answer));
      if (answer.body.nextCursor === undefined) return seen;
      cursor = answer.body.nextCursor;
      await between(page);
    }
    throw new Error("the walk has no end");
  }

  test.each(["", "&sortBy=displayName", "&sortBy=title", "&sortBy=title&sortOrder=descending", "&sortBy=meta.created"])(
    "[P1] §1.13 RFC 9865 §2: a walk visits each once: %s",
    async (sort) => {
      const seen = await walk(sort);
      expect([seen.length, new Set(seen).size]).toEqual([total, total]);
    },
  );

  test("[P1] §1.13 RFC 9865 §2: the first page has totalResults, the last no nextCursor, index is the default", async () => {
    const first = await many.get("/Users?cursor=&count=600");
    expect(first.body).toMatchObject({ totalResults: total, itemsPerPage: 600 });
    expect(first.body).not.toHaveProperty("startIndex");
    expect(first.body).not.toHaveProperty("previousCursor");
    const last = await many.get(`/Users?cursor=${first.body.nextCursor}&count=600`);
    expect(last.body.itemsPerPage).toBe(450);
    expect(last.body).not.toHaveProperty("nextCursor");
    const back = await many.get(`/Users?cursor=${last.body.previousCursor}&count=600`);
    expect(names(back)).toEqual(names(first));
    expect(back.body).not.toHaveProperty("previousCursor");
    expect(names(await many.get(`/Users?cursor=${back.body.nextCursor}&count=600`))).toEqual(names(last));
    expect((await many.get("/Users")).body).not.toHaveProperty("nextCursor");
  });

  test("[P1] §1.13 RFC 9865 §2: pages back, sorted, with values missing", async () => {
    for (const sort of ["&sortBy=title", "&sortBy=title&sortOrder=descending"]) {
      const first = await many.get(`/Users?cursor=&count=400${sort}`);
      const second = await many.get(`/Users?cursor=${first.body.nextCursor}&count=400${sort}`);
      const third = await many.get(`/Users?cursor=${second.body.nextCursor}&count=400${sort}`);
      const back = await many.get(`/Users?cursor=${third.body.previousCursor}&count=400${sort}`);
      expect(names(back)).toEqual(names(second));
      expect(back.body).toHaveProperty("previousCursor");
    }
  });

  test("[P1] §1.13 RFC 9865 §2: nobody is lost while others are deleted during the walk", async () => {
    const all = await walk("");
    const doomed = all.slice(0, 30);
    const rest = await walk("&sortBy=userName", async (page) => {
      const [name] = doomed.slice(page, page + 1);
      if (name === undefined) return;
      await at.server.house.db.run("delete from users where username = $1", [name]);
    });
    expect(new Set(rest).size).toBe(rest.length);
    for (const name of all.slice(30)) expect(rest).toContain(name);
    await at.server.house.db.run(
      `insert into users (id, username, display_name, directory_id, created_at, updated_at)
       select gen_random_uuid(), name, 'Name', $1, now(), now() from unnest($2::text[]) name on conflict do nothing`,
      [many.id, doomed],
    );
  });

  test("[P1] §1.13 RFC 9865 §2.1: a cursor that was changed, or belongs elsewhere, is invalidCursor; an old one expiredCursor", async () => {
    const { nextCursor } = (await many.get("/Users?cursor=&count=10")).body;
    const turned = `${nextCursor.slice(0, 20)}${nextCursor[20] === "A" ? "B" : "A"}${nextCursor.slice(21)}`;
    for (const query of [
      `cursor=${turned}`,
      "cursor=abc",
      "cursor=%00",
      `cursor=${nextCursor}&sortBy=title`,
      `cursor=${nextCursor}&filter=userName%20pr`,
    ]) {
      expectError(await many.get(`/Users?count=10&${query}`), 400, "invalidCursor");
    }
    expectError(await at.scim.get(`/Users?cursor=${nextCursor}`), 400, "invalidCursor");
    expectError(await many.get(`/Groups?cursor=${nextCursor}`), 400, "invalidCursor");
    expectError(await many.get(`/Users?cursor=${nextCursor}&count=x`), 400, "invalidCount");
    const { clock } = at.server.house;
    const now = clock.now;
    clock.now = new Date(now.getTime() + 25 * 3_600_000);
    expectError(await many.get(`/Users?cursor=${nextCursor}`), 400, "expiredCursor");
    clock.now = now;
  });

  test("[P1] §1.13 RFC 9865 §2: cursors hold no readable data", async () => {
    const { nextCursor } = (await many.get("/Users?cursor=&count=10&sortBy=userName")).body;
    expect(Buffer.from(nextCursor, "base64url").toString("latin1")).not.toContain("user-");
  });
});

describe("[P1] §1.5 RFC 7644 §3.4.2.3: sorting", () => {
  test.each([
    ["userName", "", ["Adam", "bea", "zoe"]],
    ["userName", "descending", ["zoe", "bea", "Adam"]],
    ["title", "ascending", ["Adam", "zoe", "bea"]],
    ["title", "descending", ["bea", "zoe", "Adam"]],
    ["emails", "", ["zoe", "bea", "Adam"]],
    ["emails.value", "descending", ["Adam", "bea", "zoe"]],
    ["name.familyName", "", ["bea", "zoe", "Adam"]],
    ["active", "", ["Adam", "zoe", "bea"]],
    ["meta.created", "", ["zoe", "Adam", "bea"]],
    ["id", "", ["zoe", "Adam", "bea"]],
    ["meta.resourceType", "", ["zoe", "Adam", "bea"]],
    ["USERNAME", "Ascending", ["Adam", "bea", "zoe"]],
    [`${core}:userName`, "", ["Adam", "bea", "zoe"]],
  ])(
    "[P1] §1.5 RFC 7644 §3.4.2.3: by %s %s: without case, by the primary value, what is missing last",
    async (sortBy, order, expected) => {
      const answer = await at.scim.get(`/Users?sortBy=${sortBy}${order === "" ? "" : `&sortOrder=${order}`}`);
      expect(names(answer)).toEqual(expected);
    },
  );
});

describe("[P1] §1.5 RFC 7644 §3.9: attributes", () => {
  let id: string;
  beforeAll(async () => {
    const client = await at.server.connect();
    id = await made(
      client,
      person("chosen", {
        title: "T",
        name: { givenName: "G", familyName: "F" },
        emails: [{ value: "c@x.example", type: "work" }],
        [enterprise]: { department: "D", costCenter: "C" },
      }),
    );
    await made(client, team("Chosen", { members: [{ value: id }] }));
    chosen = client;
  });
  let chosen: ScimClient;

  const cases: [query: string, keys: string[]][] = [
    ["attributes=title", ["id", "schemas", "title"]],
    ["attributes=TITLE,%20userName", ["id", "schemas", "title", "userName"]],
    ["attributes=name.givenName", ["id", "name", "schemas"]],
    [`attributes=${enterprise}:department`, ["id", "schemas", enterprise]],
    [`attributes=${enterprise}`, ["id", "schemas", enterprise]],
    [`attributes=${core}:title`, ["id", "schemas", "title"]],
    ["attributes=shoeSize", ["id", "schemas"]],
    ["attributes=password", ["id", "schemas"]],
    ["attributes=groups", ["groups", "id", "schemas"]],
    [
      `excludedAttributes=emails,name,groups,meta,active,displayName,title,${enterprise}`,
      ["id", "schemas", "userName"],
    ],
    [
      `excludedAttributes=id,schemas,emails,name,groups,meta,active,displayName,title,${enterprise}`,
      ["id", "schemas", "userName"],
    ],
    ["attributes=title,userName&excludedAttributes=title", ["id", "schemas", "userName"]],
  ];

  test.each(cases)("[P1] §1.5 RFC 7644 §3.9: %s", async (query, keys) => {
    const one = await chosen.get(`/Users/${id}?${query}`);
    expect(Object.keys(one.body).toSorted()).toEqual(keys);
    const list = await chosen.get(`/Users?${query}`);
    expect(list.body.Resources).toEqual([one.body]);
    const patched = await chosen.patch(`/Users/${id}?${query}`, ops());
    expect(patched.body).toEqual(one.body);
  });

  test("[P1] §1.5 RFC 7644 §3.9: schemas names what is shown", async () => {
    expect((await chosen.get(`/Users/${id}?attributes=title`)).body.schemas).toEqual([core]);
    expect((await chosen.get(`/Users/${id}?attributes=department`)).body.schemas).toEqual([core, enterprise]);
    expect((await chosen.get(`/Users/${id}?attributes=department`)).body[enterprise]).toEqual({ department: "D" });
  });

  test("[P1] §1.5 RFC 7644 §3.9: POST and PUT honour attributes as well", async () => {
    const posted = await chosen.post("/Users?attributes=userName", person("chosen-2", { title: "T" }));
    expect(Object.keys(posted.body).toSorted()).toEqual(["id", "schemas", "userName"]);
    const put = await chosen.put(`/Users/${posted.body.id}?excludedAttributes=meta`, person("chosen-2"));
    expect(put.body).not.toHaveProperty("meta");
    await chosen.delete(`/Users/${posted.body.id}`);
  });
});
