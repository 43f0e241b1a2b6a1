import type { Work } from "#server/db/work.ts";
import { deleteDirectory } from "#server/directories/delete-directory.ts";
import type { DeletedDirectory } from "#server/directories/delete-directory.ts";
import { findDirectory } from "./find.ts";

/** Deletes a directory by name or id. @throws directory.missing */
export async function removeDirectory(work: Work, named: string): Promise<DeletedDirectory> {
  return await deleteDirectory(work, await findDirectory(work, named));
}
