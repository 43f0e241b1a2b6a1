import { expect, test } from "vitest";
import { atServer } from "./support/at-server.ts";
import { made, ops, person, team } from "./support/scim-client.ts";
import type { Answer } from "./support/scim-client.ts";

const at = atServer();

async function atOnce<Result>(howMany: number, act: (n: number) => Promise<Result>): Promise<Result[]> {
  return await Promise.all(Array.from({ length: howMany }, async (_, n) => await act(n)));
}

function tally(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const key = body?.scimType === undefined ? String(status) : `${status} ${body.scimType}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

const rounds = 100;

test(`[P1] §3.11 RFC 7644 §3.3: 20 parallel POSTs of one userName: exactly one 201, ${rounds} times in a row`, async () => {
  for (let round = 0; round < rounds; round += 1) {
    const answers = await atOnce(
      20,
      async (n) => await at.scim.post("/Users", person(n % 2 ? `Race-${round}` : `rACE-${round}`)),
    );
    expect(tally(answers)).toEqual({ "201": 1, "409 uniqueness": 19 });
  }
}, 120_000);

test(`[P1] §3.11 RFC 7644 §3.3: 20 parallel POSTs of one externalId, and of one group name: exactly one 201`, async () => {
  const users = await atOnce(20, async (n) => await at.scim.post("/Users", person(`ext-${n}`, { externalId: "one" })));
  expect(tally(users)).toEqual({ "201": 1, "409 uniqueness": 19 });
  const groups = await atOnce(20, async () => await at.scim.post("/Groups", team("One")));
  expect(tally(groups)).toEqual({ "201": 1, "409 uniqueness": 19 });
});

test("[P1] §3.12 RFC 7644 §3.5.2: 100 parallel additions of different members to one group all survive", async () => {
  const people = await atOnce(100, async (n) => await made(at.scim, person(`many-${n}`)));
  const id = await made(at.scim, team("Everybody"));
  const answers = await atOnce(
    100,
    async (n) =>
      await at.scim.patch(`/Groups/${id}`, ops({ op: "add", path: "members", value: [{ value: people[n] }] })),
  );
  expect(tally(answers)).toEqual({ "204": 100 });
  const { body } = await at.scim.get(`/Groups/${id}`);
  expect(body.members).toHaveLength(100);
  expect(body.meta.version).toBe('W/"101"');
  const removed = await atOnce(
    100,
    async (n) => await at.scim.patch(`/Groups/${id}`, ops({ op: "remove", path: `members[value eq "${people[n]}"]` })),
  );
  expect(tally(removed)).toEqual({ "204": 100 });
  expect((await at.scim.get(`/Groups/${id}`)).body).not.toHaveProperty("members");
});

test("[P1] §3.12 RFC 7644 §3.5.2: parallel PATCHes of different attributes of one user all survive", async () => {
  const id = await made(at.scim, person("patched-at-once"));
  const attributes = [
    "title",
    "nickName",
    "userType",
    "preferredLanguage",
    "name.middleName",
    "name.givenName",
    "profileUrl",
    "department",
  ];
  const answers = await atOnce(
    attributes.length,
    async (n) => await at.scim.patch(`/Users/${id}`, ops({ op: "replace", path: attributes[n], value: `v${n}` })),
  );
  expect(tally(answers)).toEqual({ "200": attributes.length });
  const { body } = await at.scim.get(`/Users/${id}`);
  expect(body).toMatchObject({
    title: "v0",
    nickName: "v1",
    userType: "v2",
    preferredLanguage: "v3",
    name: { middleName: "v4", givenName: "v5" },
    profileUrl: "v6",
  });
  expect(body.meta.version).toBe(`W/"${attributes.length + 1}"`);
});

test("[P1] §3.12 RFC 7644 §3.14: of 20 that change the version they saw, one gets through, the others get 412", async () => {
  const id = await made(at.scim, person("matched"));
  const answers = await atOnce(
    20,
    async (n) =>
      await at.scim.patch(`/Users/${id}`, ops({ op: "replace", path: "title", value: `t${n}` }), {
        "if-match": 'W/"1"',
      }),
  );
  expect(tally(answers)).toEqual({ "200": 1, "412": 19 });
});

test("[P1] §1.12 RFC 7644 §3.6: of 10 that delete one user, one gets 204; the name is free in the same moment", async () => {
  const id = await made(at.scim, person("deleted-at-once"));
  expect(tally(await atOnce(10, async () => await at.scim.delete(`/Users/${id}`)))).toEqual({ "204": 1, "404": 9 });
  await made(at.scim, person("deleted-at-once"));
});

test("[P1] §1.12 RFC 7644 §3.6: who is deleted while being added to a group is never left in it, and nothing deadlocks", async () => {
  const id = await made(at.scim, team("Revolving"));
  for (let round = 0; round < 10; round += 1) {
    const people = await atOnce(6, async (n) => await made(at.scim, person(`rev-${round}-${n}`)));
    await at.scim.patch(
      `/Groups/${id}`,
      ops({ op: "add", path: "members", value: people.slice(0, 3).map((value) => ({ value })) }),
    );
    const answers = await Promise.all(
      people.flatMap((user) => [
        at.scim.delete(`/Users/${user}`),
        at.scim.patch(`/Groups/${id}`, ops({ op: "add", path: "members", value: [{ value: user }] })),
      ]),
    );
    for (const answer of answers) expect([204, 400]).toContain(answer.status);
    expect((await at.scim.get(`/Groups/${id}`)).body).not.toHaveProperty("members");
    const ghosts = await at.server.house.db.rows("select from group_members where group_id = $1", [id]);
    expect(ghosts).toHaveLength(0);
  }
});

test("[P1] §1.12 RFC 7644 §3.6: people who share groups are deleted and taken out at once, and nothing deadlocks", async () => {
  const { db } = at.server.house;
  const deadlocks = async () => {
    const row = await db.row<{ deadlocks: string }>(
      "select pg_stat_get_db_deadlocks(oid) as deadlocks from pg_database where datname = current_database()",
    );
    return Number(row?.deadlocks);
  };
  const before = await deadlocks();
  const people = await atOnce(12, async (n) => await made(at.scim, person(`shared-${n}`)));
  const members = people.map((value) => ({ value }));
  const groups = await atOnce(6, async (n) => await made(at.scim, team(`Shared ${n}`, { members })));
  const answers = await Promise.all([
    ...people.slice(0, 8).map(async (user) => await at.scim.delete(`/Users/${user}`)),
    ...groups.map(
      async (group, n) =>
        await at.scim.patch(`/Groups/${group}`, ops({ op: "remove", path: `members[value eq "${people[n]}"]` })),
    ),
  ]);
  expect(tally(answers)).toEqual({ "204": 14 });
  for (const group of groups) {
    const { body } = await at.scim.get(`/Groups/${group}`);
    expect(body.members.map(({ value }: { value: string }) => value).toSorted()).toEqual(people.slice(8).toSorted());
  }
  // PostgreSQL's counters are a second behind; a deadlock takes a second to be noticed.
  await db.rows("select pg_stat_force_next_flush()");
  expect(await deadlocks()).toBe(before);
});

test("[P1] §1.7 RFC 7644 §3.5.2: groups that are put into each other at once never form a ring", async () => {
  for (let round = 0; round < 10; round += 1) {
    const [a, b] = [await made(at.scim, team(`ring-a-${round}`)), await made(at.scim, team(`ring-b-${round}`))];
    const put = async (into: string, value: string) =>
      await at.scim.patch(`/Groups/${into}`, ops({ op: "add", path: "members", value: [{ value }] }));
    const answers = await Promise.all([put(a, b), put(b, a)]);
    expect(tally(answers)).toEqual({ "204": 1, "400 invalidValue": 1 });
  }
});
