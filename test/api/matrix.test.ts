import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mayCall } from "#contract/endpoint.ts";
import type { Endpoint } from "#contract/endpoint.ts";
import { endpoints } from "#contract/endpoints.ts";
import { allPermissions, builtInRoles } from "#contract/permissions.ts";
import { problem } from "#contract/shapes.ts";
import { newId } from "#server/kernel/ids.ts";
import { adminRole } from "#server/permissions/read-role.ts";
import { openTestApi } from "./support/open-api.ts";
import type { Reply, TestApi } from "./support/open-api.ts";

let api: TestApi;
beforeAll(async () => (api = await openTestApi()));
afterAll(async () => await api.close());

const rows = Object.entries(endpoints) as [string, Endpoint][];
const bodyFor = (endpoint: Endpoint) => (endpoint.method === "GET" || endpoint.method === "DELETE" ? undefined : {});

/** An address of the endpoint with ids that nobody has. */
function addressOf(endpoint: Endpoint): string {
  const query = endpoint.query.safeParse({}).success ? "" : "?q=nobody";
  return endpoint.path.replace(/:\w+/g, () => newId(new Date())) + query;
}

async function ask(endpoint: Endpoint, token: string | undefined): Promise<Reply> {
  return await api.call(token, endpoint.method, addressOf(endpoint), bodyFor(endpoint));
}

/** Whether nothing but the id can be wrong with the request: names of things that are always there are no ids. */
function canOnlyMiss(endpoint: Endpoint): boolean {
  const names = [...endpoint.path.matchAll(/:(\w+)/g)].map(([, name]) => [name, newId(new Date())] as const);
  const hasIds = endpoint.params.safeParse(Object.fromEntries(names)).success;
  return names.length > 0 && hasIds && bodyFor(endpoint) === undefined;
}

describe("every endpoint by every permission", () => {
  test.each(rows)("[G2] [C2] %s", async (_name, endpoint) => {
    const stranger = await ask(endpoint, undefined);
    expect(stranger.status).toBe(401);
    expect(stranger.headers.get("www-authenticate")).toContain("Bearer");
    expect((await ask(endpoint, "gha_made-up")).status).toBe(401);
    for (const permission of [undefined, ...allPermissions]) {
      const reply = await ask(endpoint, await api.token(...(permission === undefined ? [] : [permission])));
      const isAllowed = mayCall(endpoint, (asked) => asked === permission);
      const seen = `${permission}: ${JSON.stringify(reply.body)}`;
      // Some refuse for a reason of their own, which the contract names.
      const isOwnReason = endpoint.failures.some((code) => code !== "access.denied" && code === reply.body?.code);
      if (isAllowed) expect([401, ...(isOwnReason ? [] : [403])], seen).not.toContain(reply.status);
      else expect([reply.status, reply.body.code], seen).toEqual([403, "access.denied"]);
      expect(reply.status, seen).toBeLessThan(500);
      if (isAllowed && canOnlyMiss(endpoint)) expect(reply.status, seen).toBe(404);
      if (reply.status >= 400) expect(problem.safeParse(reply.body).error).toBeUndefined();
    }
  });
});

// What a manager of accounts may do to an account, each with a body that is right.
const acts: [method: string, path: string, body?: object][] = [
  ["PATCH", "", { displayName: "Taken over" }],
  ["PATCH", "", { email: "taken@example.com" }],
  ["PATCH", "", { roleId: builtInRoles.regular }],
  ...["disable", "block", "sendActivation", "sendPasswordReset", "endSessions", "resetFactors", "removeIdentity"].map(
    (action): [string, string, object] => ["POST", "/actions", { action }],
  ),
  ["PUT", "/password", { password: "plum-kettle-orbit-94" }],
  ["DELETE", ""],
];

test.each(acts)("[G2] a manager of accounts cannot act on an administrator: %s %s %j", async (method, path, body) => {
  const manager = await api.token("accounts");
  const admin = await api.house.makeUser({ roleId: adminRole });
  const reply = await api.call(manager, method, `/users/${admin.id}${path}`, body);
  expect([reply.status, ["access.denied", "access.escalation"].includes(reply.body.code)]).toEqual([403, true]);
  const row = await api.house.db.row("select display_name, email, status, role_id from users where id = $1", [
    admin.id,
  ]);
  expect(row).toMatchObject({ status: "active", role_id: adminRole, email: `${admin.username}@example.com` });
});
