import argon2 from "argon2";
import { expect, test } from "vitest";
import { fitsHash, hashPassword, needsRehash } from "./hash.ts";

test("[S2] a hash of today's parameters is left as it is, and any other is made anew", async () => {
  const hash = await hashPassword("plum-kettle-orbit-93");
  expect(await fitsHash("plum-kettle-orbit-93", hash)).toBe(true);
  expect(needsRehash(hash)).toBe(false);
  expect(needsRehash(hash.replace("m=19456", "m=9216"))).toBe(true);
  expect(needsRehash(hash.replace("t=2", "t=1"))).toBe(true);
  expect(needsRehash(hash.replace("p=1", "p=4"))).toBe(true);
  expect(needsRehash(await argon2.hash("plum-kettle-orbit-93", { type: argon2.argon2i }))).toBe(true);
  expect(needsRehash("$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy")).toBe(true);
});
