import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import type { Log } from "#server/kernel/log.ts";
import { StartError } from "#server/kernel/start-error.ts";
import { findBinaries } from "./binaries.ts";
import { findPostmaster } from "./lock-file.ts";
import { makeFiles } from "./make-files.ts";
import { startPostmaster } from "./postmaster.ts";
import type { Running } from "./postmaster.ts";
import { runAs } from "./run-as.ts";
import { settings } from "./settings.ts";
import { makeSocketFolder } from "./socket-folder.ts";

/** Where the embedded database is: fields of node-postgres' and Sequelize's configuration. */
export type EmbeddedConnection = { host: string; port: number; user: string; database: string };

export type EmbeddedDatabase = {
  connection: EmbeddedConnection;
  /** False: another process started it, and will stop it. */
  owned: boolean;
  close(): Promise<void>;
};

/**
 * The database belongs to the process that started it and ends with it. Its name says which kind that is:
 * - `server` (`gatehouse start`) keeps it for itself: it never uses one that somebody else could stop under it.
 *   It waits for a command that has one to end, and refuses to run beside another server.
 * - `command` uses a server's as long as that runs, or another command's, which lends it and then waits for
 *   the borrowers; else it starts its own for the time it takes.
 */
type Holder = "server" | "command";

const user = "gatehouse";
const database = "gatehouse";

// A lender waits for this lock, which each borrower shares; it lives in the database `postgres`.
const lending = 7_426_189;

/** After a crash the kernel may need some seconds to free what the dead PostgreSQL held. */
const patienceMs = 20_000;

/** A killed server's database goes within moments; one that still answers then has a living server. */
const neighbourMs = 4_000;

/**
 * Opens the PostgreSQL whose files are in `DATA_DIR/pg`, made on first use. It listens on a socket only, in a folder
 * that nobody else can enter, and ends when the process that owns it ends, however that happens.
 *
 * @param options.settings more settings of PostgreSQL (tests turn `fsync` off)
 * @throws StartError it cannot run here, or another server has it
 */
export async function openEmbedded(options: {
  dataDir: string;
  log: Log;
  holder: Holder;
  settings?: Readonly<Record<string, string>>;
}): Promise<EmbeddedDatabase> {
  const { log, holder } = options;
  const dataDir = realpathSync(options.dataDir);
  const files = join(dataDir, "pg");
  const startedAt = Date.now();
  let told = false;
  for (;;) {
    const found = findPostmaster(files);
    const meeting = found === undefined ? undefined : await meet(found.socketFolder, holder);
    if (meeting?.kind === "borrowed") return meeting.database;
    if (meeting === undefined) {
      const own = await launch({ ...options, dataDir, files });
      if (own !== undefined) return own;
    }
    const waitedMs = Date.now() - startedAt;
    if (meeting?.kind === "server" && waitedMs > neighbourMs) {
      throw new StartError(
        `Gatehouse runs already with DATA_DIR ${dataDir}; stop it first, or choose another DATA_DIR.`,
      );
    }
    if (meeting?.kind === "command") {
      if (!told) log.warn("waiting for another command to be done with the database");
      told = true;
    } else if (waitedMs > patienceMs) {
      throw new StartError(`The database in ${files} neither answers nor ends; see whether a postgres process hangs.`);
    }
    await pause(50);
  }
}

type Meeting = { kind: "borrowed"; database: EmbeddedDatabase } | { kind: "server" | "command" | "changing" };

/** Knocks at a running database: borrows it, or tells whose it is. */
async function meet(socketFolder: string, holder: Holder): Promise<Meeting> {
  const connection = { host: socketFolder, port: Number(settings.port), user, database };
  const client = new pg.Client({ ...connection, database: "postgres", application_name: "gatehouse-borrower" });
  // Its owner may stop it at any time; whoever uses it then notices by himself.
  client.on("error", () => {});
  try {
    await client.connect();
    const reply = await client.query<{ cluster_name: string }>("show cluster_name");
    const owner = reply.rows[0]?.cluster_name.includes("-command-") === true ? "command" : "server";
    if (holder === "server" || !(await exists(client)) || !(await share(client))) {
      await client.end();
      return { kind: owner };
    }
    const close = async () => await client.end().catch(() => {});
    return { kind: "borrowed", database: { connection, owned: false, close } };
  } catch (error) {
    await client.end().catch(() => {});
    if (error instanceof Error && "code" in error && error.code === "EACCES") {
      throw new StartError(`The database's socket in ${socketFolder} belongs to another user.`);
    }
    // It is starting or stopping.
    return { kind: "changing" };
  }
}

async function share(client: pg.Client): Promise<boolean> {
  const reply = await client.query<{ locked: boolean }>("select pg_try_advisory_lock_shared($1) as locked", [lending]);
  return reply.rows[0]?.locked === true;
}

async function exists(client: pg.Client): Promise<boolean> {
  return (await client.query("select from pg_database where datname = $1", [database])).rowCount === 1;
}

type Launch = Parameters<typeof openEmbedded>[0] & { files: string };

/** Starts a database of our own; undefined when another process was faster, or leftovers of a crash are in the way. */
async function launch(options: Launch): Promise<EmbeddedDatabase | undefined> {
  const { dataDir, files, log, holder } = options;
  const { initdb, postgres } = findBinaries();
  const as = runAs(postgres, { reach: dataDir, files });
  const socketFolder = makeSocketFolder(dataDir, as.owner);
  const sync = options.settings?.["fsync"] !== "off";
  if (!existsSync(join(files, "PG_VERSION"))) {
    log.info("making the database");
    await makeFiles({ initdb, files, as, superuser: user, sync });
  }
  const start = () =>
    startPostmaster({
      postgres,
      files,
      socketFolder,
      as,
      settings: { ...settings, cluster_name: nameOf(holder), ...options.settings },
      onLine: (line) => log[/^(?:PANIC|WARNING)/.test(line) ? "warn" : "debug"]({ line }, "the database says"),
    });
  const connection = { host: socketFolder, port: Number(settings.port), user, database };
  const first = start();
  if (!(await isReady(first, connection, holder))) {
    await first.stop();
    const lastWords = await first.ended;
    if (!isPassing(lastWords)) throw new StartError(`The database in ${files} does not start: ${tidy(lastWords)}.`);
    return undefined;
  }
  return owned({ first, start, connection, holder, log });
}

/** Shown by the database to everyone who connects, and by `ps`. */
function nameOf(holder: Holder): string {
  return `gatehouse-${holder}-${process.pid}`;
}

/** Waits until it answers and has our database. */
async function isReady(running: Running, connection: EmbeddedConnection, holder: Holder): Promise<boolean> {
  while (!running.hasEnded()) {
    const client = new pg.Client({ ...connection, database: "postgres" });
    client.on("error", () => {});
    try {
      await client.connect();
      const reply = await client.query<{ cluster_name: string }>("show cluster_name");
      // Ours may be about to give way to another process's that is faster.
      if (reply.rows[0]?.cluster_name === nameOf(holder) && !running.hasEnded()) {
        if (!(await exists(client))) await client.query(`create database ${database}`);
        return true;
      }
    } catch {
      // Not yet.
    } finally {
      await client.end().catch(() => {});
    }
    await pause(20);
  }
  return false;
}

/** Words of a PostgreSQL that will start when it is tried again in a moment. */
function isPassing(lastWords: string): boolean {
  return /lock file|shared memory block|already in use|starting up|shutting down/.test(lastWords);
}

function tidy(words: string): string {
  const telling = words.split("\n").filter((line) => /^(?:FATAL|PANIC|ERROR|sh:|.*error while loading)/.test(line));
  return (telling.at(-1) ?? words.split("\n").at(-1) ?? "").replace(/^(?:FATAL|PANIC|ERROR): +/, "").replace(/\.$/, "");
}

/** Keeps it alive until it is closed: a PostgreSQL that crashes or is killed is started again. */
function owned(options: {
  first: Running;
  start: () => Running;
  connection: EmbeddedConnection;
  holder: Holder;
  log: Log;
}): EmbeddedDatabase {
  const { connection, holder, log, start } = options;
  let running = options.first;
  let closing = false;
  const keep = async () => {
    for (;;) {
      const lastWords = await running.ended;
      if (closing) return;
      log.error({ lastWords }, "the database ended by itself; starting it again");
      do {
        await pause(500);
        if (closing) return;
        running = start();
      } while (!(await isReady(running, connection, holder)));
      log.info("the database is back");
    }
  };
  const kept = keep();
  return {
    connection,
    owned: true,
    async close() {
      if (holder === "command") await outwaitBorrowers(connection, log);
      closing = true;
      await running.stop();
      await kept;
    },
  };
}

async function outwaitBorrowers(connection: EmbeddedConnection, log: Log): Promise<void> {
  const client = new pg.Client({ ...connection, database: "postgres" });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("select pg_advisory_lock($1)", [lending]);
  } catch (error) {
    log.debug({ err: error }, "the database went before it was asked to");
  }
  // Not ended: the lock has to be held until the database is gone, and goes with it.
}
