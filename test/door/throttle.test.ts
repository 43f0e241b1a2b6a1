import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { Failure } from "#server/contract/failure.ts";
import { signIn } from "#server/signin/sign-in.ts";
import { makeThrottle, waitAfter } from "#server/signin/throttle.ts";
import type { Throttle } from "#server/signin/throttle.ts";
import { openBrowser } from "#test/oidc/support/browser.ts";
import { password, serveHouse } from "#test/oidc/support/served-house.ts";
import type { ServedHouse } from "#test/oidc/support/served-house.ts";

const office = "203.0.113.7";
const elsewhere = "198.51.100.9";

let house: ServedHouse;
let throttle: Throttle;
let user: { username: string };

beforeAll(async () => {
  house = await serveHouse();
  throttle = makeThrottle(house.db);
});
beforeEach(async () => {
  user = await house.makeUser();
});
afterEach(async () => {
  await house.db.run("delete from throttles");
});
afterAll(async () => await house.close());

/** What a try is answered with: "in", a failure code, or the seconds to wait. */
async function attempt(login: string, typed: string, address = office): Promise<string | number> {
  try {
    await signIn(house, throttle, { login, password: typed, address, requestId: "throttle" });
    return "in";
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.retryAfterSeconds ?? error.code;
  }
}

async function fail(times: number, login: string, address = office): Promise<(string | number)[]> {
  const answers = [];
  for (let index = 0; index < times; index += 1) answers.push(await attempt(login, "wrong-wrong-1", address));
  return answers;
}

async function passTime(counter: string): Promise<void> {
  await house.db.run("update throttles set expire = 1 where key like $1", [`${counter}:%`]);
}

/** Says that so many failures have been counted, without the work of making them. */
async function pretend(limiter: keyof Throttle, points: number): Promise<void> {
  await house.db.run("update throttles set points = $2 where key like $1", [`${limiter}:%`, points]);
}

test("[S6] successes hold nobody back: an office behind one address signs in as often as it likes", async () => {
  await fail(1, "throttle-nobody");
  await pretend("network", 98);
  for (let index = 0; index < 5; index += 1) expect(await attempt(user.username, password)).toBe("in");
});

test("[S6] after a hundred failures from one network it waits until their quarter of an hour is over", async () => {
  await fail(1, user.username);
  await pretend("network", 99);
  expect(await attempt(user.username, password)).toBe("in");
  expect(await fail(1, "throttle-nobody")).toEqual(["signin.refused"]);
  const wait = Number(await attempt(user.username, password));
  expect(wait).toBeGreaterThan(890);
  expect(wait).toBeLessThanOrEqual(900);
  expect(await attempt(user.username, password, elsewhere)).toBe("in");
  await passTime("network");
  expect(await attempt(user.username, password)).toBe("in");
});

test("[S6] asking for reset mails has a limit of its own and does not keep anybody from signing in", async () => {
  const browser = openBrowser(house.issuer);
  const page = await browser.visit("/reset");
  const ask = async () => (await browser.submit(page, { username: "throttle-nobody" })).status;
  expect(await ask()).toBe(200);
  await pretend("resets", 100);
  expect(await ask()).toBe(429);
  expect(await attempt(user.username, password, "127.0.0.1")).toBe("in");
});

test.each(["known", "throttle-nobody"])(
  "[S6] the waits after failures in a row double, for a name that exists and one that does not (%s)",
  async (which) => {
    const login = which === "known" ? user.username : which;
    expect(new Set(await fail(10, login))).toEqual(new Set(["signin.refused"]));
    for (const minutes of [1, 2, 4]) {
      const wait = Number(await attempt(login, password));
      expect(wait).toBeGreaterThan(minutes * 60 - 10);
      expect(wait).toBeLessThanOrEqual(minutes * 60);
      await passTime("waits");
      expect(await fail(1, login)).toEqual(["signin.refused"]);
    }
    expect([10, 11, 15, 16, 40].map(waitAfter)).toEqual([60, 120, 1920, 3600, 3600]);
  },
);

test("[S6] a success forgets the failures in a row; so does a day", async () => {
  await fail(9, user.username);
  expect(await attempt(user.username, password)).toBe("in");
  expect(await fail(10, user.username)).not.toContain(60);
  await passTime("waits");
  await passTime("inARow");
  expect(new Set(await fail(10, user.username))).toEqual(new Set(["signin.refused"]));
});

test("[S6] of many tries at once no more are made than one after the other", async () => {
  const answers = await Promise.all(
    Array.from({ length: 40 }, async () => await attempt(user.username, "wrong-wrong-1")),
  );
  expect(answers.filter((answer) => answer === "signin.refused")).toHaveLength(10);
});

test("[S6] a hundred failures from anywhere close a name for their hour, but not where it has signed in", async () => {
  expect(await attempt(user.username, password, office)).toBe("in");
  await fail(1, user.username, elsewhere);
  await pretend("name", 100);
  const wait = Number(await attempt(user.username, password, elsewhere));
  expect(wait).toBeGreaterThan(3500);
  expect(wait).toBeLessThanOrEqual(3600);
  expect(await attempt(user.username, password, office)).toBe("in");
  await passTime("name");
  expect(await attempt(user.username, password, elsewhere)).toBe("in");
});
