import { parseFilter } from "#scim/filter/parse-filter.ts";
import type { FilterNode } from "#scim/filter/filter-node.ts";
import type { ListQuery } from "#scim/messages/list-query.ts";
import { listResponse } from "#scim/messages/list-response.ts";
import type { ListPage } from "#scim/messages/list-response.ts";
import { resolveSort } from "#scim/schema/resolve-sort.ts";
import type { ResourceType } from "#scim/schema/resource-type.ts";
import { countScim, selectScimPage } from "../../db/sql/scim-list.ts";
import type { Keyed, ListAsk, RowKey, ScimTable } from "../../db/sql/scim-list.ts";
import type { Call, Reply } from "./call.ts";
import { openCursor, sealCursor } from "./cursor.ts";

/** Resources of a page when the client does not say how many. */
export const defaultPageSize = 100;
/** Most resources of a page. */
export const mostPageSize = 1000;

export interface FoundPage<Row> extends Omit<ListPage<Row>, "resources"> {
  rows: Keyed<Row>[];
}

/**
 * One page of what a filter selects, by index (RFC 7644 §3.4.2.4) or by cursor (RFC 9865 §2).
 *
 * @throws ScimError invalidFilter invalidValue invalidCursor expiredCursor
 */
export async function findPage<Row extends object>(
  call: Call,
  table: ScimTable,
  type: ResourceType,
  query: ListQuery,
): Promise<FoundPage<Row>> {
  const filter = query.filter === undefined ? undefined : parseFilter(query.filter, type);
  const sortBy = query.sortBy === undefined ? undefined : resolveSort(query.sortBy, type);
  const order = { filter, sortBy, descending: query.sortOrder === "descending" };
  const limit = Math.min(query.count ?? defaultPageSize, mostPageSize);
  return query.cursor === undefined
    ? await findByIndex(call, table, order, query.startIndex, limit)
    : await findByCursor(call, table, order, query, limit);
}

type Order = Pick<ListAsk, "filter" | "sortBy" | "descending">;

async function findByIndex<Row extends object>(
  call: Call,
  table: ScimTable,
  order: Order,
  startIndex: number,
  limit: number,
): Promise<FoundPage<Row>> {
  const { db } = call.house;
  const offset = startIndex - 1;
  const rows =
    limit === 0 ? [] : await selectScimPage<Row>(db, call.directory.id, table, { ...order, start: { offset }, limit });
  // A page that is not full is the last one, and says how many there are.
  const isLast = rows.length < limit && (rows.length > 0 || offset === 0);
  const totalResults = isLast ? offset + rows.length : await count(call, table, order.filter);
  return { rows, totalResults, startIndex, itemsPerPage: rows.length };
}

async function findByCursor<Row extends object>(
  call: Call,
  table: ScimTable,
  order: Order,
  query: ListQuery,
  limit: number,
): Promise<FoundPage<Row>> {
  const { db } = call.house;
  const from = query.cursor === "" || query.cursor === undefined ? undefined : openCursor(call, table, query);
  const start = from === undefined ? { offset: 0 } : { after: from.key, back: from.back };
  // The total is counted once, for the first page.
  const totalResults = from === undefined ? await count(call, table, order.filter) : undefined;
  if (limit === 0) return { rows: [], totalResults, itemsPerPage: 0 };
  const found = await selectScimPage<Row>(db, call.directory.id, table, { ...order, start, limit: limit + 1 });
  const hasMore = found.length > limit;
  const isBack = from?.back === true;
  const rows = isBack && hasMore ? found.slice(1) : found.slice(0, limit);
  const keyOf = (row: Keyed<Row> | undefined): RowKey | undefined => row && { value: row.sort_value, id: row.id };
  const seal = (key: RowKey | undefined, back: boolean) =>
    key === undefined ? undefined : sealCursor(call, table, query, { key, back });
  return {
    rows,
    totalResults,
    itemsPerPage: rows.length,
    nextCursor: hasMore || isBack ? seal(keyOf(rows.at(-1)), false) : undefined,
    previousCursor: (isBack ? hasMore : from !== undefined) ? seal(keyOf(rows[0]), true) : undefined,
  };
}

async function count(call: Call, table: ScimTable, filter: FilterNode | undefined): Promise<number> {
  return await countScim(call.house.db, call.directory.id, table, filter);
}

/** The answer with a page (RFC 7644 §3.4.2). */
export function listReply(page: FoundPage<unknown>, resources: readonly object[]): Reply {
  const { rows: _rows, ...about } = page;
  return { status: 200, body: listResponse({ ...about, resources }) };
}
