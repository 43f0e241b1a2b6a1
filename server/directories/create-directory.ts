import { record } from "../audit/record.ts";
import type { DirectoryProduct, DirectorySwitch } from "../contract/directory-products.ts";
import { failure } from "../contract/failure.ts";
import type { DirectoryModel } from "../db/models/directory.ts";
import { brokenUniqueIndex } from "../db/unique-violation.ts";
import type { Work } from "../db/work.ts";
import { newId } from "../kernel/ids.ts";
import type { DirectoryId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { addDirectoryToken, checkTokenEnd } from "./directory-tokens.ts";
import { directoryRules } from "./policy.ts";
import { withSwitches } from "./read-switches.ts";

export interface NewDirectory {
  name: string;
  product?: DirectoryProduct;
  /** Requests per second; null is no limit. */
  rateLimit?: number | null;
  adopt?: "username" | "email" | null;
  ownPasswords?: boolean;
  /** Habits of clients that are switched on or off; those left out stay, and are on to begin with. */
  switches?: Partial<Record<DirectorySwitch, boolean>>;
}

/**
 * Creates a directory and its first bearer token, which is in this answer and nowhere else (P4).
 *
 * @param tokenExpiresAt when the token ends; null: never
 * @throws directory.nameMissing directory.nameTaken directory.timePast access.denied
 */
export async function createDirectory(
  work: Work,
  wanted: NewDirectory,
  tokenExpiresAt: Date | null = null,
): Promise<{ directory: DirectoryModel; token: string }> {
  allow(directoryRules, work.actor, "directory.create", null);
  const name = checkDirectoryName(wanted.name);
  checkTokenEnd(work, tokenExpiresAt, "tokenExpiresAt");
  try {
    const directory = await work.tx.models.Directory.create(
      {
        id: newId<DirectoryId>(work.now),
        name,
        product: wanted.product ?? "other",
        rateLimit: wanted.rateLimit === undefined ? defaultRateLimit : wanted.rateLimit,
        adopt: wanted.adopt ?? null,
        ownPasswords: wanted.ownPasswords ?? false,
        switches: withSwitches({}, wanted.switches),
        createdAt: work.now,
        updatedAt: work.now,
      },
      { transaction: work.tx.transaction },
    );
    const token = await addDirectoryToken(work, directory.id, { expiresAt: tokenExpiresAt });
    record(work, {
      type: "directory.created",
      subject: { kind: "directory", id: directory.id, name },
      details: {
        product: directory.product,
        rateLimit: directory.rateLimit,
        adopt: directory.adopt,
        ownPasswords: directory.ownPasswords,
      },
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
