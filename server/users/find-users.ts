import type { OwnAttribute } from "../attributes/attribute-set.ts";
import { readValueFilter, valuesOf } from "../attributes/custom-values.ts";
import { readAttributes } from "../attributes/read-attributes.ts";
import type { AttributeValue } from "../contract/attributes.ts";
import { failure } from "../contract/failure.ts";
import { invitationStates, listedStatuses, statuses } from "../contract/users.ts";
import type { InvitationState, Status } from "../contract/users.ts";
import { totalLimit } from "../contract/shapes.ts";
import { countUserList, selectUserPage } from "../db/sql/user-list.ts";
import type { UserListFilter, UserListRow, UserSort } from "../db/sql/user-list.ts";
import type { Queryable } from "../db/queryable.ts";
import type { Work } from "../db/work.ts";
import { isId } from "../kernel/ids.ts";
import { readSetting } from "../settings/read-settings.ts";

/** The words that narrow the list (U2). */
export interface UserFilterWords {
  q?: string | undefined;
  status?: string | undefined;
  onboarded?: "yes" | "no" | undefined;
  group?: string | undefined;
  role?: string | undefined;
  directory?: string | undefined;
  /** `name:value` of one of the organization's own attributes. */
  attribute?: string | undefined;
  factor?: "yes" | "no" | undefined;
  /** Times in the form of RFC 3339. */
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
  activeAfter?: string | undefined;
  activeBefore?: string | undefined;
  /** States of an invitation, with commas between. */
  invitation?: string | undefined;
}

/** The words of the list's address. */
export interface UserQuery extends UserFilterWords {
  /** Names of the organization's own attributes whose values to show, separated by commas. */
  attributes?: string | undefined;
  sort: UserSort;
  order: "asc" | "desc";
  cursor?: string | undefined;
  limit: number;
}

export interface FoundUsers {
  rows: (UserListRow & { attributes: Record<string, AttributeValue> })[];
  total: number;
  totalIsMore: boolean;
  nextCursor: string | null;
  previousCursor: string | null;
}

/**
 * One page of the user list with its total (U1, U2).
 *
 * @throws access.denied request.invalid request.cursorInvalid attribute.unknown attribute.valueInvalid
 */
export async function findUsers(work: Work, query: UserQuery): Promise<FoundUsers> {
  if (!work.actor.can("accounts")) throw failure("access.denied");
  const filter = await readUserFilter(work.tx, query);
  const attributes = query.attributes === undefined ? undefined : await readAttributes(work.tx);
  const shown = new Set(query.attributes?.toLowerCase().split(","));
  const isShown = ({ row }: OwnAttribute) => shown.has(row.name.toLowerCase());
  const countsEmail = await readSetting(work.tx, "factors.email");
  const page = await selectUserPage(
    work.tx,
    filter,
    { sort: query.sort, direction: query.order },
    { limit: query.limit, now: work.now, countsEmail, ...(query.cursor === undefined ? {} : { cursor: query.cursor }) },
  );
  const count = await countUserList(work.tx, filter, totalLimit);
  const rows = page.rows.map((row) => ({
    ...row,
    attributes:
      attributes === undefined ? {} : (valuesOf(attributes, row.custom, isShown) as Record<string, AttributeValue>),
  }));
  return { ...page, rows, total: Math.min(count, totalLimit), totalIsMore: count > totalLimit };
}

/**
 * How many users match, exactly (U2).
 *
 * @throws access.denied request.invalid attribute.unknown attribute.valueInvalid
 */
export async function countUsers(work: Work, words: UserFilterWords): Promise<number> {
  if (!work.actor.can("accounts")) throw failure("access.denied");
  return await countUserList(work.tx, await readUserFilter(work.tx, words));
}

/**
 * Reads the words that narrow the list.
 *
 * @throws request.invalid attribute.unknown attribute.valueInvalid
 */
export async function readUserFilter(from: Queryable, query: UserFilterWords): Promise<UserListFilter> {
  const filter: UserListFilter = {};
  if (query.q !== undefined) filter.q = query.q;
  if (query.status !== undefined && query.status !== "") filter.statuses = query.status.split(",").map(readStatus);
  if (query.onboarded !== undefined) filter.onboarded = query.onboarded === "yes";
  if (query.group !== undefined) filter.groupId = query.group;
  if (query.role !== undefined) filter.roleId = query.role;
  if (query.directory === "local") filter.directoryId = null;
  else if (query.directory !== undefined) {
    if (!isId(query.directory)) throw failure("request.invalid", { field: "directory" });
    filter.directoryId = query.directory;
  }
  if (query.factor !== undefined) {
    filter.factor = { isEnrolled: query.factor === "yes", countsEmail: await readSetting(from, "factors.email") };
  }
  for (const name of ["createdAfter", "createdBefore", "activeAfter", "activeBefore"] as const) {
    const text = query[name];
    if (text !== undefined) filter[name] = new Date(text);
  }
  if (query.invitation !== undefined && query.invitation !== "") {
    filter.invitations = query.invitation.split(",").map(readInvitation);
  }
  if (query.attribute !== undefined) filter.attribute = readValueFilter(await readAttributes(from), query.attribute);
  return filter;
}

function readInvitation(text: string): InvitationState {
  const state = invitationStates.find((one) => one === text);
  if (state === undefined) throw failure("request.invalid", { field: "invitation" });
  return state;
}

function readStatus(text: string): Status {
  const status = listedStatuses.find((one) => one === text);
  if (status === undefined) {
    throw failure("request.invalid", {
      field: "status",
      says: `A status is one of ${statuses.slice(0, 4).join(", ")}.`,
    });
  }
  return status;
}
