import type { Work } from "#server/db/work.ts";
import { presentDirectory, readDirectory } from "#server/directories/list-directories.ts";
import { updateDirectory } from "#server/directories/update-directory.ts";
import { findDirectory } from "./find.ts";

/** Pauses or resumes a directory. Doing it again changes nothing. @throws directory.missing */
export async function pauseDirectory(
  work: Work,
  issuer: string,
  named: string,
  isPaused: boolean,
): Promise<ReturnType<typeof presentDirectory>> {
  const id = await findDirectory(work, named);
  await updateDirectory(work, id, { isPaused });
  return presentDirectory(await readDirectory(work, id), issuer);
}
