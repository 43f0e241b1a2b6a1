import type { Work } from "#server/db/work.ts";
import { presentDirectory, readDirectory } from "#server/directories/list-directories.ts";
import { findDirectory } from "./find.ts";

/** A directory by name or id. @throws directory.missing */
export async function showDirectory(
  work: Work,
  issuer: string,
  named: string,
): Promise<ReturnType<typeof presentDirectory>> {
  return presentDirectory(await readDirectory(work, await findDirectory(work, named)), issuer);
}
