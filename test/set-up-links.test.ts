import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSetupLink, readSetupLink, setUpAdministrator } from "#server/onboarding/set-up.ts";
import { openTestHouse } from "./support/house.ts";
import type { TestHouse } from "./support/house.ts";

let house: TestHouse;

beforeAll(async () => {
  house = await openTestHouse();
});
afterAll(async () => await house.close());

test("[C4] the three newest set-up links work until one of them is used", async () => {
  const secrets: string[] = [];
  for (let start = 0; start < 4; start += 1) {
    house.clock.now = new Date(house.clock.now.getTime() + 1000);
    secrets.push((await makeSetupLink(house, "start")).split("/").at(-1) ?? "");
  }
  const [oldest = "", ...newest] = secrets;
  await expect(readSetupLink(house, oldest)).rejects.toMatchObject({ code: "link.invalid" });
  for (const secret of newest) await readSetupLink(house, secret);
  const person = { username: "aoi", displayName: "Aoi", email: "aoi@example.com", password: "seven green bicycles" };
  await setUpAdministrator(house, { ...person, secret: newest[0] ?? "", requestId: "set-up" });
  for (const secret of newest)
    await expect(readSetupLink(house, secret)).rejects.toMatchObject({ code: "link.invalid" });
});
