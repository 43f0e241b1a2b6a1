import type { OwnAttribute } from "../attributes/attribute-set.ts";
import { readValueFilter, valuesOf } from "../attributes/custom-values.ts";
import { readAttributes } from "../attributes/read-attributes.ts";
import type { AttributeValue } from "../contract/attributes.ts";
import { failure } from "../contract/failure.ts";
import { listedStatuses, statuses } from "../contract/users.ts";
import type { Status } from "../contract/users.ts";
import { totalLimit } from "../contract/shapes.ts";
import { countUserList, selectUserPage } from "../db/sql/user-list.ts";
import type { UserListFilter, UserListRow, UserSort } from "../db/sql/user-list.ts";
import type { Work } from "../db/work.ts";
import { isId } from "../kernel/ids.ts";

/** The words of the list's address (U2). */
export interface UserQuery {
  q?: string | undefined;
  status?: string | undefined;
  onboarded?: "yes" | "no" | undefined;
  group?: string | undefined;
  role?: string | undefined;
  directory?: string | undefined;
  /** Names of the organization's own attributes whose values to show, separated by commas. */
  attributes?: string | undefined;
  /** `name:value` of one of them. */
  attribute?: string | undefined;
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
  const filter = readFilter(query);
  const asksAttributes = query.attributes !== undefined || query.attribute !== undefined;
  const attributes = asksAttributes ? await readAttributes(work.tx) : undefined;
  if (attributes !== undefined && query.attribute !== undefined) {
    filter.attribute = readValueFilter(attributes, query.attribute);
  }
  const shown = new Set(query.attributes?.toLowerCase().split(","));
  const isShown = ({ row }: OwnAttribute) => shown.has(row.name.toLowerCase());
  const page = await selectUserPage(
    work.tx,
    filter,
    { sort: query.sort, direction: query.order },
    { limit: query.limit, now: work.now, ...(query.cursor === undefined ? {} : { cursor: query.cursor }) },
  );
  const count = await countUserList(work.tx, filter, totalLimit);
  const rows = page.rows.map((row) => ({
    ...row,
    attributes:
      attributes === undefined ? {} : (valuesOf(attributes, row.custom, isShown) as Record<string, AttributeValue>),
  }));
  return { ...page, rows, total: Math.min(count, totalLimit), totalIsMore: count > totalLimit };
}

function readFilter(query: UserQuery): UserListFilter {
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
  return filter;
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
