import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import type { Work } from "../db/work.ts";
import { isId, newId } from "../kernel/ids.ts";
import type { DirectoryId } from "../kernel/ids.ts";
import { hashSecret, newSecret } from "../kernel/secrets.ts";
import { allow } from "../permissions/rules.ts";
import { directoryRules } from "./policy.ts";

/** Adds a bearer token to a directory; authorization is the calling command's. */
export async function addDirectoryToken(work: Work, directoryId: DirectoryId): Promise<string> {
  const token = newSecret("ghd");
  await work.tx.run("insert into directory_tokens (id, directory_id, hash, created_at) values ($1, $2, $3, $4)", [
    newId(work.now),
    directoryId,
    hashSecret(token),
    work.now,
  ]);
  return token;
}

/**
 * Gives a directory another token. The older ones work for the overlap, so that the other side can be changed over
 * without a gap.
 *
 * @param overlapHours 0 ends the older tokens at once
 * @throws directory.missing access.denied
 */
export async function rotateDirectoryToken(work: Work, id: string, overlapHours: number): Promise<string> {
  allow(directoryRules, work.actor, "directory.update", null);
  const { transaction } = work.tx;
  const directory = isId(id) ? await work.tx.models.Directory.findByPk(id, { transaction, lock: true }) : null;
  if (directory === null) throw failure("directory.missing");
  const until = new Date(work.now.getTime() + overlapHours * 3_600_000);
  await work.tx.run(
    "update directory_tokens set expires_at = $2 where directory_id = $1 and (expires_at is null or expires_at > $2)",
    [directory.id, until],
  );
  const token = await addDirectoryToken(work, directory.id);
  record(work, {
    type: "directory.tokenRotated",
    subject: { kind: "directory", id: directory.id, name: directory.name },
    details: { overlapHours },
  });
  return token;
}
