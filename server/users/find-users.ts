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
  sort: UserSort;
  order: "asc" | "desc";
  cursor?: string | undefined;
  limit: number;
}

export interface FoundUsers {
  rows: UserListRow[];
  total: number;
  totalIsMore: boolean;
  nextCursor: string | null;
  previousCursor: string | null;
}

/**
 * One page of the user list with its total (U1, U2).
 *
 * @throws access.denied request.invalid request.cursorInvalid
 */
export async function findUsers(work: Work, query: UserQuery): Promise<FoundUsers> {
  if (!work.actor.can("accounts")) throw failure("access.denied");
  const filter = readFilter(query);
  const page = await selectUserPage(
    work.tx,
    filter,
    { sort: query.sort, direction: query.order },
    { limit: query.limit, now: work.now, ...(query.cursor === undefined ? {} : { cursor: query.cursor }) },
  );
  const count = await countUserList(work.tx, filter, totalLimit);
  return { ...page, total: Math.min(count, totalLimit), totalIsMore: count > totalLimit };
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
