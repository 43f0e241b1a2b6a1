import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { databasePid, freePort, gone, startGatehouse } from "#test/support/gatehouse-process.ts";
import type { GatehouseProcess } from "#test/support/gatehouse-process.ts";

/** A start takes two seconds, or ten when the machine has much else to do. */
const longMs = 180_000;
const started: GatehouseProcess[] = [];
let folder: string;
let port: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "gatehouse-boot-"));
  port = await freePort();
});

afterEach(async () => {
  for (const gatehouse of started.splice(0)) {
    gatehouse.kill("SIGKILL");
    await gatehouse.ended;
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start(env: Record<string, string>, file?: "server/main.ts" | "bin/gatehouse.mjs"): GatehouseProcess {
  const gatehouse = startGatehouse({ PORT: String(port), ...env }, file);
  started.push(gatehouse);
  return gatehouse;
}

async function answers({ origin }: GatehouseProcess): Promise<number> {
  return (await fetch(`${origin}/healthz`)).status;
}

describe("in an empty folder", { timeout: longMs }, () => {
  test("the first start prints the addresses and a set-up link, and a signal ends everything cleanly", async () => {
    const dataDir = join(folder, "first");
    const gatehouse = start({ DATA_DIR: dataDir });
    await gatehouse.ready();
    expect(await answers(gatehouse)).toBe(200);
    expect(gatehouse.stdout()).toContain(`${gatehouse.origin}/admin/`);
    expect(gatehouse.stdout()).toContain(`${gatehouse.origin}/scim/v2`);
    const link = /http:\S+\/setup\/\S+/.exec(gatehouse.stdout())?.[0] ?? "";
    expect((await fetch(link)).status).toBe(200);
    const database = databasePid(dataDir);
    gatehouse.kill("SIGTERM");
    expect(await gatehouse.ended).toBe(0);
    await gone(database);
    expect(gatehouse.stderr()).toBe("");
  });

  test("an administrator from the environment needs no link", async () => {
    const gatehouse = start({
      DATA_DIR: join(folder, "administrator"),
      ADMIN_USERNAME: "ada",
      ADMIN_EMAIL: "ada@example.com",
      ADMIN_PASSWORD: "a long line of words 1843",
    });
    await gatehouse.ready();
    expect(gatehouse.stdout()).not.toContain("/setup/");
  });
});

describe("killed by force", { timeout: longMs }, () => {
  test("the server leaves no database behind, and the next start works", async () => {
    const dataDir = join(folder, "killed");
    const gatehouse = start({ DATA_DIR: dataDir });
    await gatehouse.ready();
    expect(await answers(gatehouse)).toBe(200);
    const database = databasePid(dataDir);
    gatehouse.kill("SIGKILL");
    // At once: what is left of the killed one must not be in the way.
    const next = start({ DATA_DIR: dataDir });
    await next.ready();
    await gone(database);
    expect(await answers(next)).toBe(200);
    next.kill("SIGINT");
    expect(await next.ended).toBe(0);
  });

  test("the launcher takes the server and the database with it", async () => {
    const dataDir = join(folder, "launched");
    const launcher = start({ DATA_DIR: dataDir }, "bin/gatehouse.mjs");
    await launcher.ready();
    const database = databasePid(dataDir);
    launcher.kill("SIGKILL");
    await gone(database);
    await expect(answers(launcher)).rejects.toThrow();
  });
});

describe("what is wrong stops the start with one sentence and 1", { timeout: longMs }, () => {
  test.each<[string, Record<string, string>, RegExp]>([
    ["a DATABASE_URL that is no address", { DATABASE_URL: "localhost" }, /^DATABASE_URL must look like .*\n$/],
    [
      "a database that does not answer",
      { DATABASE_URL: "postgres://ada:hunter2@127.0.0.1:1/gatehouse" },
      /^DATABASE_URL names postgres:\/\/ada@127\.0\.0\.1:1\/gatehouse, which does not answer: nothing listens there\.\n$/,
    ],
    [
      "a folder that cannot be made",
      { DATA_DIR: "/dev/null/data" },
      /^DATA_DIR is \/dev\/null\/data, which cannot .*\n$/,
    ],
    ["a folder that the system refuses", { DATA_DIR: "/proc/data" }, /^DATA_DIR is \/proc\/data, which cannot .*\n$/],
    ["a name for a number", { PORT: "http" }, /^PORT must be a whole number from 1 to 65535\.\n$/],
    ["a short key", { SECRET_KEY: "hunter2" }, /^SECRET_KEY must have at least 32 characters; [^\n]*\n$/],
    ["an issuer without https", { ISSUER: "http://id.example.com" }, /^ISSUER must begin with https:\/\/ .*\n$/],
    ["an address of another machine", { HOST: "192.0.2.1" }, /^HOST 192\.0\.2\.1 is no address of this machine .*\n$/],
    [
      "two at once, a sentence each",
      { PORT: "0", LOG_LEVEL: "loud" },
      /^PORT must be .*\.\nLOG_LEVEL must be one of .*\.\n$/,
    ],
    [
      "a first administrator whom the rules refuse",
      { ADMIN_USERNAME: "ada", ADMIN_EMAIL: "ada@example.com", ADMIN_PASSWORD: "a" },
      /^ADMIN_USERNAME, ADMIN_EMAIL and ADMIN_PASSWORD make no administrator: .*\n$/,
    ],
  ])("%s", async (_, env, sentence) => {
    const gatehouse = start({ DATA_DIR: join(folder, "wrong"), ...env });
    expect(await gatehouse.ended).toBe(1);
    expect(gatehouse.stderr()).toMatch(sentence);
  });

  test("a port that another program has", async () => {
    const other = createServer().listen(port, "127.0.0.1");
    await once(other, "listening");
    const gatehouse = start({ DATA_DIR: join(folder, "wrong") });
    expect(await gatehouse.ended).toBe(1);
    expect(gatehouse.stderr()).toMatch(/^PORT \d+ on 127\.0\.0\.1 is in use by another program; [^\n]*\n$/);
    await new Promise((resolve) => void other.close(resolve));
  });

  test("a second server with the same data", async () => {
    const dataDir = join(folder, "shared");
    const first = start({ DATA_DIR: dataDir });
    await first.ready();
    const second = start({ DATA_DIR: dataDir, PORT: String(await freePort()) });
    expect(await second.ended).toBe(1);
    expect(second.stderr()).toMatch(/^Gatehouse runs already with DATA_DIR .*\n$/);
    expect(await answers(first)).toBe(200);
  });
});
