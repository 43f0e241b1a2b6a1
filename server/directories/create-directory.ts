import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import type { DirectoryModel } from "../db/models/directory.ts";
import { brokenUniqueIndex } from "../db/unique-violation.ts";
import type { Work } from "../db/work.ts";
import { newId } from "../kernel/ids.ts";
import type { DirectoryId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { addDirectoryToken } from "./directory-tokens.ts";
import { directoryRules } from "./policy.ts";

export interface NewDirectory {
  name: string;
  /** Requests per second; null is no limit. */
  rateLimit?: number | null;
  adopt?: "username" | "email" | null;
  ownPasswords?: boolean;
}

/**
 * Creates a directory and its first bearer token, which is in this answer and nowhere else (P4).
 *
 * @throws directory.nameMissing directory.nameTaken access.denied
 */
export async function createDirectory(
  work: Work,
  wanted: NewDirectory,
): Promise<{ directory: DirectoryModel; token: string }> {
  allow(directoryRules, work.actor, "directory.create", null);
  const name = checkDirectoryName(wanted.name);
  try {
    const directory = await work.tx.models.Directory.create(
      {
        id: newId<DirectoryId>(work.now),
        name,
        rateLimit: wanted.rateLimit === undefined ? defaultRateLimit : wanted.rateLimit,
        adopt: wanted.adopt ?? null,
        ownPasswords: wanted.ownPasswords ?? false,
        createdAt: work.now,
        updatedAt: work.now,
      },
      { transaction: work.tx.transaction },
    );
    const token = await addDirectoryToken(work, directory.id);
    record(work, {
      type: "directory.created",
      subject: { kind: "directory", id: directory.id, name },
      details: { rateLimit: directory.rateLimit, adopt: directory.adopt, ownPasswords: directory.ownPasswords },
    });
    return { directory, token };
  } catch (error) {
    throw nameTaken(error) ?? error;
  }
}

// Entra ID asks for 25 requests a second at least, and a first sync comes in bursts far above that. This stops only a
// client that has lost its mind; directories that share the server take turns in any case.
export const defaultRateLimit = 500;

/** @throws directory.nameMissing */
export function checkDirectoryName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === "") throw failure("directory.nameMissing", { field: "name" });
  return trimmed;
}

/** The refusal behind a broken directories_name_key, or undefined. */
export function nameTaken(error: unknown) {
  return brokenUniqueIndex(error) === "directories_name_key"
    ? failure("directory.nameTaken", { field: "name", cause: error })
    : undefined;
}
