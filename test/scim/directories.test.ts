import { describe, expect, test } from "vitest";
import { updateDirectory } from "#server/directories/update-directory.ts";
import { rotateDirectoryToken } from "#server/directories/directory-tokens.ts";
import { inWork, trusted } from "#server/db/work.ts";
import { RateLimit } from "#server/http/scim/rate-limit.ts";
import type { DirectoryId } from "#server/kernel/ids.ts";
import { createUser } from "#server/users/create-user.ts";
import { atServer } from "./support/at-server.ts";
import { expectError, made, ops, person, scimClient, team } from "./support/scim-client.ts";
import type { ScimClient } from "./support/scim-client.ts";

const at = atServer();
const operator = { actor: trusted("operator", "test"), requestId: "test" };

interface Row {
  method: string;
  path: string;
  status: number;
  scim_type: string | null;
  detail: string | null;
  coercions: string[];
  duration_ms: number;
  request_id: string;
}

async function logOf(client: ScimClient): Promise<Row[]> {
  await at.server.flush();
  return await at.server.house.db.rows<Row>("select * from directory_requests where directory_id = $1 order by id", [
    client.id,
  ]);
}

describe("[P1] §1.10 RFC 7644 §2: authentication", () => {
  test.each([
    ["no token", ""],
    ["an unknown one", "Bearer ghd_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
    ["no token at all", "Bearer"],
    ["another scheme", "Basic YTpi"],
    ["a token with spaces", "Bearer a b"],
  ])(
    "[P1] §1.10 RFC 7644 §2: %s is 401 with an Error body and WWW-Authenticate, for whatever address",
    async (_title, authorization) => {
      for (const path of ["/Users", "/Users/x", "/nope", "/Groups?filter=x"]) {
        const answer = await at.scim.get(path, { authorization });
        expectError(answer, 401);
        expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer realm="scim"/);
      }
    },
  );

  test("[P1] §1.10 RFC 7644 §2: the scheme is read in any case", async () => {
    expect((await at.scim.get("/Users", { authorization: `bearer ${at.scim.token}` })).status).toBe(200);
  });

  test("[P4] an expired token is 401; during the overlap of a rotation both work", async () => {
    const client = await at.server.connect();
    const { house } = at.server;
    const next = await inWork(
      house,
      operator,
      async (work) => await rotateDirectoryToken(work, client.id, { overlapHours: 24 }),
    );
    const renewed = scimClient(at.server.origin, { id: client.id, token: next });
    expect([(await client.get("/Users")).status, (await renewed.get("/Users")).status]).toEqual([200, 200]);
    const { now } = house.clock;
    house.clock.now = new Date(now.getTime() + 25 * 3_600_000);
    expectError(await client.get("/Users"), 401, undefined, /no longer valid/);
    expect((await renewed.get("/Users")).status).toBe(200);
    house.clock.now = now;
  });

  test("[P4] a paused directory is 403 until it is resumed", async () => {
    const client = await at.server.connect();
    const pause = async (isPaused: boolean) =>
      await inWork(at.server.house, operator, async (work) => await updateDirectory(work, client.id, { isPaused }));
    await pause(true);
    expectError(await client.get("/Users"), 403, undefined, /paused/);
    expectError(await client.post("/Users", person("paused")), 403);
    await pause(false);
    expect((await client.get("/Users")).status).toBe(200);
  });
});

describe("[P4] §1.1 RFC 7644 §6: ownership", () => {
  test("[P4] §1.1 RFC 7644 §6: what another directory or nobody owns is 404 for every method, in lists, and as a member", async () => {
    const [mine, theirs] = [await at.server.connect(), await at.server.connect()];
    const user = await made(theirs, person("owned-1"));
    const group = await made(theirs, team("Owned"));
    const local = await inWork(
      at.server.house,
      operator,
      async (work) => await createUser(work, { username: "local-1", displayName: "Local" }),
    );
    const change = ops({ op: "replace", path: "displayName", value: "Mine" });
    for (const [path, body] of [
      [`/Users/${user}`, person("owned-1")],
      [`/Users/${local}`, person("local-1")],
      [`/Groups/${group}`, team("Owned")],
    ] as const) {
      expectError(await mine.get(path), 404);
      expectError(await mine.put(path, body), 404);
      expectError(await mine.patch(path, change), 404);
      expectError(await mine.delete(path), 404);
      expectError(await mine.delete(path, { "if-match": "*" }), 404);
    }
    expect((await mine.get("/Users")).body.totalResults).toBe(0);
    expect((await mine.get("/Groups")).body.totalResults).toBe(0);
    expect((await mine.get("/")).body.totalResults).toBe(0);
    expect((await theirs.get(`/Users/${user}`)).body.displayName).toBe("owned-1");
  });

  test("[P4] §1.1 RFC 7644 §6: groups of others do not show at a user", async () => {
    const client = await at.server.connect();
    const user = await made(client, person("owned-2"));
    await at.server.house.db.run(
      "insert into groups (id, display_name, created_at, updated_at) values ($1, 'Local secret', now(), now())",
      ["01900000-0000-7000-8000-00000000aaaa"],
    );
    await at.server.house.db.run("insert into group_members values ($1, $2)", [
      "01900000-0000-7000-8000-00000000aaaa",
      user,
    ]);
    expect((await client.get(`/Users/${user}`)).body).not.toHaveProperty("groups");
    expect((await client.find("Users", 'groups.display eq "Local secret"')).body.totalResults).toBe(0);
  });

  test("[P4] §1.1 RFC 7644 §6: a userName that somebody else has is 409, and tells nothing of them", async () => {
    const client = await at.server.connect();
    const answer = await client.post("/Users", person("LOCAL-1"));
    expectError(answer, 409, "uniqueness");
    expect(answer.text).not.toContain('Local"');
  });
});

describe("[P4] the request log", () => {
  test("[P4] every request is a row, with refusals and coercions", async () => {
    const client = await at.server.connect();
    const id = await made(client, { ...person("logged"), active: "True", title: ["Engineer"] });
    await client.get(`/Users?filter=${encodeURIComponent('userName eq "logged"')}`);
    await client.get("/Users?filter=nonsense");
    await client.patch(`/Users/${id}`, ops({ op: "Replace", path: "active", value: "False" }));
    await client.get("/ServiceProviderConfig");
    const rows = await logOf(client);
    expect(rows.map((row) => [row.method, row.path, row.status, row.scim_type])).toEqual([
      ["POST", "/scim/v2/Users", 201, null],
      ["GET", "/scim/v2/Users?filter=userName%20eq%20%22logged%22", 200, null],
      ["GET", "/scim/v2/Users?filter=nonsense", 400, "invalidFilter"],
      ["PATCH", `/scim/v2/Users/${id}`, 200, null],
      ["GET", "/scim/v2/ServiceProviderConfig", 200, null],
    ]);
    expect(rows[0]?.coercions).toEqual(['active: "True" → true', "title: an array of one → its value"]);
    expect(rows[2]?.detail).toMatch(/nonsense/);
    expect(rows[3]?.coercions).toEqual([
      'Operations[0] op "Replace" → "replace"',
      'Operations[0] active: "False" → false',
    ]);
    expect(rows[0]?.duration_ms).toBeGreaterThanOrEqual(0);
    expect(new Set(rows.map((row) => row.request_id)).size).toBe(5);
  });

  test("[P4] secrets are taken out of the address", async () => {
    const client = await at.server.connect();
    await client.get(`/Users?filter=${encodeURIComponent('password eq "hunter2" or title eq "T"')}&count=1`);
    await client.get("/Users?access_token=hunter2");
    await client.get(`/Users?filter=${encodeURIComponent('password eq "hun\\"ter2')}`);
    const rows = await logOf(client);
    expect(JSON.stringify(rows)).not.toMatch(/hunter2|ter2/);
    expect(new URLSearchParams(rows[0]?.path.split("?")[1]).get("filter")).toBe(
      'password eq "[hidden]" or title eq "T"',
    );
  });

  test("[P4] a password that is not used is noted, and is in no log and no event", async () => {
    const client = await at.server.connect();
    await made(client, person("pw-noted", { password: "hunter2-hunter2" }));
    expect((await logOf(client))[0]?.coercions).toEqual([expect.stringMatching(/^password: accepted and not used/)]);
    const events = await at.server.house.db.rows("select * from events where actor_id = $1", [client.id]);
    expect(JSON.stringify(events)).not.toContain("hunter2");
  });

  test("[P4] when a directory and its token were last used is known to the minute, not written each time", async () => {
    const client = await at.server.connect();
    const { house } = at.server;
    await client.get("/Users");
    await client.get("/Users");
    await at.server.flush();
    const used = async () =>
      await house.db.row<{ last_used_at: Date; last_request_at: Date; touched: string }>(
        `select t.last_used_at, d.last_request_at, t.xmin::text as touched
         from directory_tokens t join directories d on d.id = t.directory_id where d.id = $1`,
        [client.id],
      );
    const first = await used();
    expect(first?.last_used_at).toBeInstanceOf(Date);
    expect(first?.last_request_at).toEqual(first?.last_used_at);
    await client.get("/Users");
    await at.server.flush();
    expect(await used()).toEqual(first);
  });
});

describe("[P4] rate limits", () => {
  test("[P4] §1.10 RFC 7644 §3.12: beyond its rate a directory gets 429 with Retry-After as a SCIM error; others feel nothing", async () => {
    const [busy, calm] = [await at.server.connect({ rateLimit: 20 }), await at.server.connect({ rateLimit: 20 })];
    const answers = await Promise.all(Array.from({ length: 60 }, async () => await busy.get("/Users?count=0")));
    const refused = answers.filter((answer) => answer.status === 429);
    const served = answers.filter((answer) => answer.status === 200);
    expect(served.length + refused.length).toBe(60);
    expect(served.length).toBeGreaterThanOrEqual(18);
    expect(served.length).toBeLessThanOrEqual(30);
    for (const answer of refused) {
      expectError(answer, 429);
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    }
    expect((await calm.get("/Users?count=0")).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect((await busy.get("/Users?count=0")).status).toBe(200);
  });

  test("[P4] several processes share one rate", async () => {
    const { id } = await at.server.connect({ rateLimit: 50 });
    const directory = { id: id as DirectoryId, rate_limit: 50 };
    const processes = Array.from({ length: 4 }, () => new RateLimit(at.server.house.db));
    const startedAt = performance.now();
    const tries = processes.flatMap((limit) =>
      Array.from(
        { length: 50 },
        async () =>
          await limit.admit(directory).then(
            () => true,
            () => false,
          ),
      ),
    );
    const admitted = (await Promise.all(tries)).filter(Boolean).length;
    const seconds = (performance.now() - startedAt) / 1000;
    expect(admitted).toBeGreaterThanOrEqual(45);
    expect(admitted).toBeLessThanOrEqual(50 + Math.ceil(50 * seconds));
  });

  test("[P4] a rate of 1 lets one through in a second", async () => {
    const slow = await at.server.connect({ rateLimit: 1 });
    expect((await slow.get("/Users?count=0")).status).toBe(200);
    expectError(await slow.get("/Users?count=0"), 429);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect((await slow.get("/Users?count=0")).status).toBe(200);
  });

  test("[P4] a directory whose 100 requests all wait for one another does not keep another waiting", async () => {
    const [busy, calm] = [await at.server.connect(), await at.server.connect()];
    const group = await made(busy, team("Locked"));
    let flood: Promise<number[]> | undefined;
    await at.server.house.db.inTransaction(async (tx) => {
      await tx.rows("select from groups where id = $1 for update", [group]);
      flood = Promise.all(
        Array.from({ length: 100 }, async (_, n) => {
          const body = ops({ op: "replace", path: "externalId", value: `e-${n}` });
          return (await busy.patch(`/Groups/${group}`, body)).status;
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, 200));
      const id = await made(calm, person("calm"));
      expect((await calm.patch(`/Users/${id}`, ops({ op: "add", path: "title", value: "T" }))).status).toBe(200);
      expect((await calm.get("/Users?count=1")).status).toBe(200);
    });
    expect(new Set(await flood)).toEqual(new Set([204]));
  });
});
