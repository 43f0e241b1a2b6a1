import { failure } from "../contract/failure.ts";
import type { DirectoryModel } from "../db/models/directory.ts";
import type { Work } from "../db/work.ts";
import { isId } from "../kernel/ids.ts";

/** Locks a directory that is not on its way out. @throws directory.missing directory.leaving */
export async function requireLockedDirectory(work: Work, id: string): Promise<DirectoryModel> {
  const { transaction } = work.tx;
  const directory = isId(id) ? await work.tx.models.Directory.findByPk(id, { transaction, lock: true }) : null;
  if (directory === null) throw failure("directory.missing");
  if (directory.deletingAt != null) throw failure("directory.leaving");
  return directory;
}
