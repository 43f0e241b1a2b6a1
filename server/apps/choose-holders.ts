import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import { deleteHolder, insertHolders } from "../db/sql/holders.ts";
import type { Held } from "../db/sql/holders.ts";
import type { Work } from "../db/work.ts";
import { isId } from "../kernel/ids.ts";

/** Whom something is given to: an app to use (G4), or an entitlement of it (G3). */
export interface Chosen {
  userIds?: readonly string[];
  groupIds?: readonly string[];
}

type Subject = { kind: "app"; id: string; name: string };

/**
 * Gives something to users and groups; those that have it are left alone.
 * Authorization is the calling command's.
 *
 * @returns how many did not have it
 * @throws user.missing group.missing  an id names nobody; nothing is changed
 */
export async function giveTo(
  work: Work,
  held: Held,
  chosen: Chosen,
  tell: { type: string; subject: Subject; details?: Record<string, unknown> },
): Promise<number> {
  const users = await requireAll(work, "users", chosen.userIds ?? []);
  const groups = await requireAll(work, "groups", chosen.groupIds ?? []);
  const ids = { userIds: users.map((one) => one.id), groupIds: groups.map((one) => one.id) };
  const added = new Set(await insertHolders(work.tx, held, ids, work.now));
  if (added.size === 0) return 0;
  const named = (rows: readonly Named[]) => rows.filter((one) => added.has(one.id)).map((one) => one.name);
  record(work, {
    type: tell.type,
    subject: tell.subject,
    details: { ...tell.details, count: added.size, users: named(users), groups: named(groups) },
  });
  return added.size;
}

/**
 * Takes it away again from a user or a group.
 * Authorization is the calling command's.
 *
 * @throws app.holderMissing that does not have it
 */
export async function takeFrom(
  work: Work,
  held: Held,
  holderId: string,
  tell: { type: string; subject: Subject; details?: Record<string, unknown> },
): Promise<void> {
  const gone = isId(holderId) ? await deleteHolder(work.tx, held, holderId) : undefined;
  if (gone === undefined) throw failure("app.holderMissing");
  const key = gone.kind === "user" ? "users" : "groups";
  record(work, { type: tell.type, subject: tell.subject, details: { ...tell.details, count: 1, [key]: [gone.name] } });
}

interface Named {
  id: string;
  name: string;
}

/** Uses the primary keys. The rows are held, so that none is deleted before it has what it is given. */
async function requireAll(work: Work, table: "users" | "groups", ids: readonly string[]): Promise<Named[]> {
  const wanted = [...new Set(ids.map((id) => id.toLowerCase()))];
  if (wanted.length === 0) return [];
  const isThere = table === "users" ? "deleted_at is null" : "true";
  const rows = await work.tx.rows<Named>(
    `select id, display_name as name from ${table} where id = any($1::uuid[]) and ${isThere} order by id for key share`,
    [wanted.filter(isId)],
  );
  if (rows.length < wanted.length) {
    const field = table === "users" ? "userIds" : "groupIds";
    throw failure(table === "users" ? "user.missing" : "group.missing", { field });
  }
  return rows;
}
