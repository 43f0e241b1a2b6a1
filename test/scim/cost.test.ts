import pg from "pg";
import { beforeAll, expect, test, vi } from "vitest";
import { gatehouseUserUrn as own } from "#scim/schema/resource-type.ts";
import { createAttribute } from "#server/attributes/create-attribute.ts";
import { atServer } from "./support/at-server.ts";
import { made, ops, person, team } from "./support/scim-client.ts";

const at = atServer();
let user: string;
let small: string;
let large: string;

beforeAll(async () => {
  await at.server.house.work(async (work) => {
    await createAttribute(work, { name: "badge", type: "string", labels: { en: "Badge", ja: null }, isUnique: true });
  });
  user = await made(at.scim, person("counted", { emails: [{ value: "c@x.example" }] }));
  [small, large] = [await made(at.scim, team("Small")), await made(at.scim, team("Large"))];
  const { db } = at.server.house;
  await db.run(
    `with people as (
       insert into users (id, username, display_name, directory_id, created_at, updated_at)
       select gen_random_uuid(), 'cost-' || n, 'Cost', $1, now(), now() from generate_series(1, 3000) n returning id
     ) insert into group_members select $2, id from people`,
    [at.scim.id, large],
  );
  await db.run("update groups set member_count = 3000 where id = $1", [large]);
  await at.server.flush();
});

/**
 * Statements that a request takes, the look-up of its token among them; BEGIN and COMMIT count. The request log is
 * written by a timer and belongs to no request.
 */
async function statementsOf(act: () => Promise<{ status: number }>): Promise<number> {
  // What waits of the request log would be counted with it.
  await at.server.flush();
  const query = vi.spyOn(pg.Client.prototype, "query");
  try {
    expect((await act()).status).toBeLessThan(300);
    return query.mock.calls.filter((given) => !/directory_requests|last_request_at/.test(JSON.stringify(given))).length;
  } finally {
    query.mockRestore();
  }
}

const email = { emails: [{ value: "new@x.example" }] };
const member = () => [{ value: user }];

test.each<[string, number, () => Promise<{ status: number }>]>([
  [
    "POST of a user, with its activation mail and events",
    2,
    async () => await at.scim.post("/Users", person("new", email)),
  ],
  [
    "POST of a user with an attribute of the organization",
    2,
    async () => await at.scim.post("/Users", { ...person("new-own"), [own]: { badge: "B-1" } }),
  ],
  // Many may have the same value, so PostgreSQL is told to give up in time: before and behind the statement.
  ["a filter by an attribute of the organization", 4, async () => await at.scim.find("Users", 'badge eq "b-1"')],
  [
    "PATCH of an attribute of the organization",
    7,
    async () => await at.scim.patch(`/Users/${user}`, ops({ op: "add", path: `${own}:badge`, value: "B-2" })),
  ],
  ["GET of a user with groups", 2, async () => await at.scim.get(`/Users/${user}`)],
  ["a filter by userName", 2, async () => await at.scim.find("Users", 'userName eq "counted"')],
  ["a filter that no index answers", 4, async () => await at.scim.find("Users", 'title eq "T"')],
  ["a page that is full", 3, async () => await at.scim.get("/Users?count=10")],
  ["the first page by cursor", 3, async () => await at.scim.get("/Users?count=10&cursor=")],
  [
    "PATCH of a user",
    7,
    async () => await at.scim.patch(`/Users/${user}`, ops({ op: "replace", path: "title", value: "T" })),
  ],
  [
    "PATCH that changes nothing",
    5,
    async () => await at.scim.patch(`/Users/${user}`, ops({ op: "replace", path: "title", value: "T" })),
  ],
  [
    "GET of a large group without members",
    2,
    async () => await at.scim.get(`/Groups/${large}?excludedAttributes=members`),
  ],
  [
    "one more in a small group",
    8,
    async () => await at.scim.patch(`/Groups/${small}`, ops({ op: "add", path: "members", value: member() })),
  ],
  [
    "one more in a large group",
    8,
    async () => await at.scim.patch(`/Groups/${large}`, ops({ op: "add", path: "members", value: member() })),
  ],
  [
    "one less in a large group",
    7,
    async () => await at.scim.patch(`/Groups/${large}`, ops({ op: "remove", path: `members[value eq "${user}"]` })),
  ],
  [
    "a large group renamed",
    6,
    async () => await at.scim.patch(`/Groups/${large}`, ops({ op: "replace", path: "displayName", value: "Larger" })),
  ],
])("[P1] scale: %s takes %i statements at most", async (_title, most, act) => {
  expect(await statementsOf(act)).toBeLessThanOrEqual(most);
});

test("[P1] §3.10 reading a group without its members reads no table of members", async () => {
  const query = vi.spyOn(pg.Client.prototype, "query");
  await at.scim.get(`/Groups/${large}?excludedAttributes=members`);
  await at.scim.get("/Groups?excludedAttributes=members");
  await at.scim.get(`/Groups/${large}?attributes=displayName`);
  const texts = JSON.stringify(query.mock.calls);
  query.mockRestore();
  expect(texts).not.toMatch(/group_members|group_groups/);
});

test("[P1] §1.10 RFC 7644 §3.12: an answer that fails halfway is broken off and does not look whole", async () => {
  const { db } = at.server.house;
  const { rows } = db;
  let pages = 0;
  db.rows = async (text, binds) => {
    if (typeof text === "string" && text.includes("from group_members gm join users u") && (pages += 1) === 2)
      throw new Error("away");
    return await rows(text, binds);
  };
  await expect(at.scim.get(`/Groups/${large}`)).rejects.toThrow();
  db.rows = rows;
  expect(at.server.faults.join("")).toContain("broke off");
  at.server.faults.length = 0;
  expect((await at.scim.get(`/Groups/${large}`)).body.members).toHaveLength(3000);
});
