import pg from "pg";
import type { Config } from "#server/kernel/config.ts";
import type { Log } from "#server/kernel/log.ts";
import { StartError } from "#server/kernel/start-error.ts";
import type { Connection } from "./connect.ts";
import { openEmbedded } from "./embedded/open-embedded.ts";

export type Database = { connection: Connection; close(): Promise<void> };

/** 15 brought MERGE, NULLS NOT DISTINCT and the grants on `public` that the schema relies on. */
const oldestVersion = 15;

/** A process has two pools of ten: one for plain SQL, one for models. */
const connectionsOfProcess = 20;

/** For commands, migrations and a look from outside. */
const spareConnections = 60;

/**
 * The database that the configuration names: `DATABASE_URL`, or the embedded one.
 *
 * @param holder `server` for `gatehouse start`, `command` for all else (see `embedded/open-embedded.ts`)
 * @throws StartError it cannot be reached, lets nobody in, or is too old
 */
export async function openDatabase(
  config: Pick<Config, "databaseUrl" | "dataDir" | "processes">,
  log: Log,
  holder: "server" | "command",
): Promise<Database> {
  if (config.databaseUrl === undefined) {
    const settings = { max_connections: String((config.processes + 1) * connectionsOfProcess + spareConnections) };
    return await openEmbedded({ dataDir: config.dataDir, log, holder, settings });
  }
  const connection = { connectionString: config.databaseUrl };
  await knock(config.databaseUrl);
  return { connection, close: async () => {} };
}

async function knock(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  client.on("error", () => {});
  let version: number;
  try {
    await client.connect();
    const reply = await client.query<{ server_version_num: string }>("show server_version_num");
    version = Math.floor(Number(reply.rows[0]?.server_version_num) / 10_000);
  } catch (error) {
    throw new StartError(`DATABASE_URL names ${withoutPassword(databaseUrl)}, which ${reason(error)}.`);
  } finally {
    await client.end().catch(() => {});
  }
  if (version < oldestVersion) {
    throw new StartError(
      `DATABASE_URL names ${withoutPassword(databaseUrl)}, a PostgreSQL ${version}; ${oldestVersion} or later is needed.`,
    );
  }
}

function withoutPassword(databaseUrl: string): string {
  return databaseUrl.replace(/^(\w+:\/\/[^:@/]*):[^@]*@/, "$1@").replace(/\?.*$/, "");
}

function reason(error: unknown): string {
  const { code, message } = describe(error);
  const known: Record<string, string> = {
    ECONNREFUSED: "does not answer: nothing listens there",
    ENOENT: "does not answer: there is no such socket",
    ENOTFOUND: "does not answer: there is no such host",
    EAI_AGAIN: "does not answer: its host name cannot be looked up",
    ETIMEDOUT: "does not answer in time",
    EHOSTUNREACH: "cannot be reached",
    ENETUNREACH: "cannot be reached",
    "28P01": "refuses the password",
    "28000": "refuses this user",
    "3D000": "has no such database",
    "53300": "has no connection left",
    "57P03": "is starting or stopping",
  };
  if (/timeout/i.test(message)) return "does not answer in time";
  return known[code] ?? `cannot be used: ${message.replace(/\.$/, "")}`;
}

function describe(error: unknown): { code: string; message: string } {
  // A host with several addresses fails once for each.
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0]);
  if (!(error instanceof Error)) return { code: "", message: String(error) };
  return { code: "code" in error ? String(error.code) : "", message: error.message };
}
