import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import { isPermission } from "../contract/permissions.ts";
import type { Permission } from "../contract/permissions.ts";
import type { Queryable } from "../db/queryable.ts";
import type { Actor, Work } from "../db/work.ts";
import { newId } from "../kernel/ids.ts";
import type { TokenId } from "../kernel/ids.ts";
import { hashSecret, newSecret } from "../kernel/secrets.ts";
import { requireNoEscalation } from "./read-role.ts";

/**
 * Makes a token for the admin API. It can never do more than its maker; the secret is in this answer and nowhere else.
 *
 * @param wanted.expiresAt left out: the token works until it is removed
 * @throws token.nameMissing access.escalation
 */
export async function createApiToken(
  work: Work,
  wanted: { name: string; permissions: readonly Permission[]; expiresAt?: Date },
): Promise<{ id: TokenId; token: string }> {
  requireNoEscalation(work.actor, wanted.permissions, "permissions");
  const name = wanted.name.trim();
  if (name === "") throw failure("token.nameMissing", { field: "name" });
  const id = newId<TokenId>(work.now);
  const token = newSecret("gha");
  await work.tx.run(
    `insert into api_tokens (id, name, hash, permissions, created_by, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      id,
      name,
      hashSecret(token),
      wanted.permissions,
      work.actor.kind === "user" ? work.actor.id : null,
      work.now,
      wanted.expiresAt ?? null,
    ],
  );
  record(work, {
    type: "token.created",
    subject: { kind: "token", id, name },
    details: { permissions: wanted.permissions, expiresAt: wanted.expiresAt?.toISOString() ?? null },
  });
  return { id, token };
}

/**
 * The actor behind an API token. A token that a person made works only while that person may sign in, and only for
 * what their role still allows. Uses the unique index on api_tokens.hash.
 *
 * @returns undefined for a token that is unknown, expired, or whose maker may not sign in any more
 */
export async function identifyApiToken(from: Queryable, token: string, now: Date): Promise<Actor | undefined> {
  const row = await from.row<{ id: string; name: string; permissions: string[]; maker_permissions: string[] | null }>(
    `select t.id, t.name, t.permissions, r.permissions as maker_permissions
     from api_tokens t left join users u on u.id = t.created_by left join roles r on r.id = u.role_id
     where t.hash = $1 and (t.expires_at is null or t.expires_at > $2) and (t.created_by is null or u.status = 'active')`,
    [hashSecret(token), now],
  );
  if (row === undefined) return undefined;
  const makers = row.maker_permissions;
  const held = new Set(
    row.permissions.filter(isPermission).filter((permission) => makers === null || makers.includes(permission)),
  );
  return { kind: "token", id: row.id, name: row.name, can: (permission) => held.has(permission) };
}
