import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allPermissions } from "#contract/permissions.ts";
import type { Actor } from "#server/db/work.ts";
import { newId } from "#server/kernel/ids.ts";
import type { UserId } from "#server/kernel/ids.ts";
import { adminRole } from "#server/permissions/read-role.ts";
import { createApiToken } from "#server/permissions/api-tokens.ts";
import { cleanExpired } from "#server/tasks/clean-expired.ts";
import { deleteUser } from "#server/users/delete-user.ts";
import { deleteUserView, findUserViews, saveUserView } from "#server/users/user-views.ts";
import { serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse } from "#test/oidc/support/served-house.ts";
import { giveFactors } from "#test/support/give-factors.ts";

let house: ServedHouse;
let one: string;
let other: string;

beforeAll(async () => {
  house = await serveHouse();
  [one, other] = [await token("Ritva"), await token("Łucja")];
});
afterAll(async () => await house.close());

async function token(name: string): Promise<string> {
  return (await house.work(async (work) => await createApiToken(work, { name, permissions: allPermissions }))).token;
}

// oxlint-disable-next-line no-explicit-any -- a test reads answers as deep as it likes and compares what it finds
type Body = any;

async function call(
  method: string,
  path: string,
  { by = one, body, headers = {} }: { by?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<{ status: number; headers: Headers; body: Body }> {
  const reply = await fetch(`${house.issuer}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${by}`, "content-type": "application/json", ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await reply.text();
  return { status: reply.status, headers: reply.headers, body: text === "" ? undefined : JSON.parse(text) };
}

const usernames = async (query: string): Promise<string[]> =>
  (await call("GET", `/users?${query}`)).body.items.map((user: { username: string }) => user.username);

describe("comments", () => {
  test("[U6] are written by administrators, newest first, deleted by their author alone, and told of without their text", async () => {
    const { id } = await house.makeUser();
    const first = await call("POST", `/users/${id}/comments`, { body: { text: "  Lost her phone in Nagoya. " } });
    expect([first.status, first.body.text, first.body.isOwn]).toEqual([201, "Lost her phone in Nagoya.", true]);
    await call("POST", `/users/${id}/comments`, { by: other, body: { text: "Called back." } });
    expect((await call("POST", `/users/${id}/comments`, { body: { text: " \n" } })).body.code).toBe("comment.empty");
    const seen = (await call("GET", `/users/${id}/comments`, { by: other })).body;
    expect(seen.total).toBe(2);
    expect(seen.items.map((item: Body) => [item.author.name, item.text, item.isOwn])).toEqual([
      ["Łucja", "Called back.", true],
      ["Ritva", "Lost her phone in Nagoya.", false],
    ]);
    const address = `/users/${id}/comments/${first.body.id}`;
    const refused = await call("DELETE", address, { by: other });
    expect([refused.status, refused.body.code]).toEqual([403, "comment.notOwn"]);
    const elsewhere = await house.makeUser();
    expect((await call("DELETE", `/users/${elsewhere.id}/comments/${first.body.id}`)).status).toBe(404);
    expect((await call("DELETE", address)).status).toBe(204);
    expect((await call("GET", `/users/${id}/comments`)).body.total).toBe(1);
    const log = (await call("GET", `/events?subject=${id}`)).body.items;
    expect(log.slice(0, 3).map((event: Body) => event.type)).toEqual([
      "user.commentDeleted",
      "user.commented",
      "user.commented",
    ]);
    expect(JSON.stringify(log)).not.toContain("Nagoya");
  });

  test("[U9] go with the account", async () => {
    const { id } = await house.makeUser();
    await call("POST", `/users/${id}/comments`, { body: { text: "Leaves in spring." } });
    await house.work(async (work) => await deleteUser(work, id));
    expect(await house.db.rows("select 1 from user_comments where user_id = $1", [id])).toEqual([]);
    expect((await call("GET", `/users/${id}/comments`)).status).toBe(404);
  });
});

test("[U2] views of the list are kept for each administrator, and one of the same name is replaced", async () => {
  const [ritva, lucja] = [await house.makeUser(), await house.makeUser()];
  const as = (id: UserId): Actor => ({ kind: "user", id, name: "x", can: () => true });
  const save = async (id: UserId, name: string, query: string) =>
    await house.as(as(id), async (work) => await saveUserView(work, { name, query }));
  const mine = await save(ritva.id, " Osaka sales ", "q=osaka");
  await save(ritva.id, "Blocked", "status=blocked&columns=email");
  await save(ritva.id, "osaka SALES", "q=osaka&status=active");
  const found = async (id: UserId) =>
    (await house.as(as(id), findUserViews)).map((view) => `${view.name}: ${view.query}`);
  expect(await found(ritva.id)).toEqual([
    "Blocked: status=blocked&columns=email",
    "osaka SALES: q=osaka&status=active",
  ]);
  expect(await found(lucja.id)).toEqual([]);
  await expect(house.as(as(lucja.id), async (work) => await deleteUserView(work, mine.id))).rejects.toMatchObject({
    code: "view.missing",
  });
  await house.as(as(ritva.id), async (work) => await deleteUserView(work, mine.id));
  expect(await found(ritva.id)).toHaveLength(1);
  expect((await call("GET", "/me/user-views")).body).toEqual({ items: [] });
  const refused = await call("PUT", "/me/user-views", { body: { name: "x", query: "" } });
  expect(refused.body.code).toBe("view.noOwner");
});

describe("the user list", () => {
  test("[U2] is narrowed by second factor and by time, and sorted by email and sign-ins", async () => {
    const people = [];
    for (const name of ["sieve-a", "sieve-b", "sieve-c", "sieve-d"])
      people.push(await house.makeUser({ username: name }));
    const [a, b, c] = people;
    if (a === undefined || b === undefined || c === undefined) throw new Error("four were made");
    await giveFactors(house, a.id, "A laptop");
    await house.db.run(
      `update users set sign_in_count = case username when 'sieve-a' then 3 when 'sieve-c' then 12 else sign_in_count end,
         created_at = case username when 'sieve-b' then '2024-05-01T00:00:00Z' else created_at end,
         last_active_at = case username when 'sieve-c' then timestamptz '2025-02-03T04:05:06Z' end,
         email = case username when 'sieve-d' then null else email end
       where username like 'sieve-%'`,
    );
    expect(await usernames("q=sieve&factor=yes")).toEqual(["sieve-a"]);
    expect((await usernames("q=sieve&factor=no")).toSorted()).toEqual(["sieve-b", "sieve-c", "sieve-d"]);
    const [row] = (await call("GET", "/users?q=sieve-a")).body.items;
    expect(row.factorKinds).toContain("totp");
    expect(await usernames("q=sieve&createdBefore=2025-01-01T00:00:00Z")).toEqual(["sieve-b"]);
    expect(await usernames("q=sieve&createdAfter=2024-05-01T00:00:00Z&createdBefore=2024-05-01T00:00:01Z")).toEqual([
      "sieve-b",
    ]);
    expect(
      await usernames("q=sieve&activeAfter=2025-02-03T00:00:00%2B09:00&activeBefore=2025-02-04T00:00:00Z"),
    ).toEqual(["sieve-c"]);
    expect((await call("GET", "/users?createdAfter=yesterday")).status).toBe(400);
    expect((await call("GET", "/users/count?q=sieve&factor=no")).body).toEqual({ count: 3 });
    expect(await usernames("q=sieve&sort=email&order=desc")).toEqual(["sieve-c", "sieve-b", "sieve-a", "sieve-d"]);
    // Page by page in an order with equal keys and with none.
    for (const sort of ["email", "signIns"] as const) {
      for (const order of ["asc", "desc"]) {
        const whole = await usernames(`q=sieve&sort=${sort}&order=${order}`);
        const paged: string[] = [];
        let cursor: string | null = "";
        while (cursor !== null) {
          const next: Body = await call(
            "GET",
            `/users?q=sieve&sort=${sort}&order=${order}&limit=1${cursor === "" ? "" : `&cursor=${cursor}`}`,
          );
          paged.push(...next.body.items.map((user: Body) => user.username));
          cursor = next.body.nextCursor;
        }
        expect(paged).toEqual(whole);
        expect(paged).toHaveLength(4);
      }
    }
    expect((await usernames("q=sieve&sort=signIns"))[0]).toBe("sieve-c");
  });

  test("[U1] is read along an index in the order of emails and of sign-ins", async () => {
    const orders = {
      users_email: "lower(u.email) desc nulls last, u.id desc",
      users_sign_ins: "u.sign_in_count desc, u.id desc",
    };
    await house.db.inSqlTransaction(async (tx) => {
      // A handful of rows is quicker read whole.
      await tx.run("set local enable_seqscan = off");
      for (const [index, order] of Object.entries(orders)) {
        const plan = await tx.rows<{ "QUERY PLAN": string }>(
          `explain select * from users u where u.deleted_at is null order by ${order} limit 51`,
        );
        const text = plan.map((line) => line["QUERY PLAN"]).join("\n");
        expect(text).toContain(index);
        expect(text).not.toContain("Sort");
      }
    });
  });
});

describe("edits", () => {
  test("[U5] [C2] that come too late are told, with nothing changed; with the present version they hold", async () => {
    const { id } = await house.makeUser();
    const read = await call("GET", `/users/${id}`);
    const seen = read.headers.get("etag") ?? "";
    expect(seen).toBe(`W/"${read.body.version}"`);
    const edit = async (displayName: string, tag?: string) =>
      await call("PATCH", `/users/${id}`, {
        body: { displayName },
        headers: tag === undefined ? {} : { "if-match": tag },
      });
    const faster = await edit("Faster", seen);
    expect(faster.status).toBe(200);
    const late = await edit("Too late", seen);
    expect([late.status, late.body.code]).toEqual([412, "request.stale"]);
    expect((await call("GET", `/users/${id}`)).body.displayName).toBe("Faster");
    expect((await edit("In time", faster.headers.get("etag") ?? "")).status).toBe(200);
    expect((await edit("Whoever")).status).toBe(200);
  });
});

describe("creations with a key", () => {
  const key = () => ({ "idempotency-key": newId<string>(new Date()) });
  const person = (username: string) => ({ username, displayName: username, email: `${username}@example.com` });

  test("[C2] that are asked for again, also at once, are made once and answer the same, to their maker alone", async () => {
    const headers = key();
    const body = person("once-only");
    const replies = await Promise.all([1, 2, 3].map(async () => await call("POST", "/users", { body, headers })));
    const made = replies.filter((reply) => reply.status === 201);
    expect(made.length).toBeGreaterThan(0);
    for (const reply of replies) if (reply.status !== 201) expect(reply.body.code).toBe("request.inProgress");
    const again = await call("POST", "/users", { body: { ...body, email: body.email }, headers });
    expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([201, "true"]);
    expect(again.body).toEqual(made[0]?.body);
    const foreign = await call("POST", "/users", { by: other, body, headers });
    expect([foreign.status, foreign.body.code]).toEqual([409, "user.nameTaken"]);
    const reused = await call("POST", "/users", { body: person("another-one"), headers });
    expect([reused.status, reused.body.code]).toEqual([422, "request.keyReused"]);
    expect((await call("POST", "/users", { body, headers: { "idempotency-key": "x".repeat(256) } })).status).toBe(400);
  });

  test("[C2] that were refused can be mended under the same key", async () => {
    const headers = key();
    expect((await call("POST", "/users", { body: person("not ok"), headers })).status).toBe(400);
    expect((await call("POST", "/users", { body: person("is-ok"), headers })).status).toBe(201);
  });

  test("[C2] keep no secret in clear, and are forgotten after a day", async () => {
    const headers = key();
    const make = async () => await call("POST", "/directories", { body: { name: "Okta" }, headers });
    const made = await make();
    expect((await make()).body).toEqual(made.body);
    const kept = await house.db.rows("select encode(sealed, 'escape') as sealed, hash::text from idempotency_keys");
    expect(JSON.stringify(kept)).not.toContain(made.body.token);
    expect(JSON.stringify(kept)).not.toContain(headers["idempotency-key"]);
    house.clock.now = new Date(house.clock.now.getTime() + 25 * 60 * 60 * 1000);
    await cleanExpired(house);
    expect(await house.db.rows("select 1 from idempotency_keys")).toEqual([]);
    expect((await make()).body.code).toBe("directory.nameTaken");
  });

  test("[C2] are not made again where the answer was lost on the way", async () => {
    const headers = key();
    const made = await call("POST", "/users", { body: person("lost-answer"), headers });
    await house.db.run(
      `update idempotency_keys set sealed = null, started_at = started_at - interval '1 hour' where expires_at > $1`,
      [house.clock.now],
    );
    const again = await call("POST", "/users", { body: person("lost-answer"), headers });
    expect([made.status, again.status, again.body.code]).toEqual([201, 409, "request.replyLost"]);
  });
});

test("[C2] the page to try the API is served from here, may load nothing else, and shows no other file", async () => {
  const page = await fetch(`${house.issuer}/api/docs/try`);
  const policy = page.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain("unsafe");
  const named = [...(await page.text()).matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, address]) => address ?? "");
  expect(named).toContain("/api/docs/swagger-ui-bundle.js");
  for (const address of named) expect((await fetch(`${house.issuer}${address}`)).status, address).toBe(200);
  for (const name of ["package.json", "index.html", "..%2Fpackage.json", "constructor"]) {
    expect((await fetch(`${house.issuer}/api/docs/${name}`)).status, name).toBe(404);
  }
});

test("[G2] [C2] comments, views and bulk actions are for those who manage accounts", async () => {
  const { id } = await house.makeUser({ roleId: adminRole });
  const logsOnly = (
    await house.work(async (work) => await createApiToken(work, { name: "logs", permissions: ["logs"] }))
  ).token;
  for (const path of [`/users/${id}/comments`, "/me/user-views", "/bulk-jobs", "/users/count"]) {
    expect((await call("GET", path, { by: logsOnly })).status).toBe(403);
  }
});
