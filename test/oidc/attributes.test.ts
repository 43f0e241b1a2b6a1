import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createAttribute } from "#server/attributes/create-attribute.ts";
import type { NewAttribute } from "#server/attributes/create-attribute.ts";
import { deleteAttribute } from "#server/attributes/delete-attribute.ts";
import { readValues, withValues } from "#server/attributes/custom-values.ts";
import { readAttributes } from "#server/attributes/read-attributes.ts";
import { updateAttribute } from "#server/attributes/update-attribute.ts";
import type { UserId } from "#server/kernel/ids.ts";
import { updateUser } from "#server/users/update-user.ts";
import { getTokens } from "./support/relying-party.ts";
import { serveHouse } from "./support/served-house.ts";
import type { ServedHouse, TestApp } from "./support/served-house.ts";

let house: ServedHouse;
let origins: string[];
let app: TestApp;
const ids = new Map<string, string>();

beforeAll(async () => {
  house = await serveHouse();
  origins = [house.issuer, (await house.serveAgain()).origin];
  app = await house.makeApp();
  await define("costCode", { claim: "cost_code" });
  await define("tags", { claim: "https://example.com/tags", isMultiValued: true });
  await define("floor", { claim: "floor", type: "integer" });
  await define("remote", { claim: "remote", type: "boolean" });
  await define("secret");
  await supported((names) => names.includes("cost_code"));
});
afterAll(async () => await house.close());

async function define(name: string, more: Partial<NewAttribute> = {}): Promise<void> {
  const fields: NewAttribute = { name, labels: { en: name, ja: null }, type: "string", ...more };
  ids.set(name, await house.work(async (work) => await createAttribute(work, fields)));
}

async function somebody(values: Record<string, unknown>): Promise<{ id: UserId; username: string }> {
  const user = await house.makeUser();
  await set(user.id, values);
  return user;
}

async function set(id: UserId, values: Record<string, unknown>): Promise<void> {
  await house.work(async (work) => {
    const attributes = await readAttributes(work.tx);
    const read = readValues(attributes, values);
    await updateUser(work, id, (user) => ({ custom: withValues(attributes, user.custom, read) }));
  });
}

async function userinfo(token: string): Promise<Record<string, unknown>> {
  const reply = await fetch(`${house.issuer}/oauth/userinfo`, { headers: { authorization: `Bearer ${token}` } });
  return (await reply.json()) as Record<string, unknown>;
}

/** Waits until the discovery document of every process says so. */
async function supported(fits: (names: string[]) => boolean): Promise<void> {
  for (const origin of origins) {
    await vi.waitFor(async () => {
      const reply = await fetch(`${origin}/.well-known/openid-configuration`);
      const { claims_supported: names } = (await reply.json()) as { claims_supported: string[] };
      expect(fits(names)).toBe(true);
    }, 10_000);
  }
}

const values = { costCode: "A-113", tags: ["red", "blue"], floor: 3, remote: false, secret: "s" };
const released = { cost_code: "A-113", "https://example.com/tags": ["red", "blue"], floor: 3, remote: false };

test("[U17] apps get released attributes with the scope profile, in the ID token and at userinfo, and no others", async () => {
  const user = await somebody(values);
  const { tokens } = await getTokens(house, app, user.username, { scope: "openid profile" });
  expect(tokens.claims()).toMatchObject(released);
  expect(await userinfo(tokens.access_token)).toMatchObject({ sub: user.id, ...released });
  for (const text of [JSON.stringify(tokens.claims()), JSON.stringify(await userinfo(tokens.access_token))]) {
    expect(text).not.toContain("secret");
  }
  const other = await getTokens(house, app, user.username, { scope: "openid email" });
  for (const name of Object.keys(released)) {
    expect(other.tokens.claims()).not.toHaveProperty([name]);
    expect(await userinfo(other.tokens.access_token)).not.toHaveProperty([name]);
  }
  const none = await getTokens(house, app, (await house.makeUser()).username, { scope: "openid profile" });
  expect(none.tokens.claims()).not.toHaveProperty("cost_code");
});

test("[U17] an app can ask for one of them by the parameter claims", async () => {
  const user = await somebody(values);
  const claims = JSON.stringify({ userinfo: { floor: null }, id_token: { cost_code: { essential: true } } });
  const { tokens } = await getTokens(house, app, user.username, { scope: "openid", claims });
  expect(tokens.claims()).toMatchObject({ cost_code: "A-113" });
  expect(tokens.claims()).not.toHaveProperty("floor");
  expect(await userinfo(tokens.access_token)).toEqual({ sub: user.id, floor: 3 });
});

test("[U17] values that would make an ID token too long are at userinfo alone", async () => {
  const tags = Array.from({ length: 100 }, (_, n) => `${n}-${"x".repeat(40)}`);
  const user = await somebody({ ...values, tags });
  const { tokens } = await getTokens(house, app, user.username, { scope: "openid profile" });
  expect(tokens.id_token?.length).toBeLessThan(3000);
  expect(tokens.claims()).not.toHaveProperty("cost_code");
  expect(await userinfo(tokens.access_token)).toMatchObject({ ...released, "https://example.com/tags": tags });
});

test("[U17] a changed value, a claim that is taken back and a deleted attribute show at once; discovery follows in every process", async () => {
  const user = await somebody(values);
  const { tokens } = await getTokens(house, app, user.username, { scope: "openid profile" });
  await set(user.id, { costCode: "B-1", floor: null });
  const changed = await userinfo(tokens.access_token);
  expect(changed["cost_code"]).toBe("B-1");
  expect(changed).not.toHaveProperty("floor");
  await house.work(async (work) => await updateAttribute(work, ids.get("costCode") ?? "", { claim: null }));
  await house.work(async (work) => await deleteAttribute(work, ids.get("tags") ?? ""));
  const after = await userinfo(tokens.access_token);
  expect(after).not.toHaveProperty("cost_code");
  expect(after).not.toHaveProperty(["https://example.com/tags"]);
  await supported((names) => !names.includes("cost_code") && !names.includes("https://example.com/tags"));
});

test("[S1] discovery lists released claims beside the usual ones", async () => {
  await supported((names) =>
    ["sub", "name", "email", "groups", "floor", "remote"].every((name) => names.includes(name)),
  );
});
