import { randomUUID } from "node:crypto";
import { userInfo } from "node:os";
import { stripVTControlCharacters } from "node:util";
import type { Database } from "#server/db/open-database.ts";
import { trusted } from "#server/db/work.ts";
import type { Actor } from "#server/db/work.ts";
import type { House } from "#server/house.ts";
import { readConfig } from "#server/kernel/config.ts";
import type { Config, LogLevel } from "#server/kernel/config.ts";
import { completeConfig } from "#server/kernel/data-dir.ts";
import { createLog } from "#server/kernel/log.ts";
import type { Log } from "#server/kernel/log.ts";
import { StartError } from "#server/kernel/start-error.ts";

export interface OpenHouse {
  house: House;
  close(): Promise<void>;
}

/**
 * Opens the house for a command: a running server's embedded database is borrowed, else one is started for the time it
 * takes. What the database lacks of the newest schema is added first.
 *
 * @throws StartError something outside is not right
 */
export async function openForCommand(env: NodeJS.ProcessEnv): Promise<OpenHouse> {
  // The modules load while the database is opened.
  const modules = Promise.all([import("#server/house.ts"), import("#server/db/migrate.ts")]);
  modules.catch(() => {});
  const { config, log, database } = await openStore(env);
  try {
    const [{ openHouse }, { migrate, pendingMigrations }] = await modules;
    if ((await pendingMigrations(database.connection)).length > 0) await migrate(database.connection);
    const house = await openHouse(config, database.connection, log);
    return {
      house,
      async close() {
        await house.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error instanceof Error && error.message.startsWith("The migration ") ? new StartError(error.message) : error;
  }
}

/** The configuration and the database alone, its schema as it is. */
export async function openStore(env: NodeJS.ProcessEnv): Promise<{ config: Config; log: Log; database: Database }> {
  const { openDatabase } = await import("#server/db/open-database.ts");
  const config = await completeConfig(readConfig(env));
  const log = logOf(config.logLevel);
  return { config, log, database: await openDatabase(config, log, "command") };
}

/** Who acts: the operator, by the name of their account on this machine. */
export function operator(): { actor: Actor; requestId: string } {
  return { actor: trusted("operator", accountName()), requestId: `command-${randomUUID()}` };
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container the number may have no name.
    return `user ${process.getuid?.() ?? "unknown"}`;
  }
}

/** Standard output is for the answer, and what `info` tells is of no interest to who typed one command. */
function logOf(level: LogLevel): Log {
  const plain = (line: string) => (process.stderr.isTTY ? line : stripVTControlCharacters(line));
  const to = { write: (line: string) => void process.stderr.write(plain(line)) };
  return createLog({ level: level === "info" ? "warn" : level, forPeople: true, to });
}
