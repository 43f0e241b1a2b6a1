import { describe, expect, test } from "vitest";
import { selectCredential } from "#server/db/sql/credentials.ts";
import { fitsHash } from "#server/passwords/hash.ts";
import { setSetting } from "#server/settings/set-setting.ts";
import { createUser } from "#server/users/create-user.ts";
import { adminRole } from "#server/permissions/read-role.ts";
import type { DirectoryId, UserId } from "#server/kernel/ids.ts";
import { atServer } from "./support/at-server.ts";
import { expectError, made, ops, person } from "./support/scim-client.ts";
import type { ScimClient } from "./support/scim-client.ts";

const at = atServer();
let count = 0;

const active = (value: boolean) => ops({ op: "replace", path: "active", value });
const mail = (name: string) => ({ emails: [{ value: `${name}@x.example`, type: "work", primary: true }] });

async function set(key: string, value: unknown): Promise<void> {
  await at.server.house.work(async (work) => await setSetting(work, key, value));
}

/** Activation mails that wait for a user. */
async function invitations(id: string): Promise<number> {
  const rows = await at.server.house.db.rows("select from graphile_worker.jobs where key = $1", [`activation:${id}`]);
  return rows.length;
}

/** Somebody with a session, a refresh token and a console session. */
async function signedIn(client: ScimClient = at.scim): Promise<string> {
  count += 1;
  const id = await made(client, person(`signed-in-${count}`, { ...mail(`s${count}`), displayName: "S" }));
  await signIn(id);
  return id;
}

async function signIn(id: string): Promise<void> {
  const { db } = at.server.house;
  await db.run(
    `insert into sessions (id, user_id, started_at, last_active_at, expires_at)
     values ($2, $1, now(), now(), now() + interval '1 day')`,
    [id, `session-${count}`],
  );
  await db.run(
    `insert into oidc_records (model, id, account_id, session_uid, expires_at, payload)
     values ('RefreshToken', $2, $1, $3, now() + interval '1 day', '{}')`,
    [id, Buffer.from(`token-${count}`), `session-${count}`],
  );
}

/** What was read leniently or left alone, by the request log of a directory. */
async function notesOf({ id }: ScimClient): Promise<string[]> {
  await at.server.flush();
  const rows = await at.server.house.db.rows<{ coercions: string[] }>(
    "select coercions from directory_requests where directory_id = $1 order by id",
    [id],
  );
  return rows.flatMap(({ coercions }) => coercions);
}

/** What is left to somebody: sessions that go on, and tokens. */
async function left(id: string): Promise<{ sessions: number; tokens: number }> {
  const row = await at.server.house.db.row<{ sessions: number; tokens: number }>(
    `select (select count(*)::int from sessions where user_id = $1 and ended_at is null) as sessions,
       (select count(*)::int from oidc_records where account_id = $1) as tokens`,
    [id],
  );
  return row ?? { sessions: -1, tokens: -1 };
}

describe("[P5] sessions and tokens", () => {
  test.each([
    ["PATCH active false", async (id: string) => await at.scim.patch(`/Users/${id}`, active(false))],
    [
      "PUT active false",
      async (id: string) => await at.scim.put(`/Users/${id}`, person(`signed-in-${count}`, { active: false })),
    ],
    ["DELETE", async (id: string) => await at.scim.delete(`/Users/${id}`)],
    [
      "another userName",
      async (id: string) =>
        await at.scim.patch(`/Users/${id}`, ops({ op: "replace", path: "userName", value: `renamed-${count}` })),
    ],
  ])("[P5] §3.15 %s ends them in the same transaction", async (_title, change) => {
    const id = await signedIn();
    expect(await left(id)).toEqual({ sessions: 1, tokens: 1 });
    expect((await change(id)).status).toBeLessThan(300);
    expect(await left(id)).toEqual({ sessions: 0, tokens: 0 });
  });

  test("[P5] §3.15 a change of the title, or none at all, leaves them", async () => {
    const id = await signedIn();
    await at.scim.patch(`/Users/${id}`, ops({ op: "replace", path: "title", value: "T" }));
    await at.scim.patch(`/Users/${id}`, active(true));
    expect(await left(id)).toEqual({ sessions: 1, tokens: 1 });
  });

  test("[P5] §3.15 a refused change leaves them", async () => {
    const id = await signedIn();
    const body = ops({ op: "replace", path: "active", value: false }, { op: "add", path: "emails", value: "nobody" });
    expectError(await at.scim.patch(`/Users/${id}`, body), 400, "invalidValue");
    expect(await left(id)).toEqual({ sessions: 1, tokens: 1 });
  });

  test("[P5] §3.15 who is deactivated can still be read and found, and keeps the id when activated again", async () => {
    const id = await signedIn();
    await at.scim.patch(`/Users/${id}`, active(false));
    expect((await at.scim.get(`/Users/${id}`)).body.active).toBe(false);
    const found = await at.scim.find("Users", `userName eq "signed-in-${count}"`);
    expect(found.body.Resources[0]).toMatchObject({ id, active: false });
    expect((await at.scim.patch(`/Users/${id}`, active(true))).body).toMatchObject({ id, active: true });
  });
});

describe("[O4] activation mail", () => {
  test("[O4] a new active user with an email gets one, in the same transaction", async () => {
    expect(await invitations(await made(at.scim, person("invited", mail("invited"))))).toBe(1);
  });

  test("[O4] not without an email, not when inactive, not when the setting is off, not when refused", async () => {
    expect(await invitations(await made(at.scim, person("uninvited-1")))).toBe(0);
    const later = await made(at.scim, person("uninvited-2", { ...mail("u2"), active: false }));
    expect(await invitations(later)).toBe(0);
    await set("onboarding.mailOnScim", false);
    expect(await invitations(await made(at.scim, person("uninvited-3", mail("u3"))))).toBe(0);
    await set("onboarding.mailOnScim", true);
    const jobs = "select count(*)::int as count from graphile_worker.jobs";
    const before = await at.server.house.db.row(jobs);
    expectError(await at.scim.post("/Users", person("uninvited-3", mail("u3"))), 409, "uniqueness");
    expect(await at.server.house.db.row(jobs)).toEqual(before);
    // Who becomes active for the first time is awaited as much as somebody new.
    await at.scim.patch(`/Users/${later}`, active(true));
    expect(await invitations(later)).toBe(1);
  });
});

describe("[P4] passwords", () => {
  test("[P4] §1.3 with own passwords off, what is sent is accepted, unchecked and never stored", async () => {
    const id = await made(at.scim, person("no-pw", { password: "x", ...mail("no-pw") }));
    expect(await selectCredential(at.server.house.db, id as UserId)).toBeUndefined();
    const answer = await at.scim.patch(`/Users/${id}`, ops({ op: "replace", value: { password: "y" } }));
    expect(answer.status).toBe(200);
    expect((await at.scim.put(`/Users/${id}`, person("no-pw", { password: "z" }))).status).toBe(200);
    expect(await selectCredential(at.server.house.db, id as UserId)).toBeUndefined();
    expect(await invitations(id)).toBe(1);
  });

  test("[P4] §1.3 with own passwords on, it is checked by the policy, hashed, completes onboarding and needs no mail", async () => {
    const client = await at.server.connect({ ownPasswords: true });
    for (const [password, detail] of [
      ["short", /^password: .*at least/],
      ["password123", /^password: /],
      ["own-pw-own-pw", /^password: /],
    ] as const) {
      expectError(await client.post("/Users", person("own-pw", { password })), 400, "invalidValue", detail);
    }
    const good = "kettle-orbit-plum-93";
    const id = await made(client, person("own-pw", { password: good, ...mail("own-pw") }));
    const credential = await selectCredential(at.server.house.db, id as UserId);
    expect(await fitsHash(good, credential?.hash)).toBe(true);
    expect(await invitations(id)).toBe(0);
    const read = await client.get(`/Users/${id}`);
    expect(read.text).not.toMatch(/password|kettle/);
    expect(read.headers.get("etag")).toBe(read.body.meta.version);
    const list = await client.get("/Users?attributes=password");
    expect(list.text).not.toMatch(/kettle/);
  });

  test("[P4] §3.15 another password by PATCH or PUT ends sessions; a bad one changes nothing", async () => {
    const client = await at.server.connect({ ownPasswords: true });
    const id = await signedIn(client);
    const bad = ops({ op: "replace", path: "title", value: "T" }, { op: "replace", path: "password", value: "short" });
    expectError(await client.patch(`/Users/${id}`, bad), 400, "invalidValue", /^password: /);
    expect((await client.get(`/Users/${id}`)).body).not.toHaveProperty("title");
    expect(await left(id)).toEqual({ sessions: 1, tokens: 1 });
    const good = "kettle-orbit-plum-94";
    const answer = await client.patch(`/Users/${id}`, ops({ op: "add", path: "password", value: good }));
    expect([answer.status, answer.text.includes("kettle")]).toEqual([200, false]);
    expect(await left(id)).toEqual({ sessions: 0, tokens: 0 });
    expect(await fitsHash(good, (await selectCredential(at.server.house.db, id as UserId))?.hash)).toBe(true);
    const other = "kettle-orbit-plum-95";
    expect((await client.put(`/Users/${id}`, person("own-put", { password: other }))).status).toBe(200);
    expect(await fitsHash(other, (await selectCredential(at.server.house.db, id as UserId))?.hash)).toBe(true);
  });

  test("[P4] §1.6 §2.2 the password in use sent again, as Okta does with each PUT, is no change and signs nobody out", async () => {
    const client = await at.server.connect({ ownPasswords: true });
    const password = "kettle-orbit-plum-97";
    count += 1;
    const id = await made(client, person("own-again", { password }));
    const before = await selectCredential(at.server.house.db, id as UserId);
    await signIn(id);
    const put = await client.put(`/Users/${id}`, person("own-again", { password, title: "T" }));
    expect([put.status, put.body.title], put.text).toEqual([200, "T"]);
    const patch = await client.patch(`/Users/${id}`, ops({ op: "replace", value: { password } }));
    expect([patch.status, patch.body.meta], patch.text).toEqual([200, put.body.meta]);
    expect(await left(id)).toEqual({ sessions: 1, tokens: 1 });
    expect(await selectCredential(at.server.house.db, id as UserId)).toEqual(before);
    // One that was in use before stays refused.
    await client.patch(`/Users/${id}`, ops({ op: "replace", value: { password: "kettle-orbit-plum-98" } }));
    const back = await client.patch(`/Users/${id}`, ops({ op: "replace", value: { password } }));
    expectError(back, 400, "invalidValue", /^password: .*before/);
  });

  test("[P4] §1.7 a password cannot be taken away, and the request log says so", async () => {
    const client = await at.server.connect({ ownPasswords: true });
    const id = await made(client, person("own-kept", { password: "kettle-orbit-plum-99" }));
    const before = await selectCredential(at.server.house.db, id as UserId);
    const operations = [
      { op: "remove", path: "password" },
      { op: "replace", path: "password", value: null },
      { op: "replace", value: { password: "" } },
    ];
    for (const operation of operations) expect((await client.patch(`/Users/${id}`, ops(operation))).status).toBe(200);
    expect((await client.put(`/Users/${id}`, person("own-kept", { password: "" }))).status).toBe(200);
    expect(await notesOf(client)).toEqual(Array(4).fill("password: cannot be taken away here, and stays"));
    expect(await selectCredential(at.server.house.db, id as UserId)).toEqual(before);
  });

  test("[P4] §1.3 a password for nobody is 404", async () => {
    const client = await at.server.connect({ ownPasswords: true });
    const body = ops({ op: "replace", path: "password", value: "kettle-orbit-plum-96" });
    expectError(await client.patch("/Users/01900000-0000-7000-8000-000000000000", body), 404);
  });
});

describe("[P5] rules of the organization", () => {
  test("[P5] §1.10 past the seat limit POST is 403 with a sentence, and no scimType that means something else", async () => {
    const { db } = at.server.house;
    const seats = await db.row<{ count: number }>("select count(*)::int as count from users where deleted_at is null");
    await set("users.seatLimit", (seats?.count ?? 0) + 1);
    const last = await made(at.scim, person("last-seat"));
    expectError(await at.scim.post("/Users", person("no-seat")), 403, undefined, /seats/);
    await at.scim.delete(`/Users/${last}`);
    await made(at.scim, person("free-seat"));
    await set("users.seatLimit", 0);
  });

  test("[P5] the last administrator is neither deactivated nor deleted", async () => {
    const { house } = at.server;
    const id = await house.work(
      async (work) =>
        await createUser(work, {
          username: "the-admin",
          displayName: "Admin",
          roleId: adminRole,
          directoryId: at.scim.id as DirectoryId,
        }),
    );
    await house.db.run("update users set onboarded_at = now() where id = $1", [id]);
    expectError(await at.scim.patch(`/Users/${id}`, active(false)), 403, undefined, /last administrator/);
    expectError(await at.scim.delete(`/Users/${id}`), 403, undefined, /last administrator/);
    expect((await at.scim.get(`/Users/${id}`)).body.active).toBe(true);
  });

  test("[L1] each change is an event of the directory, with what changed and without secrets", async () => {
    const client = await at.server.connect();
    const id = await made(client, person("evented", { password: "kettle-orbit-plum-97", title: "A" }));
    await client.patch(`/Users/${id}`, ops({ op: "replace", path: "title", value: "B" }));
    await client.patch(`/Users/${id}`, active(false));
    await client.delete(`/Users/${id}`);
    const events = await at.server.house.db.rows<{ type: string; changes: unknown; actor_kind: string }>(
      "select type, changes, actor_kind, request_id, address from events where actor_id = $1 order by id",
      [client.id],
    );
    expect(events.map((event) => event.type)).toEqual([
      "user.created",
      "user.updated",
      "user.disabled",
      "user.deleted",
    ]);
    expect(events[1]?.changes).toEqual({ title: { from: "A", to: "B" } });
    expect(new Set(events.map((event) => event.actor_kind))).toEqual(new Set(["directory"]));
    expect(JSON.stringify(events)).not.toContain("kettle");
  });
});
