import type { z } from "zod";
import type { directoryGroupRow, directoryUserRow } from "../contract/directories.ts";
import { failure } from "../contract/failure.ts";
import { totalLimit } from "../contract/shapes.ts";
import { hasDirectory } from "../db/sql/directory-list.ts";
import { countOwnedGroups, countOwnedUsers, selectOwnedGroups, selectOwnedUsers } from "../db/sql/directory-owned.ts";
import type { OwnedGroupRow, OwnedUserRow } from "../db/sql/directory-owned.ts";
import type { Page } from "../db/keyset.ts";
import type { Work } from "../db/work.ts";
import { isId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { directoryRules } from "./policy.ts";

interface Asked {
  q?: string | undefined;
  cursor?: string | undefined;
  limit: number;
}

type Counted<Row> = Page<Row> & { total: number; totalIsMore: boolean };

/** One page of the accounts that a directory owns. @throws directory.missing access.denied request.cursorInvalid */
export async function findOwnedUsers(work: Work, id: string, asked: Asked): Promise<Counted<OwnedUserRow>> {
  await requireDirectory(work, id);
  const count = await countOwnedUsers(work.tx, id, asked.q, totalLimit);
  return { ...(await selectOwnedUsers(work.tx, id, asked)), ...capped(count) };
}

/** One page of the groups that a directory owns. @throws directory.missing access.denied request.cursorInvalid */
export async function findOwnedGroups(work: Work, id: string, asked: Asked): Promise<Counted<OwnedGroupRow>> {
  await requireDirectory(work, id);
  const count = await countOwnedGroups(work.tx, id, asked.q, totalLimit);
  return { ...(await selectOwnedGroups(work.tx, id, asked)), ...capped(count) };
}

/** Whoever manages a directory could read all of this with a token of it. @throws directory.missing access.denied */
export async function requireDirectory(work: Work, id: string): Promise<void> {
  allow(directoryRules, work.actor, "directory.read", null);
  if (!isId(id) || !(await hasDirectory(work.tx, id))) throw failure("directory.missing");
}

/** A total as the contract has it: exact up to a limit. */
export function capped(count: number): { total: number; totalIsMore: boolean } {
  return { total: Math.min(count, totalLimit), totalIsMore: count > totalLimit };
}

/** An owned account in the words of the contract. */
export function presentOwnedUser(row: OwnedUserRow): z.infer<typeof directoryUserRow> {
  return {
    id: row.id,
    username: row.username,
    displayName: row.display_name,
    email: row.email,
    status: row.status,
    externalId: row.external_id,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

/** An owned group in the words of the contract. */
export function presentOwnedGroup(row: OwnedGroupRow): z.infer<typeof directoryGroupRow> {
  return {
    id: row.id,
    displayName: row.display_name,
    externalId: row.external_id,
    memberCount: row.member_count,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
