import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import { isPermission } from "../contract/permissions.ts";
import type { Permission } from "../contract/permissions.ts";
import type { Queryable } from "../db/queryable.ts";
import type { Actor, Work } from "../db/work.ts";
import { isId, newId } from "../kernel/ids.ts";
import type { TokenId } from "../kernel/ids.ts";
import { hashSecret, newSecret } from "../kernel/secrets.ts";
import { requireNoEscalation } from "./read-role.ts";

/**
 * Makes a token for the admin API. It can never do more than its maker; the secret is in this answer and nowhere else.
 *
 * @param wanted.expiresAt left out: the token works until it is revoked
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
  const row = await from.row<WorkingToken>(`${working} and t.hash = $2`, [now, hashSecret(token)]);
  if (row === undefined) return undefined;
  await noteUse(from, row.id, row.last_used_at, now);
  return toActor(row);
}

/** The same for what goes on in the background after a token started it. Uses api_tokens_pkey. */
export async function actorOfToken(from: Queryable, id: string, now: Date): Promise<Actor | undefined> {
  const row = await from.row<WorkingToken>(`${working} and t.id = $2`, [now, id]);
  return row && toActor(row);
}

interface WorkingToken {
  id: string;
  name: string;
  permissions: string[];
  maker_permissions: string[] | null;
  last_used_at: Date | null;
}

const working = `select t.id, t.name, t.permissions, t.last_used_at, r.permissions as maker_permissions
  from api_tokens t left join users u on u.id = t.created_by left join roles r on r.id = u.role_id
  where (t.expires_at is null or t.expires_at > $1) and (t.created_by is null or u.status = 'active')`;

function toActor(row: WorkingToken): Actor {
  const makers = row.maker_permissions;
  const held = new Set(
    row.permissions.filter(isPermission).filter((permission) => makers === null || makers.includes(permission)),
  );
  return { kind: "token", id: row.id, name: row.name, can: (permission) => held.has(permission) };
}

/** Once a minute is enough to see which tokens are in use. */
async function noteUse(from: Queryable, id: string, last: Date | null, now: Date): Promise<void> {
  if (last !== null && now.getTime() - last.getTime() < 60_000) return;
  await from.run("update api_tokens set last_used_at = $2 where id = $1", [id, now]);
}

/** A token as lists show it; its secret is known to nobody here. */
export interface ApiTokenRow {
  id: TokenId;
  name: string;
  permissions: string[];
  created_by: string | null;
  created_at: Date;
  expires_at: Date | null;
  last_used_at: Date | null;
}

/**
 * The newest tokens that work or may work again. There are few; more than 500 are not shown.
 *
 * @throws access.denied
 */
export async function listApiTokens(work: Work): Promise<ApiTokenRow[]> {
  if (!work.actor.can("settings")) throw failure("access.denied");
  return await work.tx.rows<ApiTokenRow>(
    `select t.id, t.name, t.permissions, u.display_name as created_by, t.created_at, t.expires_at, t.last_used_at
     from api_tokens t left join users u on u.id = t.created_by order by t.id desc limit 500`,
  );
}

/**
 * Revokes a token: with the commit it opens nothing any more.
 *
 * @throws token.missing access.denied
 */
export async function revokeApiToken(work: Work, id: string): Promise<void> {
  if (!work.actor.can("settings")) throw failure("access.denied");
  const gone = isId(id)
    ? await work.tx.row<{ name: string }>("delete from api_tokens where id = $1 returning name", [id])
    : undefined;
  if (gone === undefined) throw failure("token.missing");
  record(work, { type: "token.revoked", subject: { kind: "token", id, name: gone.name } });
}
