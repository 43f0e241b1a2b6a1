import type { Work } from "#server/db/work.ts";
import { createDirectory } from "#server/directories/create-directory.ts";
import { scimBaseUrl } from "#server/directories/list-directories.ts";
import { UsageError } from "../command.ts";
import { readCount } from "../words/read-count.ts";

/** Makes a directory from the flags of the command line. @throws directory.* */
export async function createDirectoryFor(
  work: Work,
  issuer: string,
  flags: { name: string; rateLimit?: string | undefined; adopt?: string | undefined; ownPasswords: boolean },
): Promise<{ id: string; baseUrl: string; token: string }> {
  const { directory, token } = await createDirectory(work, {
    name: flags.name,
    ...(flags.rateLimit === undefined ? {} : { rateLimit: readRateLimit(flags.rateLimit) }),
    adopt: readAdopt(flags.adopt),
    ownPasswords: flags.ownPasswords,
  });
  return { id: directory.id, baseUrl: scimBaseUrl(issuer), token };
}

function readRateLimit(text: string): number | null {
  return text === "off" ? null : readCount("--rate-limit", text, { least: 1, most: 100_000, or: "off" });
}

function readAdopt(text: string | undefined): "username" | "email" | null {
  if (text === undefined || text === "username" || text === "email") return text ?? null;
  throw new UsageError(`\`--adopt\` is username or email, not \`${text}\`.`);
}
