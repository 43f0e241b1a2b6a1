import type { z } from "zod";
import type { listUserApps } from "../contract/app-access.ts";
import { failure } from "../contract/failure.ts";
import { selectAppsOfUser } from "../db/sql/entitlements.ts";
import { selectUser } from "../db/sql/users.ts";
import type { Work } from "../db/work.ts";
import { isId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { userRules } from "../users/policy.ts";
import { targetOf } from "../users/update-user.ts";

type Item = z.infer<typeof listUserApps.reply>["items"][number];

/**
 * The apps that a user may use, with what they may do there (G3, G4), in the words of the contract.
 *
 * @throws user.missing access.denied
 */
export async function listAppsOfUser(work: Work, userId: string): Promise<Item[]> {
  const user = isId(userId) ? await selectUser(work.tx, userId) : undefined;
  if (user === undefined) throw failure("user.missing");
  allow(userRules, work.actor, "user.read", targetOf(user));
  return (await selectAppsOfUser(work.tx, user.id)).map((row) => ({
    app: { id: row.id, name: row.name },
    access: row.access,
    isDirect: row.is_direct,
    groups: row.groups,
    entitlements: row.entitlements,
    firstUsedAt: row.first_at?.toISOString() ?? null,
    lastUsedAt: row.last_at?.toISOString() ?? null,
  }));
}
