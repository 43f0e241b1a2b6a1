import cluster from "node:cluster";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openDatabase } from "#server/db/open-database.ts";
import type { Database } from "#server/db/open-database.ts";
import { readConfig } from "#server/kernel/config.ts";
import type { Config } from "#server/kernel/config.ts";
import { completeConfig } from "#server/kernel/data-dir.ts";
import { createLog } from "#server/kernel/log.ts";
import type { Log } from "#server/kernel/log.ts";
import { StartError } from "#server/kernel/start-error.ts";
import { banner } from "./banner.ts";
import { checkPort } from "./check-port.ts";
import { Children } from "./children.ts";
import { isRole } from "./roles.ts";
import type { Role } from "./roles.ts";

/** One Ctrl-C reaches us two or three times: from the terminal, from npm and from the launcher. */
const sameSignalMs = 1_000;

/**
 * `gatehouse start`: opens the database, brings it to the newest schema, and runs the processes that do the work:
 * `PROCESSES` for HTTP and one for jobs. Stays until a signal, then lets all finish and closes the database.
 *
 * @param words `--only server` or `--only worker`: just this role, for one container each
 * @throws StartError something outside is not right; everything that was opened is closed
 */
export async function supervise(words: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const only = readWords(words);
  const config = await completeConfig(readConfig(env));
  const log = createLog({ level: config.logLevel, forPeople: process.stdout.isTTY && !config.production });
  const roles = rolesOf(config, only);
  if (roles.includes("server")) await checkPort(config.host, config.port);
  cluster.setupPrimary({ exec: fileURLToPath(new URL("../main.ts", import.meta.url)), args: [] });
  const children = new Children(roles, log);
  let database: Database | undefined;
  let stopping = false;
  onSignals((why, isAgain) => {
    // The database notices that we are gone and stops by itself.
    if (isAgain || database === undefined) return abandon(children);
    stopping = true;
    log.info({ why }, "stopping");
    stop(children, database).then(() => process.exit(0), fail);
  });
  try {
    database = await openMigrated(config, log);
    const setupLink = await children.open(database.connection);
    if (!stopping)
      process.stdout.write(only === "worker" ? "\nGatehouse works through its jobs.\n\n" : banner(config, setupLink));
  } catch (error) {
    if (stopping) return;
    children.kill();
    await database?.close();
    throw error;
  }
}

async function stop(children: Children, database: Database): Promise<void> {
  await children.stop();
  await database.close();
}

function readWords(words: string[]): Role | undefined {
  try {
    const { only } = parseArgs({ args: words, options: { only: { type: "string" } } }).values;
    if (only === undefined || isRole(only)) return only;
  } catch {
    // Said below.
  }
  throw new StartError("`gatehouse start` takes nothing but `--only server` or `--only worker`.");
}

function rolesOf(config: Config, only: Role | undefined): Role[] {
  const servers = Array.from({ length: config.processes }, () => "server" as const);
  if (only === "server") return servers;
  return only === "worker" ? ["worker"] : [...servers, "worker"];
}

async function openMigrated(config: Config, log: Log): Promise<Database> {
  const module = import("#server/db/migrate.ts");
  const database = await openDatabase(config, log, "server");
  try {
    const { migrate } = await module;
    const applied = await migrate(database.connection);
    if (applied.length > 0) log.info({ applied }, "the database has the newest schema");
    return database;
  } catch (error) {
    await database.close();
    throw new StartError(`The database cannot be brought to the newest schema. ${String(error)}`);
  }
}

function onSignals(act: (why: string, isAgain: boolean) => void): void {
  let firstAt: number | undefined;
  const handle = (why: string) => {
    if (firstAt !== undefined && Date.now() - firstAt < sameSignalMs) return;
    act(why, firstAt !== undefined);
    firstAt ??= Date.now();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, handle);
  // The launcher is gone, perhaps by `kill -9`.
  if (process.connected) process.on("disconnect", () => handle("disconnect"));
}

function abandon(children: Children): void {
  children.kill();
  process.exit(1);
}

function fail(error: unknown): void {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
}
