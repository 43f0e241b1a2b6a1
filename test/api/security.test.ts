import { afterAll, beforeAll, expect, test } from "vitest";
import { allPermissions } from "#contract/permissions.ts";
import type { Permission } from "#contract/permissions.ts";
import { createApiToken } from "#server/permissions/api-tokens.ts";
import { adminRole, regularRole } from "#server/permissions/read-role.ts";
import { serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse } from "#test/oidc/support/served-house.ts";
import { giveFactors } from "#test/support/give-factors.ts";

let house: ServedHouse;
let all: string;

beforeAll(async () => {
  house = await serveHouse();
  all = await token(allPermissions);
});
afterAll(async () => await house.close());

const token = async (permissions: readonly Permission[]) =>
  (await house.work(async (work) => await createApiToken(work, { name: "token", permissions }))).token;

async function call(method: string, path: string, body?: unknown, by = all) {
  const reply = await fetch(`${house.issuer}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${by}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: reply.status, body: (await reply.json()) as Record<string, unknown> };
}

test("[U11] factors are seen, without anything secret of them; the default is changed; all are reset", async () => {
  const { id } = await house.makeUser();
  const secret = await giveFactors(house, id);
  const { body } = await call("GET", `/users/${id}`);
  expect(body).toMatchObject({
    factors: [
      { kind: "totp", name: null },
      { kind: "passkey", name: "Work laptop", isBackedUp: true },
    ],
    recoveryCodesLeft: 10,
    factorRule: null,
    factorLevel: "optional",
    defaultFactor: null,
  });
  expect(JSON.stringify(body)).not.toContain(secret);
  expect(await call("PATCH", `/users/${id}`, { defaultFactor: "totp" })).toMatchObject({
    body: { defaultFactor: "totp" },
  });
  expect(await call("PATCH", `/users/${id}`, { defaultFactor: "email" })).toMatchObject({
    status: 404,
    body: { code: "factor.missing" },
  });
  const reset = await call("POST", `/users/${id}/actions`, { action: "resetFactors" });
  expect(reset.body).toMatchObject({ factors: [], recoveryCodesLeft: 0, defaultFactor: null });
  const events = await house.db.rows<{ type: string }>(
    "select type from events where subject_id = $1 and type like 'factor.%' order by id",
    [id],
  );
  expect(events.map((one) => one.type)).toEqual(["factor.enrolled", "factor.defaultChosen", "factor.reset"]);
});

test("[U11] a factor is required, allowed or forbidden for a user, and for a role", async () => {
  const { id } = await house.makeUser();
  for (const [factorRule, factorLevel] of [
    ["require", "required"],
    ["forbid", "off"],
    ["allow", "optional"],
    [null, "optional"],
  ]) {
    expect((await call("PATCH", `/users/${id}`, { factorRule })).body).toMatchObject({ factorRule, factorLevel });
  }
  const role = await call("PATCH", `/roles/${regularRole}`, { factorPolicy: "required" });
  expect(role.body).toMatchObject({ name: "regular", factorPolicy: "required" });
  expect((await call("GET", `/users/${id}`)).body).toMatchObject({ factorLevel: "required" });
  await call("PATCH", `/roles/${regularRole}`, { factorPolicy: null });
  const narrow = await token(["settings"]);
  expect(await call("PATCH", `/roles/${adminRole}`, { factorPolicy: null }, narrow)).toMatchObject({
    status: 403,
    body: { code: "access.escalation" },
  });
});

test("[U11] whoever manages accounts does not take the factors of somebody who may do more", async () => {
  const { id } = await house.makeUser({ roleId: adminRole });
  await giveFactors(house, id);
  const narrow = await token(["accounts"]);
  for (const [method, path, body] of [
    ["POST", "/actions", { action: "resetFactors" }],
    ["PATCH", "", { defaultFactor: "totp" }],
    ["PATCH", "", { factorRule: "forbid" }],
  ] as const) {
    expect((await call(method, `/users/${id}${path}`, body, narrow)).status, path).toBe(403);
  }
  expect((await call("GET", `/users/${id}`)).body["factors"]).toHaveLength(2);
});

test("[U13] the limit of devices is set for a user and reset to the organization's", async () => {
  const { id } = await house.makeUser();
  expect((await call("PATCH", `/users/${id}`, { deviceLimit: 3 })).body).toMatchObject({ deviceLimit: 3 });
  expect((await call("GET", `/users/${id}/devices`)).body).toMatchObject({ limit: 3, defaultLimit: 0, items: [] });
  expect((await call("PATCH", `/users/${id}`, { deviceLimit: null })).body).toMatchObject({ deviceLimit: null });
  expect((await call("PATCH", `/users/${id}`, { deviceLimit: 1001 })).status).toBe(400);
});
