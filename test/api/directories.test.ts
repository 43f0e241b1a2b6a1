import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGroup } from "#server/groups/create-group.ts";
import { createApiToken } from "#server/permissions/api-tokens.ts";
import { releaseDirectory } from "#server/tasks/release-directory.ts";
import type { DirectoryId } from "#server/kernel/ids.ts";
import { serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse } from "#test/oidc/support/served-house.ts";
import { core, groupUrn, ops, person, scimClient, team } from "#test/scim/support/scim-client.ts";
import type { Body, ScimClient } from "#test/scim/support/scim-client.ts";

let house: ServedHouse;
let bearer: string;
let count = 0;

beforeAll(async () => {
  house = await serveHouse();
  const made = await house.work(
    async (work) => await createApiToken(work, { name: "directories", permissions: ["directories"] }),
  );
  bearer = made.token;
});
afterAll(async () => await house.close());

async function call(method: string, path: string, body?: unknown): Promise<{ status: number; body: Body }> {
  const reply = await fetch(`${house.issuer}/api/v1/directories${path}`, {
    method,
    headers: { authorization: `Bearer ${bearer}`, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await reply.text();
  return { status: reply.status, body: text === "" ? undefined : JSON.parse(text) };
}

/** Makes a directory over the API, with a client that has its token. */
async function make(fields: Record<string, unknown> = {}): Promise<ScimClient> {
  count += 1;
  const { status, body } = await call("POST", "", { name: `directory-${count}`, rateLimit: null, ...fields });
  expect(status, JSON.stringify(body)).toBe(201);
  return scimClient(house.issuer, { id: body.id, token: body.token });
}

/** Requests are written to their log shortly after the answer. */
async function requestsOf(client: ScimClient, query: string, most: number): Promise<Body[]> {
  return await expect
    .poll(async () => (await call("GET", `/${client.id}/requests${query}`)).body.items, { timeout: 5000 })
    .toHaveLength(most)
    .then(async () => (await call("GET", `/${client.id}/requests${query}`)).body.items);
}

async function eventsOf(client: ScimClient): Promise<Body[]> {
  return await house.db.rows("select type, changes, details, outcome from events where subject_id = $1 order by id", [
    client.id,
  ]);
}

describe("[P4] tokens", () => {
  test("[P4] one that was made to end works until then; a rotation may name the time until which older ones do", async () => {
    const { now } = house.clock;
    const inHours = (hours: number) => new Date(now.getTime() + hours * 3_600_000).toISOString();
    const first = await make({ tokenExpiresAt: inHours(48) });
    const rotated = await call("POST", `/${first.id}/tokens`, { until: inHours(2), expiresAt: inHours(72) });
    expect(rotated.status).toBe(201);
    const second = scimClient(house.issuer, { id: first.id, token: rotated.body.token });
    expect(rotated.body.tokens).toMatchObject([
      { hint: second.token.slice(-4), expiresAt: inHours(72), isOver: false, lastUsedAt: null },
      { hint: first.token.slice(-4), expiresAt: inHours(2), isOver: false },
    ]);
    const works = async () => [(await first.get("/Users")).status, (await second.get("/Users")).status];
    expect(await works()).toEqual([200, 200]);
    house.clock.now = new Date(now.getTime() + 3 * 3_600_000);
    expect(await works()).toEqual([401, 200]);
    house.clock.now = new Date(now.getTime() + 73 * 3_600_000);
    expect(await works()).toEqual([401, 401]);
    const { body } = await call("GET", `/${first.id}`);
    expect(body.tokens.map((token: Body) => token.isOver)).toEqual([true, true]);
    house.clock.now = now;
  });

  test("[P4] a time that is past, or hardly ever comes, is refused beside its field", async () => {
    const client = await make();
    const past = new Date(house.clock.now.getTime() - 1000).toISOString();
    for (const [path, body, field] of [
      ["", { name: "never", tokenExpiresAt: past }, "tokenExpiresAt"],
      [`/${client.id}/tokens`, { until: past }, "until"],
      [`/${client.id}/tokens`, { expiresAt: "2999-01-01T00:00:00Z" }, "expiresAt"],
    ] as const) {
      expect(await call("POST", path, body)).toMatchObject({
        status: 400,
        body: { code: "directory.timePast", field },
      });
    }
    expect((await client.get("/Users")).status).toBe(200);
  });

  test("[P4] a revoked one is refused at once; who still uses it shows up in the request log, nothing else does", async () => {
    const client = await make();
    const next = await call("POST", `/${client.id}/tokens`, { overlapHours: 24 });
    const renewed = scimClient(house.issuer, { id: client.id, token: next.body.token });
    const old = next.body.tokens[1].id;
    expect((await call("DELETE", `/${client.id}/tokens/${old}`)).status).toBe(204);
    expect((await client.get("/Users?count=1")).status).toBe(401);
    expect((await renewed.get("/Users?count=2")).status).toBe(200);
    expect(await call("DELETE", `/${client.id}/tokens/${old}`)).toMatchObject({
      status: 404,
      body: { code: "directory.tokenMissing" },
    });
    const other = await make();
    const { body } = await call("GET", `/${other.id}`);
    expect((await call("DELETE", `/${client.id}/tokens/${body.tokens[0].id}`)).status).toBe(404);
    expect((await other.get("/Users")).status).toBe(200);
    const log = await requestsOf(client, "", 2);
    expect(log.map((one) => [one.path, one.status]).toSorted()).toEqual([
      ["/scim/v2/Users?count=1", 401],
      ["/scim/v2/Users?count=2", 200],
    ]);
    expect((await eventsOf(client)).map((event) => event.type)).toEqual([
      "directory.created",
      "directory.tokenRotated",
      "directory.tokenRevoked",
    ]);
  });
});

describe("[P4] switches", () => {
  test("[P4] each is an event that says which, acts on the next request, and leaves the others", async () => {
    const client = await make({ product: "entra" });
    const { body: user } = await client.post("/Users", person("switched"));
    const deactivate = async () =>
      (await client.patch(`/Users/${user.id}`, ops({ op: "replace", path: "active", value: "False" }))).status;
    expect(await deactivate()).toBe(200);
    const off = await call("PATCH", `/${client.id}`, { switches: { stringBooleans: false } });
    expect(off.body.switches).toMatchObject({ stringBooleans: false, shapes: true, flatNames: true });
    expect(await deactivate()).toBe(400);
    await call("PATCH", `/${client.id}`, { switches: { shapes: false } });
    const on = await call("PATCH", `/${client.id}`, { switches: { stringBooleans: true } });
    expect(on.body.switches).toMatchObject({ stringBooleans: true, shapes: false });
    expect(await deactivate()).toBe(200);
    const changes = (await eventsOf(client)).flatMap((event) => (event.changes === null ? [] : [event.changes]));
    expect(changes).toEqual([
      { stringBooleans: { from: true, to: false } },
      { shapes: { from: true, to: false } },
      { stringBooleans: { from: false, to: true } },
    ]);
    expect((await call("PATCH", `/${client.id}`, { switches: { everything: false } })).status).toBe(400);
  });
});

describe("[P4] what it owns", () => {
  test("[P4] accounts and groups are listed, searched by name, email and externalId, and paged; others' are not", async () => {
    const [client, other] = [await make(), await make()];
    for (let n = 1; n <= 5; n += 1) {
      await client.post("/Users", {
        ...person(`owned-${n}`, { externalId: `ext-${n}`, displayName: `Person ${n}` }),
        emails: [{ value: `p${n}@example.com`, primary: true }],
      });
      await client.post("/Groups", team(`Team ${6 - n}`, { externalId: `team-${n}` }));
    }
    await other.post("/Users", person("owned-elsewhere"));
    const names = async (query: string) => {
      const { body } = await call("GET", `/${client.id}/users${query}`);
      return { names: body.items.map((item: Body) => item.username), total: body.total, next: body.nextCursor };
    };
    const first = await names("?limit=3");
    expect(first).toMatchObject({ names: ["owned-5", "owned-4", "owned-3"], total: 5 });
    expect(await names(`?limit=3&cursor=${first.next}`)).toMatchObject({ names: ["owned-2", "owned-1"], next: null });
    expect((await names("?q=owned")).total).toBe(5);
    expect((await names("?q=p2%40example")).names).toEqual(["owned-2"]);
    expect((await names("?q=ext-4")).names).toEqual(["owned-4"]);
    expect((await names("?q=elsewhere")).names).toEqual([]);
    const groups = await call("GET", `/${client.id}/groups?limit=2`);
    expect(groups.body).toMatchObject({ total: 5, items: [{ displayName: "Team 1", externalId: "team-5" }, {}] });
    const found = await call("GET", `/${client.id}/groups?q=team-5`);
    expect(found.body.items.map((item: Body) => item.displayName)).toEqual(["Team 1"]);
    expect((await call("GET", `/${other.id}/groups`)).body.total).toBe(0);
    const { body } = await call("GET", `/${client.id}`);
    expect(body).toMatchObject({ userCount: 5, groupCount: 5, failedCount: 0, failedIsMore: false });
  });
});

describe("[P4] the request log", () => {
  test("[P4] is narrowed by status, class, method and address; a refused body is kept without secrets, others are not", async () => {
    const client = await make();
    const headers = { "user-agent": "Okta SCIM Client 1.0.0" };
    const { body: user } = await client.post("/Users", person("logged", { password: "hunter2-hunter2" }), headers);
    await client.post("/Users", person("Logged", { password: "hunter2-hunter2", title: "T" }), headers);
    await client.find("Users", 'userName eq "logged"');
    await client.get("/Users?filter=nonsense");
    await client.patch(
      `/Users/${user.id}`,
      ops({ op: "replace", path: "password", value: "hunter2" }, { op: "replace", path: "id", value: "x" }),
    );
    await requestsOf(client, "", 5);
    const seen = async (query: string, most: number) =>
      (await requestsOf(client, query, most)).map((one) => `${one.method} ${one.status}`);
    expect(await seen("?failed=yes", 3)).toEqual(["PATCH 400", "GET 400", "POST 409"]);
    expect(await seen("?status=409", 1)).toEqual(["POST 409"]);
    expect(await seen("?status=2xx", 2)).toEqual(["GET 200", "POST 201"]);
    expect(await seen("?method=PATCH", 1)).toEqual(["PATCH 400"]);
    expect(await seen(`?path=${encodeURIComponent('USERNAME eq "log')}`, 1)).toEqual(["GET 200"]);
    expect(await seen("?status=4xx&method=POST&path=users", 1)).toEqual(["POST 409"]);
    expect((await call("GET", `/${client.id}/requests?status=lots`)).status).toBe(400);
    const [patched] = await requestsOf(client, "?method=PATCH", 1);
    const [conflict] = await requestsOf(client, "?status=409", 1);
    const [created] = await requestsOf(client, "?status=201", 1);
    expect(created).toMatchObject({ sent: null, userAgent: headers["user-agent"] });
    expect(JSON.parse(conflict.sent)).toEqual({
      schemas: [core],
      userName: "Logged",
      password: "[hidden]",
      title: "T",
    });
    expect(patched.sent).toContain('"path": "password"');
    const all = await requestsOf(client, "", 5);
    expect(JSON.stringify(all)).not.toContain("hunter2");
    expect((await call("GET", `/${client.id}`)).body.failedCount).toBe(3);
  });

  test("[P4] a refused body that is huge or deep is kept in part", async () => {
    const client = await make();
    const members = Array.from({ length: 500 }, (_, n) => ({ value: `nobody-${n}` }));
    await client.post("/Groups", team("Huge", { members }));
    await client.post("/Users", person("deep", { title: "x".repeat(5000), displayName: { a: { b: {} } } }));
    const log = await requestsOf(client, "", 2);
    for (const { sent } of log) expect(sent.length).toBeLessThan(4100);
    expect(log[1]?.sent).toContain("480 more");
  });

  test("[P4] pages go on where the one before ended, whatever the filter", async () => {
    const client = await make();
    for (let n = 0; n < 5; n += 1) await client.get(`/Users?count=${n}`);
    await requestsOf(client, "", 5);
    const first = await call("GET", `/${client.id}/requests?limit=3&path=users`);
    expect(first.body).toMatchObject({ total: 5, items: { length: 3 } });
    const second = await call("GET", `/${client.id}/requests?limit=3&path=users&cursor=${first.body.nextCursor}`);
    const ids = [...first.body.items, ...second.body.items].map((one: Body) => one.id);
    expect(new Set(ids).size).toBe(5);
    expect(second.body.nextCursor).toBeNull();
  });
});

describe("[P4] deletion", () => {
  test("[P4] its accounts and groups stay and become local; nobody is signed out; its token is refused", async () => {
    const client = await make();
    const { body: user } = await client.post("/Users", person("stays", { externalId: "ext-stays" }));
    const { body: gone } = await client.post("/Users", person("goes"));
    await client.delete(`/Users/${gone.id}`);
    const { body: group } = await client.post("/Groups", team("Sales", { members: [{ value: user.id }] }));
    await house.work(async (work) => await createGroup(work, { displayName: "sales" }));
    const directory = (await call("GET", `/${client.id}`)).body.name;
    expect(await call("DELETE", `/${client.id}`)).toEqual({
      status: 200,
      body: { isGone: true, userCount: 1, groupCount: 1 },
    });
    expect((await client.get("/Users")).status).toBe(401);
    expect((await call("GET", `/${client.id}`)).status).toBe(404);
    expect((await call("DELETE", `/${client.id}`)).status).toBe(404);
    const left = await house.db.row(
      "select directory_id, external_id, username, disabled_at, status from users where id = $1",
      [user.id],
    );
    expect(left).toEqual({
      directory_id: null,
      external_id: null,
      username: "stays",
      disabled_at: null,
      status: "pending",
    });
    const kept = await house.db.row<Body>("select display_name, directory_id, member_count from groups where id = $1", [
      group.id,
    ]);
    expect(kept).toEqual({ display_name: `Sales (${directory})`, directory_id: null, member_count: 1 });
    expect(
      (await house.db.row<Body>("select directory_id from users where id = $1", [gone.id])).directory_id,
    ).toBeNull();
    const events = await house.db.rows<Body>(
      "select type from events where subject_id = any($1) and type like '%eleted' or subject_id = any($1) and type like '%released'",
      [[client.id, user.id, group.id]],
    );
    expect(events.map((event) => event.type).toSorted()).toEqual([
      "directory.deleted",
      "group.released",
      "user.released",
    ]);
    // Another directory may take over the local account.
    const next = await make({ adopt: "username" });
    expect((await next.post("/Users", person("stays"))).body.id).toBe(user.id);
  });

  test("[P4] a large one leaves at once, and a job makes its accounts local, a batch at a time", async () => {
    const client = await make();
    await house.db.run(
      `insert into users (id, username, display_name, directory_id, external_id, created_at, updated_at)
       select gen_random_uuid(), 'large-' || n, 'Large ' || n, $1, 'e' || n, now(), now() from generate_series(1, 1200) n`,
      [client.id],
    );
    const asked = await call("DELETE", `/${client.id}`);
    expect(asked.body).toEqual({ isGone: false, userCount: 1200, groupCount: 0 });
    expect((await client.get("/Users")).status).toBe(401);
    expect((await call("GET", `/${client.id}`)).body).toMatchObject({ isLeaving: true, isPaused: true, tokens: [] });
    for (const [method, path, body] of [
      ["PATCH", "", { isPaused: false }],
      ["POST", "/tokens", {}],
      ["POST", "/tests", {}],
    ] as const) {
      expect(await call(method, `/${client.id}${path}`, body)).toMatchObject({
        status: 409,
        body: { code: "directory.leaving" },
      });
    }
    expect((await call("DELETE", `/${client.id}`)).body).toEqual({ isGone: false, userCount: 1200, groupCount: 0 });
    const jobs = await house.db.rows("select 1 from graphile_worker.jobs where task_identifier = 'directory.release'");
    expect(jobs).toHaveLength(1);
    await releaseDirectory(house, client.id as DirectoryId);
    expect((await call("GET", `/${client.id}`)).status).toBe(404);
    const local = await house.db.row<Body>(
      "select count(*)::int as count from users where username like 'large-%' and directory_id is null and external_id is null",
    );
    expect(local.count).toBe(1200);
    // Once more, as the queue may: nothing is left to do.
    await releaseDirectory(house, client.id as DirectoryId);
  });
});

describe("[P4] the connection test over the API", () => {
  test("[P4] answers every move, keeps the last report of each product, and is an event", async () => {
    const client = await make({ product: "okta" });
    const okta = await call("POST", `/${client.id}/tests`, {});
    expect(okta).toMatchObject({ status: 201, body: { product: "okta", isPassed: true } });
    await call("PATCH", `/${client.id}`, { switches: { stringBooleans: false } });
    const entra = await call("POST", `/${client.id}/tests`, { as: "entra" });
    expect(entra.body.isPassed).toBe(false);
    const again = await call("POST", `/${client.id}/tests`, { as: "okta" });
    const { body } = await call("GET", `/${client.id}/tests`);
    expect(body.items).toEqual([again.body, entra.body]);
    expect((await call("POST", `/${client.id}/tests`, { as: "keycloak" })).status).toBe(400);
    const events = (await eventsOf(client)).filter((event) => event.type === "directory.tested");
    expect(events.map((event) => [event.outcome, event.details.product, event.details.failed])).toEqual([
      ["success", "okta", 0],
      ["failure", "entra", 1],
      ["success", "okta", 0],
    ]);
    const { body: after } = await call("GET", `/${client.id}`);
    expect(after).toMatchObject({ userCount: 0, groupCount: 0, lastRequestAt: null, failedCount: 0 });
    expect(after.tokens).toHaveLength(1);
    expect(entra.body.steps.find((step: Body) => step.name === "createGroup").request.body).toContain(groupUrn);
  });
});
