import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";

// Two starts at once must not install into one folder at once, and a killed one must not keep the next from it.
const lockModule = join(import.meta.dirname, "../bin/lock.mjs");
let folder: string;
let lock: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gatehouse-lock-"));
  lock = join(folder, "setup.lock");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function script(body: string): string[] {
  const head = `import { withLock } from ${JSON.stringify(lockModule)}; import { appendFileSync } from "node:fs"; import { setTimeout as pause } from "node:timers/promises";`;
  return ["--input-type=module", "-e", `${head} const lock = ${JSON.stringify(lock)}; ${body}`];
}

test("those who come at once go one after the other", async () => {
  const log = join(folder, "log");
  const body = `await withLock(lock, () => {}, async () => {
    appendFileSync(${JSON.stringify(log)}, "in "); await pause(50); appendFileSync(${JSON.stringify(log)}, "out ");
  });`;
  await Promise.all(Array.from({ length: 4 }, async () => await promisify(execFile)(process.execPath, script(body))));
  expect(readFileSync(log, "utf8")).toBe("in out ".repeat(4));
  expect(existsSync(lock)).toBe(false);
});

test("a lock that a killed process left is nobody's", async () => {
  const holder = spawn(process.execPath, script("await withLock(lock, () => {}, async () => await pause(60_000));"));
  while (!existsSync(lock)) await pause(10);
  holder.kill("SIGKILL");
  await once(holder, "close");
  expect(existsSync(lock)).toBe(true);
  const next = script(`await withLock(lock, () => {}, async () => console.log("mine"));`);
  expect((await promisify(execFile)(process.execPath, next)).stdout).toBe("mine\n");
});

test("a number that another program got since is nobody's either", async () => {
  writeFileSync(lock, `${process.pid} 1`);
  const next = script(`await withLock(lock, () => {}, async () => console.log("mine"));`);
  expect((await promisify(execFile)(process.execPath, next)).stdout).toBe("mine\n");
});

test("a child that outlives its killed parent still holds the lock", async () => {
  const child = spawn("sleep", ["2"]);
  const holder = spawn(
    process.execPath,
    script(`await withLock(lock, () => {}, async (also) => { also(${child.pid}); await pause(60_000); });`),
  );
  while (!existsSync(lock) || !readFileSync(lock, "utf8").includes(`${child.pid} `)) await pause(10);
  holder.kill("SIGKILL");
  await once(holder, "close");
  const next = script(`await withLock(lock, (pid) => console.log("held by " + pid), async () => console.log("mine"));`);
  expect((await promisify(execFile)(process.execPath, next)).stdout).toBe(`held by ${child.pid}\nmine\n`);
});
