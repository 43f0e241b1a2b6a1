import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { openForCommand, operator } from "#server/cli/open-house.ts";
import type { Db } from "#server/db/connect.ts";
import { inWork } from "#server/db/work.ts";
import { createDirectory } from "#server/directories/create-directory.ts";
import { scimBaseUrl } from "#server/directories/list-directories.ts";
import { freePort } from "#test/support/gatehouse-process.ts";
import { HttpClient } from "./http-client.ts";
import { processorTime } from "./processor-time.ts";
import type { ProcessorTime } from "./processor-time.ts";
import { seedPeople } from "#server/cli/seed/seed-people.ts";
import { tidy } from "#server/cli/seed/tidy.ts";

const main = join(import.meta.dirname, "../../../server/main.ts");

/** A Gatehouse with so many users, run as its operator runs it, and a client that speaks as its directory does. */
export interface Installation {
  users: number;
  directoryId: string;
  /** Where it answers. */
  origin: string;
  client: HttpClient;
  /** Connections of the benchmark's own to the same database. */
  db: Db;
  /** What the processes of the installation have used so far. */
  used(): ProcessorTime;
  close(): Promise<void>;
}

/** What a folder that was filled remembers beside its data. */
interface Filled {
  users: number;
  directoryId: string;
  token: string;
}

export interface Wish {
  users: number;
  /** The data folder; filled unless it is already. */
  folder: string;
  connections: number;
  /** More of the server's environment. */
  env?: Readonly<Record<string, string>>;
}

/** Fills the folder where that has not been done, and starts the server on it. */
export async function openInstallation({ users, folder, connections, env = {} }: Wish): Promise<Installation> {
  const { directoryId, token } = existsSync(note(folder)) ? readNote(folder) : await fill(folder, users);
  const server = await startServer(folder, env);
  const { house, close } = await openForCommand({ DATA_DIR: folder });
  const client = new HttpClient(scimBaseUrl(server.origin), token, connections);
  return {
    users,
    directoryId,
    origin: server.origin,
    client,
    db: house.db,
    used: () => processorTime(server.pid),
    async close() {
      client.close();
      await close();
      await server.stop();
    },
  };
}

function note(folder: string): string {
  return join(folder, "bench.json");
}

function readNote(folder: string): Filled {
  return JSON.parse(readFileSync(note(folder), "utf8")) as Filled;
}

async function fill(folder: string, users: number): Promise<Filled> {
  const { house, close } = await openForCommand({ DATA_DIR: folder });
  try {
    const { directory, token } = await inWork(
      house,
      operator(),
      async (work) => await createDirectory(work, { name: "Benchmark", rateLimit: null }),
    );
    const filled = { users, directoryId: directory.id, token };
    await seedPeople(house.db, directory.id, users);
    await tidy(house.db);
    // Last of all: a folder without it was not filled to the end.
    await writeFile(note(folder), JSON.stringify(filled));
    return filled;
  } finally {
    await close();
  }
}

/** `gatehouse start` without the worker: the mails that it would write meanwhile are not what is measured. */
async function startServer(folder: string, env: Readonly<Record<string, string>>) {
  const port = String(await freePort());
  const log = openSync(join(folder, "server.log"), "w");
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [main, "--only", "server"], {
    env: { PATH, HOME, DATA_DIR: folder, PORT: port, ...env },
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const ended = once(child, "exit");
  await answers(`http://127.0.0.1:${port}/readyz`, child);
  return {
    pid: child.pid ?? 0,
    origin: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error("The server ended before it was ready; see server.log in its folder.");
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok === true) return;
    await pause(100);
  }
}
