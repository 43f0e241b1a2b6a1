import { isPermission } from "../contract/permissions.ts";
import type { Queryable } from "../db/queryable.ts";
import { trusted } from "../db/work.ts";
import type { Actor } from "../db/work.ts";

/**
 * Whoever said yes to something that is done later, with the permissions that they hold in this moment: a job must not
 * do what the person could not do any more. Uses users_pkey and the primary key of api_tokens.
 *
 * @returns undefined when they may not act any more
 */
export async function actingFor(
  from: Queryable,
  by: { kind: string | null; id: string | null; name: string | null },
  now: Date,
): Promise<Actor | undefined> {
  if (by.kind === "operator") return trusted("operator", by.name ?? "");
  const held = by.kind === "user" ? await permissionsOfUser(from, by.id) : await permissionsOfToken(from, by.id, now);
  if (held === undefined || by.id === null) return undefined;
  const permissions = new Set(held.filter(isPermission));
  const kind = by.kind === "user" ? ("user" as const) : ("token" as const);
  return { kind, id: by.id, name: by.name ?? "", can: (permission) => permissions.has(permission) };
}

async function permissionsOfUser(from: Queryable, id: string | null): Promise<string[] | undefined> {
  const row = await from.row<{ permissions: string[] }>(
    "select r.permissions from users u join roles r on r.id = u.role_id where u.id = $1 and u.status = 'active'",
    [id],
  );
  return row?.permissions;
}

async function permissionsOfToken(from: Queryable, id: string | null, now: Date): Promise<string[] | undefined> {
  const row = await from.row<{ permissions: string[]; makers: string[] | null }>(
    `select t.permissions, r.permissions as makers
     from api_tokens t left join users u on u.id = t.created_by left join roles r on r.id = u.role_id
     where t.id = $1 and (t.expires_at is null or t.expires_at > $2) and (t.created_by is null or u.status = 'active')`,
    [id, now],
  );
  return row?.permissions.filter((permission) => row.makers === null || row.makers.includes(permission));
}
