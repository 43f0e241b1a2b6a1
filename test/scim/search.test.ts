import { beforeAll, expect, test } from "vitest";
import { atServer } from "./support/at-server.ts";
import { expectError, made, person, team } from "./support/scim-client.ts";
import type { Answer } from "./support/scim-client.ts";

const at = atServer();
const searchUrn = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
const search = (asked: Record<string, unknown> = {}) => ({ schemas: [searchUrn], ...asked });

/** Names of what was found, groups in capitals. */
function found({ body }: Answer): string[] {
  return body.Resources.map((one: { userName?: string; displayName: string }) => one.userName ?? one.displayName);
}

beforeAll(async () => {
  const { clock } = at.server.house;
  const later = () => (clock.now = new Date(clock.now.getTime() + 1000));
  const ann = await made(at.scim, person("ann", { displayName: "Ann", title: "T" }));
  later();
  await made(at.scim, team("ALPHA", { members: [{ value: ann }] }));
  later();
  await made(at.scim, person("ben", { displayName: "Ben" }));
  later();
  await made(at.scim, team("BETA"));
});

test("[P1] §1.1 RFC 7644 §3.4.3: POST .search is GET with a body: 200, the same answer", async () => {
  for (const type of ["Users", "Groups"] as const) {
    const asked = {
      filter: 'displayName sw "b"',
      attributes: ["displayName"],
      startIndex: 1,
      count: 5,
      sortBy: "displayName",
      sortOrder: "descending",
    };
    const answer = await at.scim.post(`/${type}/.search`, search(asked));
    expect(answer.status).toBe(200);
    const query = `filter=${encodeURIComponent(asked.filter)}&attributes=displayName&startIndex=1&count=5&sortBy=displayName&sortOrder=descending`;
    expect(answer.body).toEqual((await at.scim.get(`/${type}?${query}`)).body);
    expect(answer.body.totalResults).toBe(1);
  }
});

test("[P1] §1.1 RFC 7644 §3.4.3: cursors work in .search, too (RFC 9865 §2)", async () => {
  const first = await at.scim.post("/Users/.search", search({ cursor: "", count: 1 }));
  expect([found(first), first.body.totalResults]).toEqual([["ann"], 2]);
  const second = await at.scim.post("/Users/.search", search({ cursor: first.body.nextCursor, count: 1 }));
  expect(found(second)).toEqual(["ben"]);
  expect(second.body).not.toHaveProperty("nextCursor");
});

test.each([
  ["no schemas", {}, "invalidSyntax"],
  ["a filter that is no text", search({ filter: 5 }), "invalidSyntax"],
  ["a count that is a text", search({ count: "5" }), "invalidValue"],
  ["a bad filter", search({ filter: "x" }), "invalidFilter"],
  ["an array", [], "invalidSyntax"],
  ["a filter that is misspelt", search({ filtr: 'userName eq "ann"' }), "invalidSyntax"],
])("[P1] §1.1 RFC 7644 §3.4.3: %s is refused", async (_title, body, scimType) => {
  for (const path of ["/.search", "/Users/.search", "/Groups/.search"]) {
    expectError(await at.scim.post(path, body), 400, scimType);
  }
});

test("[P1] §1.1 RFC 7644 §3.4.2.1: the root lists users and groups together, by GET and by POST .search", async () => {
  const all = ["ann", "ALPHA", "ben", "BETA"];
  expect(found(await at.scim.get("/"))).toEqual(all);
  const answer = await at.scim.post("/.search", search());
  expect(found(answer)).toEqual(all);
  expect(answer.body).toMatchObject({ totalResults: 4, itemsPerPage: 4, startIndex: 1 });
  const [ann, alpha] = answer.body.Resources;
  expect(ann).toEqual((await at.scim.get(`/Users/${ann.id}`)).body);
  expect(alpha).toEqual((await at.scim.get(`/Groups/${alpha.id}`)).body);
});

test.each([
  ['meta.resourceType eq "User"', ["ann", "ben"]],
  ['meta.resourceType eq "Group"', ["ALPHA", "BETA"]],
  ['displayName sw "b"', ["ben", "BETA"]],
  ['userName eq "ann"', ["ann"]],
  ['not (userName eq "ann")', ["ALPHA", "ben", "BETA"]],
  ['userName eq "ben" or displayName eq "alpha"', ["ALPHA", "ben"]],
  ["members pr", ["ALPHA"]],
  ["active eq true", ["ann", "ben"]],
  ['groups.display eq "alpha"', ["ann"]],
  ['urn:ietf:params:scim:schemas:core:2.0:Group:displayName eq "beta"', ["BETA"]],
  ['meta.created gt "2000-01-01T00:00:00Z"', ["ann", "ALPHA", "ben", "BETA"]],
])("[P1] §1.1 RFC 7644 §3.4.2.1: the root with a filter: %s", async (filter, expected) => {
  expect(found(await at.scim.post("/.search", search({ filter })))).toEqual(expected);
  expect(found(await at.scim.get(`/?filter=${encodeURIComponent(filter)}`))).toEqual(expected);
});

test.each([
  [{ sortBy: "displayName" }, ["ALPHA", "ann", "ben", "BETA"]],
  [{ sortBy: "displayName", sortOrder: "descending" }, ["BETA", "ben", "ann", "ALPHA"]],
  [{ sortBy: "userName" }, ["ann", "ben", "ALPHA", "BETA"]],
  [{ sortBy: "userName", sortOrder: "descending" }, ["BETA", "ALPHA", "ben", "ann"]],
  [{ sortBy: "meta.created", sortOrder: "descending" }, ["BETA", "ben", "ALPHA", "ann"]],
  [{ sortBy: "title" }, ["ann", "ALPHA", "ben", "BETA"]],
  [{ sortBy: "members" }, ["ALPHA", "ann", "ben", "BETA"]],
  [{ sortBy: "groups.value" }, ["ann", "ALPHA", "ben", "BETA"]],
  [{ sortBy: "active", sortOrder: "descending" }, ["BETA", "ALPHA", "ben", "ann"]],
])("[P1] §1.1 RFC 7644 §3.4.2.1: the root sorted %j, whole and in pages", async (asked, expected) => {
  expect(found(await at.scim.post("/.search", search(asked)))).toEqual(expected);
  const byIndex: string[] = [];
  for (let startIndex = 1; startIndex <= 4; startIndex += 1) {
    const page = await at.scim.post("/.search", search({ ...asked, startIndex, count: 1 }));
    expect(page.body.totalResults).toBe(4);
    byIndex.push(...found(page));
  }
  expect(byIndex).toEqual(expected);
  const byCursor: string[] = [];
  let cursor: string | undefined = "";
  while (cursor !== undefined) {
    const page: Answer = await at.scim.post("/.search", search({ ...asked, cursor, count: 3 }));
    byCursor.push(...found(page));
    cursor = page.body.nextCursor;
  }
  expect(byCursor).toEqual(expected);
});

test("[P1] §1.1 RFC 7644 §3.4.2.1: attributes at the root are those of each type", async () => {
  const answer = await at.scim.post("/.search", search({ attributes: ["displayName", "userName", "members.value"] }));
  const [ann, alpha] = answer.body.Resources;
  expect(Object.keys(ann).toSorted()).toEqual(["displayName", "id", "schemas", "userName"]);
  expect(alpha.members).toEqual([{ value: ann.id }]);
  const bare = await at.scim.post("/.search", search({ excludedAttributes: ["members", "groups", "meta"] }));
  expect(bare.text).not.toMatch(/"members"|"groups"|"meta"/);
});
