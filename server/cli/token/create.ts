import { allPermissions } from "#server/contract/permissions.ts";
import type { Work } from "#server/db/work.ts";
import { createApiToken } from "#server/permissions/api-tokens.ts";
import { readCount } from "../words/read-count.ts";
import { readPermissions } from "./read-permissions.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** Makes a token from the flags of the command line. @throws token.nameMissing */
export async function createTokenFor(
  work: Work,
  flags: { name: string; permissions: string[] | undefined; days: string | undefined },
): Promise<string> {
  const days = flags.days === undefined ? undefined : readCount("--days", flags.days, { least: 1, most: 3650 });
  const { token } = await createApiToken(work, {
    name: flags.name,
    permissions: flags.permissions === undefined ? allPermissions : readPermissions(flags.permissions),
    ...(days === undefined ? {} : { expiresAt: new Date(work.now.getTime() + days * dayMs) }),
  });
  return token;
}
