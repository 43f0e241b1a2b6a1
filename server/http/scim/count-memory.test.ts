import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CountMemory } from "./count-memory.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

/** Something that takes 20 ms to count. */
async function slowly(count: number): Promise<number> {
  vi.advanceTimersByTime(20);
  return await Promise.resolve(count);
}

test("a large count is good for fifty times as long as it took, by what is counted", async () => {
  const memory = new CountMemory();
  expect(await memory.count("a", async () => await slowly(100_000))).toBe(100_000);
  vi.advanceTimersByTime(990);
  expect(await memory.count("a", async () => await slowly(100_001))).toBe(100_000);
  expect(await memory.count("b", async () => await slowly(60_000))).toBe(60_000);
  expect(await memory.count("a", async () => await slowly(100_001))).toBe(100_001);
});

test("a small count is made each time", async () => {
  const memory = new CountMemory();
  expect(await memory.count("a", async () => await slowly(1))).toBe(1);
  expect(await memory.count("a", async () => await slowly(2))).toBe(2);
});

test("those who ask for a large count while it is made anew wait for the same one", async () => {
  const memory = new CountMemory();
  await memory.count("a", async () => await slowly(100_000));
  vi.advanceTimersByTime(1000);
  let reads = 0;
  const read = async () => await slowly(100_000 + (reads += 1));
  expect(await Promise.all([1, 2, 3].map(async () => await memory.count("a", read)))).toEqual([
    100_001, 100_001, 100_001,
  ]);
});

test("a count that fails is not remembered", async () => {
  const memory = new CountMemory();
  await expect(memory.count("a", async () => await Promise.reject(new Error("away")))).rejects.toThrow("away");
  expect(await memory.count("a", async () => await slowly(100_000))).toBe(100_000);
});
