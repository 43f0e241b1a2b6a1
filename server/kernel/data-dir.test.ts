import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readConfig } from "./config.ts";
import { completeConfig } from "./data-dir.ts";

let folder: string;
let dataDir: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gatehouse-data-"));
  dataDir = join(folder, "deep/data");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("processes that start at once get the same key, which only its owner can read", async () => {
  const given = readConfig({ DATA_DIR: dataDir });
  const configs = await Promise.all(Array.from({ length: 10 }, async () => await completeConfig(given)));
  expect(new Set(configs.map((config) => config.secretKey)).size).toBe(1);
  expect(configs[0]?.secretKey.length).toBeGreaterThanOrEqual(64);
  expect(statSync(join(dataDir, "secret-key")).mode & 0o777).toBe(0o600);
  expect((await completeConfig(given)).secretKey).toBe(configs[0]?.secretKey);
});

test("a damaged key is never replaced: what it sealed would be lost", async () => {
  const given = readConfig({ DATA_DIR: dataDir });
  await completeConfig(given);
  writeFileSync(join(dataDir, "secret-key"), "");
  await expect(completeConfig(given)).rejects.toThrow(/secret-key is damaged/);
});

test("with the database and the key from outside the disk is left alone", async () => {
  const given = readConfig({
    DATA_DIR: dataDir,
    DATABASE_URL: "postgres://localhost/gatehouse",
    SECRET_KEY: "k".repeat(32),
  });
  expect((await completeConfig(given)).secretKey).toBe("k".repeat(32));
  expect(existsSync(dataDir)).toBe(false);
});

test("a folder that cannot be made is refused with a sentence", async () => {
  writeFileSync(join(folder, "file"), "");
  await expect(completeConfig(readConfig({ DATA_DIR: join(folder, "file/data") }))).rejects.toThrow(
    /^DATA_DIR is .*file\/data, which cannot be made or written to \(ENOTDIR\)\.$/,
  );
});
