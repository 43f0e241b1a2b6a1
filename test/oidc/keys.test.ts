import { decodeProtectedHeader } from "jose";
import * as client from "openid-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureBuiltInApps } from "#server/oidc/app-clients.ts";
import { readKeys } from "#server/oidc/keys.ts";
import { openOidc } from "#server/oidc/open-oidc.ts";
import { providerPages } from "#server/http/shell/provider-pages.ts";
import { advanceKeys, rotateKeys } from "#server/oidc/rotate-keys.ts";
import { setSetting } from "#server/settings/set-setting.ts";
import { openTestHouse } from "#test/support/house.ts";
import { getTokens } from "./support/relying-party.ts";
import { serveHouse } from "./support/served-house.ts";
import type { ServedHouse } from "./support/served-house.ts";

let house: ServedHouse;
beforeAll(async () => {
  house = await serveHouse();
});
afterAll(async () => await house.close());

async function published(): Promise<string[]> {
  const reply = await fetch(`${house.issuer}/oauth/jwks`);
  return ((await reply.json()) as { keys: { kid: string }[] }).keys.map((key) => key.kid);
}

/** Until a running server has looked again. */
async function until(check: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 8000;
  while (!(await check())) {
    if (Date.now() > end) throw new Error("it did not come");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function signingKid(): Promise<string> {
  const [app, user] = [await house.makeApp(), await house.makeUser()];
  const { tokens } = await getTokens(house, app, user.username);
  return decodeProtectedHeader(tokens.id_token ?? "").kid ?? "";
}

test("[S1] servers that start at once make one key of each kind", async () => {
  const fresh = await openTestHouse();
  await Promise.all(Array.from({ length: 6 }, async () => await openOidc(fresh, { pages: providerPages(fresh) })));
  const rows = await fresh.db.rows("select alg, state from signing_keys order by alg");
  expect(rows).toEqual([
    { alg: "ES256", state: "signing" },
    { alg: "RS256", state: "signing" },
  ]);
  expect(await fresh.db.rows("select client_id from apps order by client_id")).toEqual([
    { client_id: "gatehouse-account" },
    { client_id: "gatehouse-console" },
  ]);
  await fresh.close();
});

test("[S1] servers that start at once make the apps of the house once", async () => {
  const fresh = await openTestHouse();
  for (let round = 0; round < 20; round += 1) {
    await fresh.db.run("delete from apps");
    await Promise.all(Array.from({ length: 8 }, async () => await ensureBuiltInApps(fresh)));
    expect(await fresh.db.rows("select client_id from apps")).toHaveLength(2);
  }
  await fresh.close();
});

test("[S1] private keys are encrypted at rest", async () => {
  const { keys } = await readKeys(house);
  const rows = await house.db.rows<{ text: string; sealed: Buffer }>(
    "select k::text as text, sealed from signing_keys k",
  );
  const everything = rows.map((row) => row.text + row.sealed.toString("latin1")).join("\n");
  expect(keys.every((key) => typeof key.d === "string")).toBe(true);
  for (const key of keys) expect(everything).not.toContain(key.d);
});

test("[S1] a new key is published a day before it signs, and an old one stays for as long as what it signed", async () => {
  const before = await published();
  const first = await signingKid();
  await house.work(async (work) => await rotateKeys(work, house.keyring));
  await until(async () => (await published()).length === 4);
  expect((await published()).slice(0, 2).toSorted()).toEqual(before.toSorted());
  expect(await signingKid()).toBe(first);

  // Not before its time.
  expect(await house.work(async (work) => await advanceKeys(work, house.keyring))).toEqual([]);
  house.clock.now = new Date(house.clock.now.getTime() + 24 * 3_600_000 + 1000);
  expect(await house.work(async (work) => await advanceKeys(work, house.keyring))).toHaveLength(4);
  await until(async () => (await signingKid()) !== first);
  expect(await published()).toContain(first);

  house.clock.now = new Date(house.clock.now.getTime() + 49 * 3_600_000);
  expect(await house.work(async (work) => await advanceKeys(work, house.keyring))).toHaveLength(2);
  await until(async () => !(await published()).includes(first));
  expect(await published()).toHaveLength(2);
});

test("[S1] keys are replaced by themselves, in the same safe order, as often as the organization wants", async () => {
  const advance = async () =>
    (await house.work(async (work) => await advanceKeys(work, house.keyring))).map((key) => key.state);
  const days = (count: number) => (house.clock.now = new Date(house.clock.now.getTime() + count * 86_400_000));
  days(80);
  expect(await advance()).toEqual([]);
  await house.work(async (work) => await setSetting(work, "keys.rotationDays", 30));
  expect(await advance()).toEqual(["next", "next"]);
  expect(await advance()).toEqual([]);
  days(1.1);
  expect(await advance()).toEqual(["signing", "retired", "signing", "retired"]);
  days(2.1);
  expect(await advance()).toEqual(["gone", "gone"]);
  await house.work(async (work) => await setSetting(work, "keys.rotationDays", 0));
  days(5000);
  expect(await advance()).toEqual([]);
});

test("[S1] an app that has cached the keys goes through a rotation without noticing", async () => {
  const [app, user] = [await house.makeApp(), await house.makeUser()];
  const { config, tokens } = await getTokens(house, app, user.username, { scope: "openid offline_access" });
  await house.work(async (work) => await rotateKeys(work, house.keyring));
  await house.work(async (work) => await rotateKeys(work, house.keyring));
  await until(async () => (await published()).length === 4);
  client.enableNonRepudiationChecks(config);
  const next = await client.refreshTokenGrant(config, tokens.refresh_token ?? "");
  expect(next.claims()?.sub).toBe(user.id);
});

test("[S1] a key that leaked is gone at once", async () => {
  const before = await published();
  await house.work(async (work) => await rotateKeys(work, house.keyring, { atOnce: true }));
  await until(async () => (await published()).every((kid) => !before.includes(kid)));
  expect(await published()).toHaveLength(2);
});
