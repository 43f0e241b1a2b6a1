import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allPermissions, builtInRoles } from "#contract/permissions.ts";
import type { Permission } from "#contract/permissions.ts";
import { createApiToken } from "#server/permissions/api-tokens.ts";
import { adminRole } from "#server/permissions/read-role.ts";
import type { RoleId } from "#server/kernel/ids.ts";
import { openTestApi } from "./support/open-api.ts";
import type { Body, TestApi } from "./support/open-api.ts";

let api: TestApi;
let all: string;
let settings: string;

beforeAll(async () => {
  api = await openTestApi();
  [all, settings] = [await api.token(...allPermissions), await api.token("settings")];
});
afterAll(async () => await api.close());

async function make(name: string, permissions: Permission[] = []): Promise<Body> {
  const reply = await api.call(all, "POST", "/roles", { name, permissions });
  expect(reply.status, JSON.stringify(reply.body)).toBe(201);
  return reply.body;
}

test("[G2] a role is made, changed and deleted, with an event each", async () => {
  const made = await make(" Help desk ", ["logs", "accounts", "logs"]);
  expect(made).toEqual({
    id: expect.any(String),
    name: "Help desk",
    permissions: ["logs", "accounts"],
    isBuiltIn: false,
    factorPolicy: null,
    mayGrant: true,
    userCount: 0,
    version: "1",
  });
  expect(await api.lastEvent("role.created")).toMatchObject({ subject_id: made.id, subject_name: "Help desk" });
  const path = `/roles/${made.id}`;
  const changed = await api.call(all, "PATCH", path, { permissions: ["groups"], factorPolicy: "required" });
  expect(changed.body).toMatchObject({ name: "Help desk", permissions: ["groups"], factorPolicy: "required" });
  expect(changed.body.version).toBe("2");
  const stale = await api.call(all, "PATCH", path, { permissions: [] }, { "if-match": 'W/"1"' });
  expect([stale.status, stale.body.code]).toEqual([412, "request.stale"]);
  expect(await api.lastEvent("role.updated")).toMatchObject({
    changes: { permissions: { from: ["accounts", "logs"], to: ["groups"] } },
  });
  const names = (await api.call(settings, "GET", "/roles")).body.items.map((role: Body) => role.name);
  expect(names).toEqual(["admin", "regular", "Help desk"]);
  for (const [body, status, code, field] of [
    [{ name: "HELP desk" }, 409, "role.nameTaken", "name"],
    [{ name: "Admin" }, 409, "role.nameTaken", "name"],
    [{ name: "  " }, 400, "role.nameMissing", "name"],
    [{ name: "x".repeat(101) }, 400, "role.nameTooLong", "name"],
    [{ name: "Odd", permissions: ["impersonation"] }, 400, "request.invalid", "permissions.0"],
  ] as const) {
    const reply = await api.call(all, "POST", "/roles", body);
    expect([reply.status, reply.body.code, reply.body.field ?? reply.body.fields[0].field]).toEqual([
      status,
      code,
      field,
    ]);
  }
  expect((await api.call(all, "DELETE", path)).status).toBe(204);
  expect((await api.call(all, "GET", path)).status).toBe(404);
  expect(await api.lastEvent("role.deleted")).toMatchObject({ subject_name: "Help desk" });
});

test("[G2] the built-in roles keep name and permissions, and a role that somebody has stays", async () => {
  for (const id of Object.values(builtInRoles)) {
    for (const body of [{ name: "Mine" }, { permissions: ["logs"] }]) {
      const reply = await api.call(all, "PATCH", `/roles/${id}`, body);
      expect([reply.status, reply.body.code]).toEqual([409, "role.builtIn"]);
    }
    const gone = await api.call(all, "DELETE", `/roles/${id}`);
    expect([gone.status, gone.body.code]).toEqual([409, "role.builtIn"]);
  }
  const role = await make("Auditors", ["logs"]);
  const user = await api.house.makeUser({ roleId: role.id as RoleId });
  expect((await api.call(all, "GET", `/roles/${role.id}`)).body).toMatchObject({ userCount: 1 });
  const refused = await api.call(all, "DELETE", `/roles/${role.id}`);
  expect([refused.status, refused.body.code]).toEqual([409, "role.inUse"]);
  expect((await api.call(all, "DELETE", `/users/${user.id}`)).status).toBe(204);
  expect((await api.call(all, "DELETE", `/roles/${role.id}`)).status).toBe(204);
});

test("[G2] nobody makes, changes, gives or deletes a role that allows what they do not hold", async () => {
  const strong = await make("Strong", ["apps", "logs"]);
  const both = await api.token("settings", "accounts");
  const user = await api.house.makeUser();
  const attempts = [
    await api.call(settings, "POST", "/roles", { name: "Own", permissions: ["accounts"] }),
    await api.call(settings, "PATCH", `/roles/${strong.id}`, { permissions: [] }),
    await api.call(settings, "PATCH", `/roles/${strong.id}`, { factorPolicy: "optional" }),
    await api.call(settings, "DELETE", `/roles/${strong.id}`),
    await api.call(settings, "PATCH", `/roles/${builtInRoles.admin}`, { factorPolicy: null }),
    await api.call(both, "PATCH", `/users/${user.id}`, { roleId: strong.id }),
    await api.call(both, "POST", "/users", {
      username: "strong.one",
      displayName: "Strong One",
      email: "strong@example.com",
      roleId: strong.id,
    }),
  ];
  for (const reply of attempts) expect([reply.status, reply.body.code]).toEqual([403, "access.escalation"]);
  const own = await api.call(settings, "POST", "/roles", { name: "Own", permissions: ["settings"] });
  expect(own.status).toBe(201);
  // Adding to one's own role what one does not hold is the same.
  const more = await api.call(settings, "PATCH", `/roles/${own.body.id}`, { permissions: ["settings", "accounts"] });
  expect([more.status, more.body.code]).toEqual([403, "access.escalation"]);
  expect((await api.call(settings, "GET", "/roles")).body.items).toContainEqual(
    expect.objectContaining({ id: strong.id, permissions: ["apps", "logs"], mayGrant: false }),
  );
});

test("[G2] what a role loses, everybody who has it loses at once, their tokens too", async () => {
  const { house } = api;
  const role = await make("Watchers", ["logs", "groups"]);
  const user = await house.makeUser({ roleId: role.id as RoleId });
  const actor = { kind: "user" as const, id: user.id, name: "watcher", can: (one: Permission) => one === "logs" };
  const own = await house.as(
    actor,
    async (work) => await createApiToken(work, { name: "watching", permissions: ["logs"] }),
  );
  expect((await api.call(own.token, "GET", "/events")).status).toBe(200);
  await api.call(all, "PATCH", `/roles/${role.id}`, { permissions: ["groups"] });
  expect((await api.call(own.token, "GET", "/events")).status).toBe(403);
});

test("[G2] a role that is given away and deleted at the same moment is either given or gone", async () => {
  for (let round = 0; round < 5; round += 1) {
    const role = await make(`Fleeting ${round}`);
    const user = await api.house.makeUser();
    const [given, deleted] = await Promise.all([
      api.call(all, "PATCH", `/users/${user.id}`, { roleId: role.id }),
      api.call(all, "DELETE", `/roles/${role.id}`),
    ]);
    expect([
      [200, 409],
      [404, 204],
    ]).toContainEqual([given.status, deleted.status]);
  }
});

describe("the last administrator", () => {
  const acts = {
    demote: async (id: string) => await api.call(all, "PATCH", `/users/${id}`, { roleId: builtInRoles.regular }),
    disable: async (id: string) => await api.call(all, "POST", `/users/${id}/actions`, { action: "disable" }),
    block: async (id: string) => await api.call(all, "POST", `/users/${id}/actions`, { action: "block" }),
    removeIdentity: async (id: string) =>
      await api.call(all, "POST", `/users/${id}/actions`, { action: "removeIdentity" }),
    delete: async (id: string) => await api.call(all, "DELETE", `/users/${id}`),
  };
  const active = async () =>
    await api.house.db.rows<{ id: string }>("select id from users where role_id = $1 and status = 'active'", [
      adminRole,
    ]);

  test.each(Object.keys(acts) as (keyof typeof acts)[])("[G2] cannot be lost by: %s", async (name) => {
    for (const one of (await active()).slice(1)) await acts.demote(one.id);
    const [last] = (await active()).length === 0 ? [await api.house.makeUser({ roleId: adminRole })] : await active();
    const reply = await acts[name](last?.id ?? "");
    expect([reply.status, reply.body?.code]).toEqual([409, "user.lastAdministrator"]);
  });

  test("[G2] is one of several who are all taken away at the same moment", async () => {
    const names = Object.keys(acts) as (keyof typeof acts)[];
    for (const name of names) {
      while ((await active()).length < 4) await api.house.makeUser({ roleId: adminRole });
      const some = await active();
      // Each in a way of its own: all of them wait for the same lock.
      const replies = await Promise.all(
        some.map(async (one, at) => await acts[at === 0 ? name : (names[at % names.length] ?? name)](one.id)),
      );
      const refused = replies.filter((reply) => reply.status === 409);
      expect(refused.map((reply) => reply.body.code)).toEqual(["user.lastAdministrator"]);
      expect((await active()).length).toBe(1);
    }
  });
});
