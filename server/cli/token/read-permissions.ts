import { allPermissions, isPermission } from "#server/contract/permissions.ts";
import type { Permission } from "#server/contract/permissions.ts";
import { UsageError } from "../command.ts";
import { nearest } from "../words/nearest.ts";

/** Permissions as one text (`"accounts groups"`), as several words, or both. @throws UsageError */
export function readPermissions(given: readonly string[]): Permission[] {
  const names = given.flatMap((text) => text.split(/[\s,]+/)).filter((name) => name !== "");
  return [...new Set(names)].map((name) => {
    if (isPermission(name)) return name;
    const meant = nearest(name, allPermissions);
    const hint = meant === undefined ? `They are ${allPermissions.join(", ")}.` : `Did you mean \`${meant}\`?`;
    throw new UsageError(`There is no permission \`${name}\`. ${hint}`);
  });
}
