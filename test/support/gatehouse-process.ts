import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const root = join(import.meta.dirname, "../..");

/** A Gatehouse in a process of its own, as a person starts it. */
export type GatehouseProcess = {
  pid: number;
  /** Where it answers once it is ready. */
  origin: string;
  /** What it has printed so far. */
  stdout(): string;
  stderr(): string;
  /** Waits for the addresses that end a start. */
  ready(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Its exit code; the signal's name when it was killed. */
  ended: Promise<number | string>;
};

/**
 * Starts one.
 *
 * @param env its whole configuration; nothing of this process's environment reaches it
 * @param file `bin/gatehouse.mjs` starts as the command line does
 */
export function startGatehouse(
  env: Readonly<Record<string, string>>,
  file: "server/main.ts" | "bin/gatehouse.mjs" = "server/main.ts",
): GatehouseProcess {
  const child = spawn(process.execPath, [join(root, file), ...(file === "bin/gatehouse.mjs" ? ["start"] : [])], {
    env: { ...base(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<number | string>((resolve) => {
    child.once("close", (code, signal) => resolve(code ?? signal ?? "unknown"));
  });
  let isOver = false;
  void ended.then(() => (isOver = true));
  return {
    pid: child.pid ?? 0,
    origin: `http://localhost:${env["PORT"] ?? "3000"}`,
    stdout: () => stdout,
    stderr: () => stderr,
    async ready() {
      while (!stdout.includes("OpenID Connect")) {
        if (isOver) throw new Error(`It ended before it was ready.\n${stdout}${stderr}`);
        await pause(20);
      }
    },
    kill: (signal) => void child.kill(signal),
    ended,
  };
}

function base(): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  // The launcher's own cache: a start costs a third of the time.
  return {
    PATH,
    HOME,
    NODE_COMPILE_CACHE: join(root, "node_modules/.cache/compiled"),
    PROCESSES: "1",
    LOG_LEVEL: "warn",
  };
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise((resolve) => void server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("A TCP server has no port.");
  return address.port;
}

/** The process of the database that runs in this folder. */
export function databasePid(dataDir: string): number {
  return Number(readFileSync(join(dataDir, "pg/postmaster.pid"), "utf8").split("\n")[0]);
}

/** Waits until there is no such process. */
export async function gone(pid: number): Promise<void> {
  // A process that ended stays in the list until its parent has asked how.
  while (isListed(pid)) await pause(20);
}

function isListed(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/status`, "utf8").includes("State:\tZ");
  } catch {
    return false;
  }
}
