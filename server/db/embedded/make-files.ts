import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chown, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { StartError } from "#server/kernel/start-error.ts";
import { environment } from "./postmaster.ts";
import type { RunAs } from "./run-as.ts";

/**
 * Makes the files of a new database (initdb). They are made beside their place and moved there whole, so that a kill
 * in between leaves nothing half made; when two processes do so at once, the second finds the place taken and gives way.
 *
 * @param superuser name of the only role; there is no password, the socket's folder is the guard
 */
export async function makeFiles(options: {
  initdb: string;
  files: string;
  as: RunAs;
  superuser: string;
  sync: boolean;
}): Promise<void> {
  const { initdb, files, as, superuser, sync } = options;
  await removeLeftovers(join(files, ".."));
  const draft = `${files}-draft-${process.pid}`;
  await mkdir(draft, { mode: 0o700 });
  if (as.owner !== undefined) await chown(draft, as.owner.uid, as.owner.gid);
  const locale = ["-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"];
  const [command = "", ...words] = [...as.prefix, initdb, "-D", draft, "-U", superuser, "-A", "trust", ...locale];
  if (!sync) words.push("--no-sync");
  const { uid, gid } = as;
  try {
    await promisify(execFile)(command, words, {
      cwd: "/",
      env: environment(),
      ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
    });
    await rename(draft, files);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (existsSync(join(files, "PG_VERSION"))) return;
    throw new StartError(`The database could not be made in ${files}: ${lastLine(error)}.`);
  }
}

async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = /^pg-draft-(\d+)$/.exec(name)?.[1];
    if (pid === undefined || (Number(pid) !== process.pid && existsSync(`/proc/${pid}`))) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

function lastLine(error: unknown): string {
  const said = error instanceof Error && "stderr" in error ? String(error.stderr) : "";
  return (said.trim().split("\n").at(-1) || String(error)).replace(/\.$/, "");
}
