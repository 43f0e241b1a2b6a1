import { constants } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { GivenConfig } from "#server/kernel/config.ts";
import { fail, ok, warn } from "./finding.ts";
import type { Finding } from "./finding.ts";

const leastFreeBytes = 1024 ** 3;

/** The folder of the embedded database and the generated secret key: whether it can be written to and has room. */
export async function lookAtDataDir(config: GivenConfig): Promise<Finding[]> {
  const { dataDir, databaseUrl, secretKey } = config;
  if (databaseUrl !== undefined && secretKey !== undefined) return [ok("data folder", "Nothing is kept on this disk.")];
  if (!(await isThere(dataDir))) return [ok("data folder", `${dataDir} is made on the first start.`)];
  try {
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return [
      fail(
        "data folder",
        `${dataDir} cannot be written to.`,
        "Give it to the user that runs Gatehouse, or set DATA_DIR.",
      ),
    ];
  }
  return [await lookAtRoom(dataDir), ...(secretKey === undefined ? await lookAtKeyFile(dataDir) : [])];
}

async function lookAtRoom(dataDir: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(dataDir);
  const gigabytes = ((bavail * bsize) / 1024 ** 3).toFixed(1);
  if (bavail * bsize < leastFreeBytes) {
    return warn("data folder", `${dataDir} has ${gigabytes} GB of room left.`, "Make room, or move DATA_DIR.");
  }
  return ok("data folder", `${dataDir} can be written to and has ${gigabytes} GB of room.`);
}

async function lookAtKeyFile(dataDir: string): Promise<Finding[]> {
  const file = join(dataDir, "secret-key");
  if (!(await isThere(file))) return [];
  const { mode } = await stat(file);
  if ((mode & 0o077) === 0) return [ok("secret key", `${file} is for its owner alone; keep a copy with the backups.`)];
  return [warn("secret key", `${file} can be read by others.`, `\`chmod 600 ${file}\``)];
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
