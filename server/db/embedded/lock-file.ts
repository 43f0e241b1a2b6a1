import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/** What a running PostgreSQL writes about itself into `postmaster.pid`. */
export type Postmaster = { pid: number; socketFolder: string };

/**
 * The PostgreSQL that runs on this folder, if one does.
 *
 * A lock file whose number now belongs to another program is removed: PostgreSQL would take that program for itself
 * and refuse to start for ever. It happens after a crash in a container, where the same small numbers come again.
 */
export function findPostmaster(files: string): Postmaster | undefined {
  const file = join(files, "postmaster.pid");
  const text = read(file);
  const [pid, , , port, socketFolder] = text.split("\n");
  const number = Number(pid);
  if (!Number.isInteger(number) || number <= 0 || !isAlive(number)) return undefined;
  if (!isPostgres(number)) {
    // Looked at once more, since another process may have started the database in between.
    if (read(file) === text) {
      rmSync(file, { force: true });
      if (socketFolder) rmSync(join(socketFolder, `.s.PGSQL.${port}.lock`), { force: true });
    }
    return undefined;
  }
  return { pid: number, socketFolder: socketFolder ?? "" };
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function isPostgres(pid: number): boolean {
  const command =
    read(`/proc/${pid}/cmdline`) || spawnSync("ps", ["-o", "command=", "-p", String(pid)]).stdout?.toString();
  // A process that hides what it is might be ours: then PostgreSQL itself decides.
  return !command || command.includes("postgres");
}
