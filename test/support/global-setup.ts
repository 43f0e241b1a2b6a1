import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import type { Connection } from "#server/db/connect.ts";
import { openEmbedded } from "#server/db/embedded/open-embedded.ts";
import { migrate } from "#server/db/migrate.ts";
import { createLog } from "#server/kernel/log.ts";
import { withDatabase } from "./database.ts";

// One run's own, so that two runs can share a server.
const template = `gatehouse_test_${process.pid}`;
const folderPrefix = "gatehouse-test-";

/** Once for a whole run: one PostgreSQL (of ours, or `TEST_DATABASE_URL`) with one migrated template database. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { server, close } = await openServer();
  await run(server, [`drop database if exists ${template}`, `create database ${template}`]);
  await migrate(withDatabase(server, template));
  project.provide("postgres", { server, template });
  return async () => {
    await dropAll(server);
    await close();
  };
}

async function openServer(): Promise<{ server: Connection; close(): Promise<void> }> {
  const url = process.env["TEST_DATABASE_URL"];
  if (url !== undefined) return { server: { connectionString: url }, close: async () => {} };
  await removeLeftovers();
  const dataDir = await mkdtemp(join(tmpdir(), `${folderPrefix}${process.pid}-`));
  const log = createLog({ level: "warn" });
  // Durability is for data that somebody wants back.
  const settings = { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_connections: "300" };
  const embedded = await openEmbedded({ dataDir, log, holder: "server", settings });
  return {
    server: embedded.connection,
    async close() {
      await embedded.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function dropAll(server: Connection): Promise<void> {
  const client = new pg.Client(server);
  await client.connect();
  const left = await client.query<{ name: string }>(
    "select datname as name from pg_database where starts_with(datname, $1)",
    [template],
  );
  await client.end();
  await run(
    server,
    left.rows.map(({ name }) => `drop database if exists ${name} with (force)`),
  );
}

async function run(server: Connection, statements: string[]): Promise<void> {
  const client = new pg.Client(server);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Folders of runs that were killed; their databases ended with them. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = new RegExp(`^${folderPrefix}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
}
