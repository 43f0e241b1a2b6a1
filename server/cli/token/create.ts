import { allPermissions, isPermission } from "#server/contract/permissions.ts";
import type { Permission } from "#server/contract/permissions.ts";
import type { Work } from "#server/db/work.ts";
import { createApiToken } from "#server/permissions/api-tokens.ts";
import { UsageError } from "../command.ts";
import { nearest } from "../words/nearest.ts";
import { readCount } from "../words/read-count.ts";

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

/** Permissions as one text (`"accounts groups"`), as several words, or both. */
function readPermissions(given: readonly string[]): Permission[] {
  const names = given.flatMap((text) => text.split(/[\s,]+/)).filter((name) => name !== "");
  return [...new Set(names)].map((name) => {
    if (isPermission(name)) return name;
    const meant = nearest(name, allPermissions);
    const hint = meant === undefined ? `They are ${allPermissions.join(", ")}.` : `Did you mean \`${meant}\`?`;
    throw new UsageError(`There is no permission \`${name}\`. ${hint}`);
  });
}
