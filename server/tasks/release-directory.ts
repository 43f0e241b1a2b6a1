import { inWork, trusted } from "../db/work.ts";
import { releaseOwned } from "../directories/delete-directory.ts";
import type { House } from "../house.ts";
import type { DirectoryId } from "../kernel/ids.ts";

/**
 * Makes everything that a deleted directory owned local, a batch to a transaction, and removes it. What was done stays
 * done when the process ends; the next try goes on from there.
 */
export async function releaseDirectory(house: House, directoryId: DirectoryId): Promise<void> {
  const by = { actor: trusted("system", "deletion of a directory"), requestId: "directory.release" };
  let isGone = false;
  while (!isGone) isGone = await inWork(house, by, async (work) => await releaseOwned(work, directoryId));
}
