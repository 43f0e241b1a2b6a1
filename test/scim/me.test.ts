import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { updateApp } from "#server/apps/update-app.ts";
import { gatehouseUserUrn as own } from "#scim/schema/resource-type.ts";
import { createAttribute } from "#server/attributes/create-attribute.ts";
import { createDirectory } from "#server/directories/create-directory.ts";
import type { DirectoryId, UserId } from "#server/kernel/ids.ts";
import { preparePassword, setPassword } from "#server/passwords/set-password.ts";
import { selectUser } from "#server/db/sql/users.ts";
import { endSession } from "#server/sessions/end-sessions.ts";
import { changeStatus } from "#server/users/change-status.ts";
import { deleteUser } from "#server/users/delete-user.ts";
import { openBrowser } from "#test/oidc/support/browser.ts";
import { getTokens, relyingParty, signInAt, startAttempt } from "#test/oidc/support/relying-party.ts";
import { password, serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse, TestApp } from "#test/oidc/support/served-house.ts";
import { enterprise, expectError, made, ops, person, scimClient, team } from "./support/scim-client.ts";
import type { Answer, ScimClient } from "./support/scim-client.ts";

let house: ServedHouse;
let app: TestApp;
let directory: ScimClient;
let count = 0;

beforeAll(async () => {
  house = await serveHouse();
  app = await house.makeApp({ scimMe: true });
  const { directory: row, token } = await house.work(
    async (work) => await createDirectory(work, { name: "Owner", rateLimit: null }),
  );
  directory = scimClient(house.issuer, { id: row.id, token });
});
afterAll(async () => await house.close());

interface Somebody {
  id: UserId;
  userName: string;
}

/** A person of the directory who can sign in. */
async function somebody(more: Record<string, unknown> = {}): Promise<Somebody> {
  count += 1;
  const userName = `me-${count}`;
  const emails = [{ value: `${userName}@example.com`, type: "work", primary: true }];
  const id = (await made(directory, person(userName, { externalId: `ext-${count}`, emails, ...more }))) as UserId;
  const user = await selectUser(house.db, id);
  if (user === undefined) throw new Error("the user is not there");
  const checked = await preparePassword(house.db, password, user);
  await house.work(
    async (work) => await setPassword(work, id, checked, { isTemporary: false, event: "user.passwordSet" }),
  );
  return { id, userName };
}

async function signedIn({ userName }: Somebody, scope = "openid scim.me", asking = app) {
  return await getTokens(house, asking, userName, { scope });
}

/** Requests with a person's token. */
function as(token: string): ScimClient {
  return scimClient(house.issuer, { id: "", token });
}

async function me(who: Somebody, scope?: string): Promise<ScimClient> {
  return as((await signedIn(who, scope)).tokens.access_token);
}

function expectDead(answer: Answer): void {
  expectError(answer, 401);
  expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer realm="scim", error="invalid_token"/);
}

describe("[P1] §1.1 /Me with a person's access token", () => {
  test("[P1] §1.1 /Me answers the person's own User, at its permanent address", async () => {
    const boss = await somebody({ displayName: "The Boss" });
    const who = await somebody({
      displayName: "Ada",
      name: { givenName: "Ada", familyName: "L" },
      title: "Engineer",
      password: "not-used-anyway-1",
      [enterprise]: { department: "R&D", manager: { value: boss.id } },
    });
    const answer = await (await me(who)).get("/Me");
    expect(answer.status, answer.text).toBe(200);
    const location = `${house.issuer}/scim/v2/Users/${who.id}`;
    expect(answer.headers.get("content-type")).toBe("application/scim+json; charset=utf-8");
    expect(answer.headers.get("location")).toBe(location);
    expect(answer.headers.get("etag")).toBe(answer.body.meta.version);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.body).toMatchObject({
      id: who.id,
      userName: who.userName,
      displayName: "Ada",
      active: true,
      title: "Engineer",
      [enterprise]: { department: "R&D", manager: { value: boss.id, displayName: "The Boss" } },
      meta: { resourceType: "User", location },
    });
    expect(answer.text).not.toContain("not-used");
    // What the directory calls its people is between it and us (RFC 7643 §3.1).
    const seen = (await directory.get(`/Users/${who.id}`)).body;
    expect(answer.body).toEqual({ ...seen, externalId: undefined });
    expect(seen.externalId).toBeDefined();
  });

  test("[P1] §1.1 /Me of somebody whom no directory owns", async () => {
    const user = await house.makeUser();
    const answer = await as(
      (await getTokens(house, app, user.username, { scope: "openid scim.me" })).tokens.access_token,
    ).get("/Me");
    expect(answer.body).toMatchObject({ id: user.id, userName: user.username, active: true });
  });

  test("[P1] §1.1 /Me takes attributes and excludedAttributes, and If-None-Match", async () => {
    const who = await somebody({ title: "T" });
    const scim = await me(who);
    const chosen = await scim.get("/Me?attributes=userName,emails.value");
    expect(Object.keys(chosen.body).toSorted()).toEqual(["emails", "id", "schemas", "userName"]);
    expect((await scim.get("/Me?excludedAttributes=title,emails")).body).not.toHaveProperty("title");
    const etag = chosen.headers.get("etag") ?? "";
    const unchanged = await scim.get("/Me", { "if-none-match": etag });
    expect([unchanged.status, unchanged.text, unchanged.headers.get("etag")]).toEqual([304, "", etag]);
    await directory.patch(`/Users/${who.id}`, ops({ op: "replace", path: "title", value: "U" }));
    const changed = await scim.get("/Me", { "if-none-match": etag });
    expect([changed.status, changed.body.title]).toEqual([200, "U"]);
    const head = await scim.send("HEAD", "/Me");
    expect([head.status, head.text, head.headers.get("etag")]).toEqual([200, "", changed.headers.get("etag")]);
  });

  test("[P1] §1.1 /Me names groups only to an app that may know them: those of the own directory and of the house", async () => {
    const who = await somebody();
    const group = await made(directory, team("Mine", { members: [{ value: who.id }] }));
    const [local, foreign] = ["01900000-0000-7000-8000-00000000b001", "01900000-0000-7000-8000-00000000b002"];
    const { directory: other } = await house.work(
      async (work) => await createDirectory(work, { name: "Another", rateLimit: null }),
    );
    for (const [id, name, owner] of [
      [local, "Of the house", null],
      [foreign, "Of another directory", other.id],
    ] as const) {
      await house.db.run(
        "insert into groups (id, display_name, directory_id, created_at, updated_at) values ($1, $2, $3, now(), now())",
        [id, name, owner satisfies DirectoryId | null],
      );
      await house.db.run("insert into group_members values ($1, $2)", [id, who.id]);
    }
    expect((await (await me(who)).get("/Me")).body).not.toHaveProperty("groups");
    const { body } = await (await me(who, "openid groups scim.me")).get("/Me");
    expect(body.groups.map((one: { value: string }) => one.value).toSorted()).toEqual([group, local].toSorted());
    expect(
      (await (await me(who, "openid groups scim.me")).get("/Me?excludedAttributes=groups")).body,
    ).not.toHaveProperty("groups");
  });

  test("[U17] /Me shows attributes of the organization that the person may see, and no others", async () => {
    for (const [name, isVisible] of [
      ["costCode", true],
      ["salaryBand", false],
    ] as const) {
      await house.work(
        async (work) =>
          await createAttribute(work, { name, isVisible, type: "string", labels: { en: name, ja: null } }),
      );
    }
    const who = await somebody({ [own]: { costCode: "A", salaryBand: "B" } });
    const scim = await me(who);
    const { body } = await scim.get("/Me");
    expect(body[own]).toEqual({ costCode: "A" });
    expect((await scim.get(`/Me?attributes=${own}:salaryBand`)).body).not.toHaveProperty([own]);
    expect((await scim.get(`/Schemas/${own}`)).body.attributes).toHaveLength(1);
    expect((await directory.get(`/Users/${who.id}`)).body[own]).toEqual({ costCode: "A", salaryBand: "B" });
  });

  test("[P1] §1.1 /Me is read only", async () => {
    const who = await somebody();
    const scim = await me(who);
    const before = (await directory.get(`/Users/${who.id}`)).text;
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      const body = JSON.stringify(ops({ op: "replace", path: "displayName", value: "Changed" }));
      expectError(await scim.send(method, "/Me", method === "DELETE" ? {} : { body }), 403, undefined, /account pages/);
    }
    expectError(await scim.send("OPTIONS", "/Me"), 405);
    expect((await directory.get(`/Users/${who.id}`)).text).toBe(before);
  });

  test("[P1] §1.1 /Me is all that the token opens, besides the documents that are public", async () => {
    const who = await somebody();
    const scim = await me(who);
    for (const path of ["/Users", `/Users/${who.id}`, "/Groups", "/", "/Me/x"]) expectDead(await scim.get(path));
    expectDead(await scim.post("/Bulk", {}));
    expectDead(await scim.post("/.search", {}));
    for (const path of ["/ServiceProviderConfig", "/Schemas", "/ResourceTypes/User"]) {
      expect((await scim.get(path)).status).toBe(200);
    }
    expectError(await directory.get("/Me"), 501);
    expect(await house.db.rows("select 1 from directory_requests where path = '/scim/v2/Me' and status = 200")).toEqual(
      [],
    );
  });
});

describe("[P1] statement 15: /Me with a token that is over is 401 at once", () => {
  const ends: [string, (who: Somebody) => Promise<unknown>][] = [
    [
      "the directory deactivates the person",
      async ({ id }) => await directory.patch(`/Users/${id}`, ops({ op: "replace", path: "active", value: false })),
    ],
    ["the directory deletes the person", async ({ id }) => await directory.delete(`/Users/${id}`)],
    ["disabled", async ({ id }) => await house.work(async (work) => await changeStatus(work, id, "disable"))],
    ["blocked", async ({ id }) => await house.work(async (work) => await changeStatus(work, id, "block"))],
    ["deleted", async ({ id }) => await house.work(async (work) => await deleteUser(work, id))],
    ["disabled in the database", async ({ id }) => await mark(id, "disabled_at")],
    ["blocked in the database", async ({ id }) => await mark(id, "blocked_at")],
    ["deleted in the database", async ({ id }) => await mark(id, "deleted_at")],
    [
      "the session ended by an administrator",
      async ({ id }) => {
        const row = await house.db.row<{ id: string }>("select id from sessions where user_id = $1", [id]);
        await house.work(async (work) => await endSession(work, id, row?.id ?? "", "administrator"));
      },
    ],
    [
      "the session ended in the database",
      async ({ id }) => await house.db.run("update sessions set ended_at = now() where user_id = $1", [id]),
    ],
    [
      "its grant is gone",
      async ({ id }) => await house.db.run("delete from oidc_records where model = 'Grant' and account_id = $1", [id]),
    ],
    [
      "its time is over",
      async ({ id }) =>
        await house.db.run("update oidc_records set expires_at = $2 where model = 'AccessToken' and account_id = $1", [
          id,
          house.clock.now,
        ]),
    ],
  ];

  async function mark(id: string, column: string): Promise<void> {
    await house.db.run(`update users set ${column} = now() where id = $1`, [id]);
  }

  test.each(ends)("[P1] statement 15: %s", async (_title, end) => {
    const who = await somebody();
    const { tokens } = await signedIn(who);
    const scim = as(tokens.access_token);
    expect((await scim.get("/Me")).status).toBe(200);
    await end(who);
    expectDead(await scim.get("/Me"));
    expectDead(await scim.get("/Me", { "if-none-match": "*" }));
  });

  test("[P1] statement 15: the app revokes it", async () => {
    const { tokens, config } = await signedIn(await somebody());
    await client.tokenRevocation(config, tokens.access_token);
    expectDead(await as(tokens.access_token).get("/Me"));
  });

  test("[S1] the app may no longer read it", async () => {
    const other = await house.makeApp({ scimMe: true });
    const { tokens } = await signedIn(await somebody(), "openid scim.me", other);
    const scim = as(tokens.access_token);
    expect((await scim.get("/Me")).status).toBe(200);
    await house.work(async (work) => await updateApp(work, other.id, { scimMe: false }));
    expectDead(await scim.get("/Me"));
  });

  test("[S1] a token without the scope scim.me does not open it", async () => {
    const { tokens } = await signedIn(await somebody(), "openid profile email groups");
    expectDead(await as(tokens.access_token).get("/Me"));
    expectDead(await as(tokens.id_token ?? "").get("/Me"));
  });

  test("[S1] a third-party app gets it with the person's consent, and the page says what it is", async () => {
    const third = await house.makeApp({ scimMe: true, isThirdParty: true });
    const who = await somebody();
    const config = await relyingParty(house, third);
    const browser = openBrowser(house.issuer);
    const { url, checks } = await startAttempt(config, third, { scope: "openid scim.me" });
    const asked = await signInAt(browser, url, who.userName);
    expect(asked.html).toContain("See your whole profile");
    const { url: answer } = await browser.submit(asked, { decision: "allow" });
    const tokens = await client.authorizationCodeGrant(config, answer, checks);
    expect((await as(tokens.access_token).get("/Me")).body.id).toBe(who.id);
  });
});
