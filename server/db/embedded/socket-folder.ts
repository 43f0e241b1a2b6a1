import { createHash } from "node:crypto";
import { chmodSync, chownSync, lstatSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StartError } from "#server/kernel/start-error.ts";
import type { RunAs } from "./run-as.ts";

/** The kernel's limit of a socket's path is 107 bytes, of which PostgreSQL takes `/.s.PGSQL.5432`. */
const longestBytes = 107 - 14;

/**
 * A folder for the database's socket that only its user may enter: whoever can connect is the owner.
 * It lies in `DATA_DIR`, or where that path is too long, under a name made from it in the folder for temporary files.
 * Nobody has to remember it: a running database says in its lock file where its socket is.
 */
export function makeSocketFolder(dataDir: string, owner: RunAs["owner"]): string {
  const name = `gatehouse-${createHash("sha256").update(dataDir).digest("hex").slice(0, 16)}`;
  const places = [join(dataDir, "socket"), join(tmpdir(), name), join("/tmp", name)];
  const folder = places.find((place) => Buffer.byteLength(place) <= longestBytes);
  if (folder === undefined) throw new StartError(`The path of DATA_DIR, ${dataDir}, is too long for a socket.`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // In a folder that everybody may write to, somebody else could have been first.
  const found = lstatSync(folder);
  const accepted = [process.getuid?.(), owner?.uid];
  if (!found.isDirectory() || (!accepted.includes(found.uid) && process.getuid?.() !== 0)) {
    throw new StartError(`${folder}, where the database's socket belongs, is owned by somebody else; remove it.`);
  }
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  chmodSync(folder, 0o700);
  return folder;
}
