import type { BulkJobRow } from "../db/sql/bulk.ts";
import type { Queryable } from "../db/queryable.ts";
import { selectUser } from "../db/sql/users.ts";
import { trusted } from "../db/work.ts";
import type { Actor } from "../db/work.ts";
import { isPermission } from "../contract/permissions.ts";
import { actorOfToken } from "../permissions/api-tokens.ts";

/**
 * Whoever started a bulk action, with what they may do by now.
 *
 * @returns undefined when they may not act any more: the account may not sign in, the token is gone or has expired
 */
export async function starterOf(from: Queryable, job: BulkJobRow, now: Date): Promise<Actor | undefined> {
  const place = {
    ...(job.address !== null && { address: job.address }),
    ...(job.user_agent !== null && { userAgent: job.user_agent }),
  };
  if (job.actor_kind === "operator") return trusted("operator", job.actor_name);
  if (job.actor_id === null) return undefined;
  if (job.actor_kind === "token") {
    const actor = await actorOfToken(from, job.actor_id, now);
    return actor && { ...actor, ...place };
  }
  const user = job.actor_kind === "user" ? await selectUser(from, job.actor_id) : undefined;
  if (user?.status !== "active") return undefined;
  const held = new Set(user.role_permissions.filter(isPermission));
  return { kind: "user", id: user.id, name: user.display_name, can: (permission) => held.has(permission), ...place };
}
