import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openEmbedded } from "#server/db/embedded/open-embedded.ts";
import type { EmbeddedConnection } from "#server/db/embedded/open-embedded.ts";
import { createLog } from "#server/kernel/log.ts";
import { databasePid, gone } from "#test/support/gatehouse-process.ts";

let dataDir: string;

beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), "gatehouse-embedded-"));
});

afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const open = async (holder: "server" | "command") =>
  await openEmbedded({ dataDir, holder, log: createLog({ level: "silent" }), settings: { fsync: "off" } });

async function answers(connection: EmbeddedConnection): Promise<boolean> {
  const client = new pg.Client(connection);
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("select 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

test("a command uses the database of the running server and leaves it running", async () => {
  const server = await open("server");
  const command = await open("command");
  expect([server.owned, command.owned]).toEqual([true, false]);
  await command.close();
  expect(await answers(server.connection)).toBe(true);
  await server.close();
  expect(await answers(server.connection)).toBe(false);
});

test("a command that ends waits for the commands that use its database", async () => {
  const lender = await open("command");
  const borrower = await open("command");
  expect([lender.owned, borrower.owned]).toEqual([true, false]);
  const closed = lender.close();
  await pause(200);
  expect(await answers(borrower.connection)).toBe(true);
  await borrower.close();
  await closed;
  expect(await answers(borrower.connection)).toBe(false);
});

test("a server waits for a command to end and then has a database of its own", async () => {
  const command = await open("command");
  const opening = open("server");
  await pause(200);
  await command.close();
  const server = await opening;
  expect(server.owned).toBe(true);
  await server.close();
});

test("a database that is killed is started again", async () => {
  const server = await open("server");
  const pid = databasePid(dataDir);
  process.kill(pid, "SIGKILL");
  await gone(pid);
  while (!(await answers(server.connection))) await pause(50);
  expect(databasePid(dataDir)).not.toBe(pid);
  await server.close();
});

test("its buffers are a quarter of the memory, within what makes sense", async () => {
  const server = await open("server");
  const client = new pg.Client(server.connection);
  await client.connect();
  const reply = await client.query<{ mebibytes: number }>(
    "select setting::int / 128 as mebibytes from pg_settings where name = 'shared_buffers'",
  );
  await client.end();
  await server.close();
  const quarter = Math.round(totalmem() / 4 / 1_048_576);
  expect(reply.rows[0]?.mebibytes).toBeGreaterThanOrEqual(128);
  expect(reply.rows[0]?.mebibytes).toBeLessThanOrEqual(Math.max(128, Math.min(2048, quarter)));
});

test("it speaks UTF-8, sorts by code point, and listens on no port", async () => {
  const server = await open("server");
  const client = new pg.Client(server.connection);
  await client.connect();
  const reply = await client.query<Record<string, string>>(
    `select current_setting('server_encoding') as encoding, current_setting('listen_addresses') as addresses,
            datlocprovider as provider, datlocale as locale, upper('éжş') as upper
     from pg_database where datname = current_database()`,
  );
  await client.end();
  await server.close();
  expect(reply.rows[0]).toEqual({
    encoding: "UTF8",
    addresses: "",
    provider: "b",
    locale: "C.UTF-8",
    upper: "ÉЖŞ",
  });
});
