import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import type { Work } from "../db/work.ts";
import { isId, newId } from "../kernel/ids.ts";
import type { DirectoryId } from "../kernel/ids.ts";
import { hashSecret, newSecret } from "../kernel/secrets.ts";
import { allow } from "../permissions/rules.ts";
import { requireLockedDirectory } from "./lock-directory.ts";
import { directoryRules } from "./policy.ts";

/** How far ahead an end may lie: what is later was typed wrongly. */
const furthestMs = 10 * 366 * 86_400_000;

/** Characters at the end of a token by which people tell one from another. Of its 43 random ones 39 stay unknown. */
const hintLength = 4;

/**
 * Adds a bearer token to a directory; authorization is the calling command's.
 *
 * @param options.testId the connection test that it is for
 */
export async function addDirectoryToken(
  work: Work,
  directoryId: DirectoryId,
  options: { expiresAt: Date | null; testId?: string },
): Promise<string> {
  const token = newSecret("ghd");
  await work.tx.run(
    `insert into directory_tokens (id, directory_id, hash, hint, created_at, expires_at, test_id)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      newId(work.now),
      directoryId,
      hashSecret(token),
      token.slice(-hintLength),
      work.now,
      options.expiresAt,
      options.testId ?? null,
    ],
  );
  return token;
}

/**
 * Gives a directory another token. The older ones work for the overlap, so that the other side can be changed over
 * without a gap.
 *
 * @param older.until when the older tokens end; without it, after `overlapHours`, 0 being at once
 * @param expiresAt when the new token ends; null: never
 * @throws directory.missing directory.leaving directory.timePast access.denied
 */
export async function rotateDirectoryToken(
  work: Work,
  id: string,
  older: { overlapHours: number; until?: Date | undefined },
  expiresAt: Date | null = null,
): Promise<string> {
  allow(directoryRules, work.actor, "directory.update", null);
  const directory = await requireLockedDirectory(work, id);
  if (older.until !== undefined) checkTokenEnd(work, older.until, "until");
  checkTokenEnd(work, expiresAt, "expiresAt");
  const until = older.until ?? new Date(work.now.getTime() + older.overlapHours * 3_600_000);
  await work.tx.run(
    `update directory_tokens set expires_at = $2
     where directory_id = $1 and test_id is null and (expires_at is null or expires_at > $2)`,
    [directory.id, until],
  );
  const token = await addDirectoryToken(work, directory.id, { expiresAt });
  record(work, {
    type: "directory.tokenRotated",
    subject: { kind: "directory", id: directory.id, name: directory.name },
    details: { until: until.toISOString(), expiresAt: expiresAt?.toISOString() ?? null },
  });
  return token;
}

/**
 * Ends a token at once. It stays for a while, so that a client that still uses it shows up in the request log.
 *
 * @throws directory.missing directory.leaving directory.tokenMissing access.denied
 */
export async function revokeDirectoryToken(work: Work, id: string, tokenId: string): Promise<void> {
  allow(directoryRules, work.actor, "directory.update", null);
  const directory = await requireLockedDirectory(work, id);
  const token = isId(tokenId)
    ? await work.tx.row<{ hint: string | null }>(
        `update directory_tokens set expires_at = $3
         where id = $2 and directory_id = $1 and test_id is null and (expires_at is null or expires_at > $3)
         returning hint`,
        [directory.id, tokenId, work.now],
      )
    : undefined;
  if (token === undefined) throw failure("directory.tokenMissing");
  record(work, {
    type: "directory.tokenRevoked",
    subject: { kind: "directory", id: directory.id, name: directory.name },
    details: { hint: token.hint ?? tokenId.slice(-hintLength) },
  });
}

/** @throws directory.timePast */
export function checkTokenEnd(work: Work, at: Date | null, field: string): void {
  if (at === null) return;
  const ahead = at.getTime() - work.now.getTime();
  if (ahead <= 0 || ahead > furthestMs) throw failure("directory.timePast", { field });
}
