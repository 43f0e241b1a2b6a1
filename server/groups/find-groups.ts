import type { z } from "zod";
import { failure } from "../contract/failure.ts";
import type { groupRow } from "../contract/groups.ts";
import { totalLimit } from "../contract/shapes.ts";
import { countGroupMembers, countGroups, selectGroupMemberPage, selectGroupPage } from "../db/sql/group-list.ts";
import type { GroupListRow, GroupMemberRow } from "../db/sql/group-list.ts";
import { selectGroup } from "../db/sql/groups.ts";
import type { GroupRow } from "../db/sql/groups.ts";
import type { Page } from "../db/keyset.ts";
import type { Work } from "../db/work.ts";
import { isId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { groupRules } from "./policy.ts";

interface Asked {
  q?: string | undefined;
  cursor?: string | undefined;
  limit: number;
}

type Counted<Row> = Page<Row> & { total: number; totalIsMore: boolean };

/** One page of groups by name. @throws access.denied request.cursorInvalid */
export async function findGroups(work: Work, asked: Asked): Promise<Counted<GroupListRow>> {
  if (!work.actor.can("groups")) throw failure("access.denied");
  const count = await countGroups(work.tx, asked.q, totalLimit);
  return { ...(await selectGroupPage(work.tx, asked)), ...capped(count) };
}

/** One group. @throws group.missing access.denied */
export async function readGroup(work: Work, id: string): Promise<GroupRow> {
  const group = isId(id) ? await selectGroup(work.tx, id) : undefined;
  if (group === undefined) throw failure("group.missing");
  allow(groupRules, work.actor, "group.read", { directoryId: group.directory_id });
  return group;
}

/** One page of the users in a group. @throws group.missing access.denied request.cursorInvalid */
export async function findMembers(work: Work, id: string, asked: Asked): Promise<Counted<GroupMemberRow>> {
  const group = await readGroup(work, id);
  const count = await countGroupMembers(work.tx, group.id, asked.q, totalLimit);
  return { ...(await selectGroupMemberPage(work.tx, group.id, asked)), ...capped(count) };
}

/** A group in the words of the contract. */
export function presentGroup(
  row: Pick<GroupListRow, "id" | "display_name" | "member_count" | "created_at" | "updated_at">,
  directory: { id: string; name: string } | null,
): z.infer<typeof groupRow> {
  return {
    id: row.id,
    displayName: row.display_name,
    directory,
    memberCount: row.member_count,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

function capped(count: number) {
  return { total: Math.min(count, totalLimit), totalIsMore: count > totalLimit };
}
