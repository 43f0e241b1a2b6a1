import { changesBetween, record } from "../audit/record.ts";
import type { DirectoryModel } from "../db/models/directory.ts";
import { deleteDirectoryTokens } from "../db/sql/directory-clients.ts";
import type { Work } from "../db/work.ts";
import { allow } from "../permissions/rules.ts";
import { checkDirectoryName, nameTaken } from "./create-directory.ts";
import type { NewDirectory } from "./create-directory.ts";
import { requireLockedDirectory } from "./lock-directory.ts";
import { directoryRules } from "./policy.ts";
import { readSwitches, withSwitches } from "./read-switches.ts";

/**
 * Changes a directory; paused, it is answered 403 until it is resumed. The access tokens that its client had before the
 * pause are gone then: a pause is also for finding out who else has one.
 *
 * @throws directory.missing directory.leaving directory.nameTaken directory.nameMissing access.denied
 */
export async function updateDirectory(
  work: Work,
  id: string,
  change: Partial<NewDirectory> & { isPaused?: boolean },
): Promise<DirectoryModel> {
  allow(directoryRules, work.actor, "directory.update", null);
  const { transaction } = work.tx;
  const directory = await requireLockedDirectory(work, id);
  const before = comparable(directory);
  const pausedAt =
    change.isPaused === undefined ? directory.pausedAt : change.isPaused ? (directory.pausedAt ?? work.now) : null;
  directory.set({
    name: change.name === undefined ? directory.name : checkDirectoryName(change.name),
    product: change.product ?? directory.product,
    rateLimit: change.rateLimit === undefined ? directory.rateLimit : change.rateLimit,
    adopt: change.adopt === undefined ? directory.adopt : change.adopt,
    ownPasswords: change.ownPasswords ?? directory.ownPasswords,
    switches: withSwitches(directory.switches, change.switches),
    pausedAt,
  });
  const changes = changesBetween(before, comparable(directory));
  if (changes === undefined) return directory;
  directory.set({ updatedAt: work.now });
  try {
    await directory.save({ transaction });
  } catch (error) {
    throw nameTaken(error) ?? error;
  }
  const { isPaused, ...others } = changes;
  if (isPaused?.to === false) await deleteDirectoryTokens(work.tx, directory.id);
  const subject = { kind: "directory" as const, id: directory.id, name: directory.name };
  if (isPaused !== undefined)
    record(work, { type: isPaused.to === true ? "directory.paused" : "directory.resumed", subject });
  if (Object.keys(others).length > 0) record(work, { type: "directory.updated", subject, changes: others });
  return directory;
}

function comparable(directory: DirectoryModel): Record<string, unknown> {
  const { name, product, rateLimit, adopt, ownPasswords, pausedAt } = directory;
  return {
    name,
    product,
    rateLimit: rateLimit ?? null,
    adopt: adopt ?? null,
    ownPasswords,
    isPaused: pausedAt != null,
    ...readSwitches(directory.switches),
  };
}
