import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Connection } from "#server/db/connect.ts";
import { freshDatabase } from "./database.ts";

const program = fileURLToPath(new URL("../../bin/gatehouse.mjs", import.meta.url));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
  /** The one JSON object of `--json`. */
  json: Record<string, unknown>;
}

export interface CommandLine {
  env: NodeJS.ProcessEnv;
  /** Runs `gatehouse …` as a process of its own, as an operator does. */
  run(words: readonly string[], options?: { input?: string; env?: NodeJS.ProcessEnv }): Promise<Ended>;
  /** Runs `gatehouse start` until it is ready. */
  start(): Promise<{ issuer: string; stop(): Promise<void> }>;
  close(): Promise<void>;
}

/** A command line with a database and a data folder of its own, and nothing of this process's environment but the path. */
export async function openCommandLine(): Promise<CommandLine> {
  const { connection, drop } = await freshDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), "gatehouse-command-"));
  const env = {
    PATH: process.env["PATH"],
    HOME: process.env["HOME"],
    CHROMIUM: process.env["CHROMIUM"],
    NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
    DATABASE_URL: urlOf(connection),
    DATA_DIR: dataDir,
    PROCESSES: "1",
    PORT: String(await freePort()),
  };
  return {
    env,
    run: async (words, { input = "", env: more = {} } = {}) => await runToEnd(words, { ...env, ...more }, input),
    start: async () => await startServer(env),
    async close() {
      await drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Runs `gatehouse …` on the database of a house that a test has open. */
export async function runBeside(
  house: { connection: Connection; config: { secretKey: string; issuer: string } },
  words: readonly string[],
): Promise<Ended> {
  const dataDir = await mkdtemp(join(tmpdir(), "gatehouse-command-"));
  const { connection, config } = house;
  const env = {
    PATH: process.env["PATH"],
    HOME: process.env["HOME"],
    NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
    DATABASE_URL: urlOf(connection),
    DATA_DIR: dataDir,
    SECRET_KEY: config.secretKey,
    ISSUER: config.issuer,
  };
  try {
    return await runToEnd(words, env, "");
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function runToEnd(words: readonly string[], env: NodeJS.ProcessEnv, input: string): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...words], { env, stdio: "pipe" });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  // One that does not read its input may end before it is written.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const code = await ended(child);
  return {
    code,
    ...output,
    get json() {
      return JSON.parse(output.stdout) as Record<string, unknown>;
    },
  };
}

async function startServer(env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [program, "start"], { env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const end = ended(child);
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        if (said.includes("Gatehouse is ready")) resolve();
      });
    }
    void end.then((code) => reject(new Error(`The server ended with ${code} before it was ready.\n${said}`)));
  });
  return {
    issuer: `http://localhost:${env["PORT"]}`,
    async stop() {
      child.kill("SIGTERM");
      await end;
    },
  };
}

async function ended(child: ChildProcess): Promise<number | null> {
  return await new Promise((resolve) => child.once("close", resolve));
}

/** A port that nothing listens on at this moment. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The connection as DATABASE_URL; one over a socket names the folder behind the question mark. */
function urlOf(connection: Connection): string {
  const { connectionString, host = "localhost", port = 5432, user = "postgres", database = "postgres" } = connection;
  if (connectionString !== undefined) return connectionString;
  const query = new URLSearchParams({ host, port: String(port) });
  return `postgres://${user}@/${database}?${query.toString()}`;
}
