import type { Queryable } from "../db/queryable.ts";
import { regularRole } from "./read-role.ts";

/**
 * How many accounts have each role but that of everybody: few have another one. Uses users_role, which leaves that role
 * out; so the statement names it as a literal.
 */
export async function countBearers(from: Queryable): Promise<Map<string, number>> {
  const rows = await from.rows<{ role_id: string; count: number }>(
    `select role_id, count(*)::int as count from users
     where deleted_at is null and role_id <> '${regularRole}' group by role_id`,
  );
  return new Map(rows.map((row) => [row.role_id, row.count]));
}
