import type { DirectoryProduct } from "#server/contract/directory-products.ts";
import type { Work } from "#server/db/work.ts";
import { createDirectory } from "#server/directories/create-directory.ts";
import { scimBaseUrl } from "#server/directories/list-directories.ts";
import { UsageError } from "../command.ts";
import { readCount } from "../words/read-count.ts";

interface CreateFlags {
  name: string;
  product?: string | undefined;
  rateLimit?: string | undefined;
  adopt?: string | undefined;
  ownPasswords: boolean;
  tokenDays?: string | undefined;
}

const dayMs = 86_400_000;

/** Makes a directory from the flags of the command line. @throws directory.* */
export async function createDirectoryFor(
  work: Work,
  issuer: string,
  flags: CreateFlags,
): Promise<{ id: string; baseUrl: string; token: string }> {
  const wanted = {
    name: flags.name,
    // The table of commands lets only known products through.
    ...(flags.product === undefined ? {} : { product: flags.product as DirectoryProduct }),
    ...(flags.rateLimit === undefined ? {} : { rateLimit: readRateLimit(flags.rateLimit) }),
    adopt: readAdopt(flags.adopt),
    ownPasswords: flags.ownPasswords,
  };
  const { directory, token } = await createDirectory(work, wanted, readTokenEnd(work, flags.tokenDays));
  return { id: directory.id, baseUrl: scimBaseUrl(issuer), token };
}

/** @throws UsageError */
export function readRateLimit(text: string): number | null {
  return text === "off" ? null : readCount("--rate-limit", text, { least: 1, most: 100_000, or: "off" });
}

/** When a token ends that lasts so many days; null: never. @throws UsageError */
export function readTokenEnd(work: Work, days: string | undefined): Date | null {
  if (days === undefined) return null;
  return new Date(work.now.getTime() + readCount("--token-days", days, { least: 1, most: 3650 }) * dayMs);
}

function readAdopt(text: string | undefined): "username" | "email" | null {
  if (text === undefined || text === "username" || text === "email") return text ?? null;
  throw new UsageError(`\`--adopt\` is username or email, not \`${text}\`.`);
}
