import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { assignApp } from "#server/apps/assign-app.ts";
import { createDirectory } from "#server/directories/create-directory.ts";
import type { GroupId, RoleId } from "#server/kernel/ids.ts";
import { createApiToken } from "#server/permissions/api-tokens.ts";
import { adminRole } from "#server/permissions/read-role.ts";
import { openBrowser } from "#test/oidc/support/browser.ts";
import { askToken, getTokens, relyingParty, signInAt, startAttempt } from "#test/oidc/support/relying-party.ts";
import { password, serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse, TestApp } from "#test/oidc/support/served-house.ts";
import { expectError, made, ops, person, scimClient, team } from "./support/scim-client.ts";
import type { ScimClient } from "./support/scim-client.ts";

/** What a directory changes is felt at every door at once (P5), over HTTP alone. */
let house: ServedHouse;
let app: TestApp;
let scim: ScimClient;
let count = 0;

beforeAll(async () => {
  house = await serveHouse();
  app = await house.makeApp({ scimMe: true });
  // Somebody else keeps the house, so that nobody here is its last administrator.
  await house.makeUser({ roleId: adminRole });
  const { directory, token } = await house.work(
    async (work) => await createDirectory(work, { name: "Owner", rateLimit: null, ownPasswords: true }),
  );
  scim = scimClient(house.issuer, { id: directory.id, token });
});
afterAll(async () => await house.close());

const scope = "openid profile email groups offline_access scim.me";

interface Doors {
  id: string;
  userName: string;
  /** Opens each door with what was got when it was open, and tells which of them still do. */
  open(): Promise<string[]>;
}

const allDoors = ["password", "session", "console", "refresh", "userinfo", "/Me", "api token"];

const emailsOf = (userName: string) => [{ value: `${userName}@x.example`, type: "work", primary: true }];

/** Somebody of the directory, an administrator, who has been through every door. */
async function somebody(): Promise<Doors> {
  count += 1;
  const userName = `doors-${count}`;
  const id = await made(scim, person(userName, { emails: emailsOf(userName), password }));
  await house.db.run("update users set role_id = $2 where id = $1", [id, adminRole satisfies RoleId]);
  const { tokens, browser } = await getTokens(house, app, userName, { scope });
  const admin = openBrowser(house.issuer);
  await admin.submit(await admin.submit(await admin.visit("/admin/"), { username: userName }), {
    username: userName,
    password,
  });
  const api = await house.work(
    async (work) =>
      await createApiToken(
        { ...work, actor: { ...work.actor, kind: "user", id } },
        { name: `token of ${userName}`, permissions: ["accounts"] },
      ),
  );
  let refreshToken = tokens.refresh_token ?? "";
  const statusOf = async (path: string, headers: Record<string, string>) => {
    const reply = await fetch(house.issuer + path, { headers });
    await reply.body?.cancel();
    return reply.status;
  };
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const doors: Record<string, () => Promise<boolean>> = {
    password: async () => {
      const { url } = await startAttempt(await relyingParty(house, app), app);
      return (await signInAt(openBrowser(house.issuer), url, userName)).url.searchParams.has("code");
    },
    session: async () => {
      const { url } = await startAttempt(await relyingParty(house, app), app, { prompt: "none" });
      return (await browser.visit(url.href)).url.searchParams.has("code");
    },
    console: async () => {
      const cookie = [...admin.cookies].map(([name, { value }]) => `${name}=${value}`).join("; ");
      return (await statusOf("/api/v1/me", { cookie })) === 200;
    },
    refresh: async () => {
      const asked = { grant_type: "refresh_token", refresh_token: refreshToken };
      const { status, body } = await askToken(house, app, asked);
      if (status === 200) refreshToken = String(body["refresh_token"]);
      return status === 200;
    },
    userinfo: async () => (await statusOf("/oauth/userinfo", bearer(tokens.access_token))) === 200,
    "/Me": async () => (await statusOf("/scim/v2/Me", bearer(tokens.access_token))) === 200,
    "api token": async () => (await statusOf("/api/v1/users?limit=1", bearer(api.token))) === 200,
  };
  return {
    id,
    userName,
    async open() {
      const opened: string[] = [];
      for (const name of allDoors) if (await doors[name]?.()) opened.push(name);
      return opened;
    },
  };
}

const active = (value: boolean) => ops({ op: "replace", path: "active", value });

describe("[P5] §3.15 who is deactivated or deleted", () => {
  test.each<[string, (who: Doors) => Promise<{ status: number }>]>([
    ["PATCH", async ({ id }) => await scim.patch(`/Users/${id}`, active(false))],
    [
      "PUT",
      async ({ id, userName }) =>
        await scim.put(`/Users/${id}`, person(userName, { emails: emailsOf(userName), active: false })),
    ],
    ["DELETE", async ({ id }) => await scim.delete(`/Users/${id}`)],
    [
      "a bulk request",
      async ({ id }) =>
        await scim.post("/Bulk", {
          schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
          Operations: [{ method: "PATCH", path: `/Users/${id}`, data: active(false) }],
        }),
    ],
  ])(
    "[P5] §3.15 by %s finds every door shut with the answer: password, session, console, refresh token, userinfo, /Me, API token",
    async (_title, act) => {
      const who = await somebody();
      expect(await who.open()).toEqual(allDoors);
      expect((await act(who)).status).toBeLessThan(300);
      expect(await who.open()).toEqual([]);
    },
  );

  test("[P5] §3.15 reactivation opens the door anew, with the same id; what was got before stays dead", async () => {
    const who = await somebody();
    await scim.patch(`/Users/${who.id}`, active(false));
    const { body } = await scim.patch(`/Users/${who.id}`, active(true));
    expect([body.id, body.active]).toEqual([who.id, true]);
    // A token of the admin API is its maker's own, and works for as long as the maker may sign in.
    expect(await who.open()).toEqual(["password", "api token"]);
  });

  test("[P5] §3.15 a change that is refused shuts nothing", async () => {
    const who = await somebody();
    const body = ops({ op: "replace", path: "active", value: false }, { op: "remove", path: "userName" });
    expect((await scim.patch(`/Users/${who.id}`, body)).status).toBe(400);
    expect(await who.open()).toEqual(allDoors);
  });
});

describe("[P5] who is renamed", () => {
  test("[P5] §1.13 IPSIE: another userName ends the sessions and tokens; the next sign-in is by the new name, with the same subject", async () => {
    const who = await somebody();
    const renamed = `${who.userName}-renamed`;
    const patched = await scim.patch(`/Users/${who.id}`, ops({ op: "replace", path: "userName", value: renamed }));
    expect(patched.body.userName).toBe(renamed);
    expect(await who.open()).toEqual(["api token"]);
    const { tokens } = await getTokens(house, app, renamed, { scope });
    expect(tokens.claims()).toMatchObject({ sub: who.id });
    const reply = await fetch(`${house.issuer}/oauth/userinfo`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(await reply.json()).toMatchObject({ sub: who.id, preferred_username: renamed });
  });

  test("[P5] §3.15 claims follow what the directory writes, on tokens that are there", async () => {
    const who = {
      userName: "claimed",
      id: await made(scim, person("claimed", { displayName: "Claimed", emails: emailsOf("claimed"), password })),
    };
    const { tokens } = await getTokens(house, app, who.userName, { scope });
    const claims = async () => {
      const headers = { authorization: `Bearer ${tokens.access_token}` };
      return (await (await fetch(`${house.issuer}/oauth/userinfo`, { headers })).json()) as Record<string, unknown>;
    };
    const patched = await scim.patch(
      `/Users/${who.id}`,
      ops({
        op: "replace",
        value: { "name.familyName": "New", 'emails[type eq "work"].value': "new@x.example" },
      }),
    );
    expect(patched.status, patched.text).toBe(200);
    expect(await claims()).toMatchObject({ name: "Claimed", family_name: "New", email: "new@x.example" });
  });
});

test("[P5] §3.15 a directory may shut out an administrator whom it owns, but not lead itself in: no other email, no password", async () => {
  const who = await somebody();
  const before = (await scim.get(`/Users/${who.id}`)).text;
  const refused = [
    { op: "replace", path: 'emails[type eq "work"].value', value: "elsewhere@x.example" },
    { op: "replace", path: "password", value: "kettle-orbit-plum-97" },
    // The one in use is refused alike: the answer must not tell that it was guessed.
    { op: "replace", path: "password", value: password },
  ];
  for (const [place, operation] of refused.entries()) {
    const answer = await scim.patch(`/Users/${who.id}`, ops(operation));
    expectError(answer, 403, undefined, [/^emails: /, /^password: /, /^password: /][place]);
  }
  expect((await scim.get(`/Users/${who.id}`)).text).toBe(before);
  expect(await who.open()).toEqual(allDoors);
});

describe("[P5] groups", () => {
  test("[P5] §3.15 an app for chosen people opens and shuts, and the claim groups changes, with the membership", async () => {
    const who = await somebody();
    const chosen = await house.makeApp({ access: "chosen" });
    const group = await made(scim, team(`Chosen ${count}`));
    await house.work(async (work) => await assignApp(work, chosen.id, { groupIds: [group as GroupId] }));
    const change = async (...operations: unknown[]) => {
      expect((await scim.patch(`/Groups/${group}`, ops(...operations))).status).toBe(204);
    };
    const isIn = async () => {
      const { url } = await startAttempt(await relyingParty(house, chosen), chosen);
      return (await signInAt(openBrowser(house.issuer), url, who.userName)).url.searchParams.has("code");
    };
    expect(await isIn()).toBe(false);
    await change({ op: "Add", path: "members", value: [{ value: who.id }] });
    const { tokens } = await getTokens(house, chosen, who.userName, { scope: "openid groups offline_access" });
    const userinfo = async () => {
      const headers = { authorization: `Bearer ${tokens.access_token}` };
      const reply = await fetch(`${house.issuer}/oauth/userinfo`, { headers });
      return reply.status === 200 ? ((await reply.json()) as { groups?: string[] }).groups : reply.status;
    };
    expect(await userinfo()).toEqual([`Chosen ${count}`]);
    await change({ op: "replace", value: { id: group, displayName: `Renamed ${count}` } });
    expect(await userinfo()).toEqual([`Renamed ${count}`]);
    await change({ op: "Remove", path: "members", value: [{ $ref: null, value: who.id }] });
    expect(await userinfo()).toBe(401);
    const asked = { grant_type: "refresh_token", refresh_token: tokens.refresh_token ?? "" };
    expect((await askToken(house, chosen, asked)).status).toBe(400);
    expect(await isIn()).toBe(false);
    await change({ op: "add", path: "members", value: [{ value: who.id }] });
    expect(await isIn()).toBe(true);
    expect((await scim.delete(`/Groups/${group}`)).status).toBe(204);
    expect(await isIn()).toBe(false);
  });
});
