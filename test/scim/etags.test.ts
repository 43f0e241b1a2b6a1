import { expect, test } from "vitest";
import { atServer } from "./support/at-server.ts";
import { expectError, made, ops, person, team } from "./support/scim-client.ts";

const at = atServer();
const title = (value: string) => ops({ op: "replace", path: "title", value });
const name = (value: string) => ops({ op: "replace", path: "displayName", value });

test("[P1] §1.9 RFC 7644 §3.14: If-None-Match of the version at hand is 304 without a body, of another 200", async () => {
  const user = await made(at.scim, person("etag-1"));
  const group = await made(at.scim, team("etag-1"));
  for (const path of [`/Users/${user}`, `/Groups/${group}`]) {
    for (const tag of ['W/"1"', '"1"', "*", 'W/"7", W/"1"']) {
      const answer = await at.scim.get(path, { "if-none-match": tag });
      expect([answer.status, answer.text, answer.headers.get("etag")]).toEqual([304, "", 'W/"1"']);
    }
    expect((await at.scim.get(path, { "if-none-match": 'W/"2"' })).status).toBe(200);
  }
});

test("[P1] §1.9 RFC 7644 §3.14: If-Match of another version is 412 and changes nothing, for PUT, PATCH and DELETE", async () => {
  const user = await made(at.scim, person("etag-2"));
  const group = await made(at.scim, team("etag-2"));
  const stale = { "if-match": 'W/"99"' };
  const before = [await at.scim.get(`/Users/${user}`), await at.scim.get(`/Groups/${group}`)];
  expectError(await at.scim.put(`/Users/${user}`, person("etag-2", { title: "x" }), stale), 412);
  expectError(await at.scim.patch(`/Users/${user}`, title("x"), stale), 412);
  expectError(await at.scim.delete(`/Users/${user}`, stale), 412);
  expectError(await at.scim.put(`/Groups/${group}`, team("x"), stale), 412);
  expectError(await at.scim.patch(`/Groups/${group}`, name("x"), stale), 412);
  expectError(
    await at.scim.patch(`/Groups/${group}`, ops({ op: "add", path: "members", value: [{ value: user }] }), stale),
    412,
  );
  expectError(await at.scim.delete(`/Groups/${group}`, stale), 412);
  const after = [await at.scim.get(`/Users/${user}`), await at.scim.get(`/Groups/${group}`)];
  expect(after.map(({ text }) => text)).toEqual(before.map(({ text }) => text));
});

test("[P1] §1.9 RFC 7644 §3.14: If-Match of the version at hand, or *, lets through; the version moves with each change", async () => {
  const user = await made(at.scim, person("etag-3"));
  const group = await made(at.scim, team("etag-3"));
  expect((await at.scim.patch(`/Users/${user}`, title("a"), { "if-match": 'W/"1"' })).headers.get("etag")).toBe(
    'W/"2"',
  );
  expect((await at.scim.put(`/Users/${user}`, person("etag-3"), { "if-match": 'W/"2"' })).headers.get("etag")).toBe(
    'W/"3"',
  );
  expect((await at.scim.delete(`/Users/${user}`, { "if-match": "*" })).status).toBe(204);
  expect((await at.scim.patch(`/Groups/${group}`, name("etag-3b"), { "if-match": '"1"' })).headers.get("etag")).toBe(
    'W/"2"',
  );
  expect((await at.scim.delete(`/Groups/${group}`, { "if-match": 'W/"1", W/"2"' })).status).toBe(204);
});

test("[P1] §1.9 RFC 7644 §3.14: a password changes nothing that can be seen, so not the version either", async () => {
  const user = await made(at.scim, person("etag-4"));
  const answer = await at.scim.patch(`/Users/${user}`, ops({ op: "replace", path: "password", value: "irrelevant" }));
  expect([answer.status, answer.headers.get("etag")]).toEqual([200, 'W/"1"']);
});
