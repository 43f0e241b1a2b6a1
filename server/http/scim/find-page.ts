import { parseFilter } from "#scim/filter/parse-filter.ts";
import { filterHabits } from "#scim/normalise/switches.ts";
import { refuse, ScimError } from "#scim/messages/scim-error.ts";
import type { FilterNode } from "#scim/filter/filter-node.ts";
import type { ListQuery } from "#scim/messages/list-query.ts";
import { listResponse } from "#scim/messages/list-response.ts";
import type { ListPage } from "#scim/messages/list-response.ts";
import { resolveSort } from "#scim/schema/resolve-sort.ts";
import type { ResolvedPath } from "#scim/schema/resolve-path.ts";
import type { ResourceType } from "#scim/schema/resource-type.ts";
import { countScim, selectScimPage, selectScimPlaces } from "../../db/sql/scim-list.ts";
import type { Keyed, ListAsk, PageStart, RowKey, ScimTable } from "../../db/sql/scim-list.ts";
import type { Call, Reply } from "./call.ts";
import { openCursor, sealCursor } from "./cursor.ts";
import { noteUnknownChoices } from "./projection.ts";
import { stride } from "./place-memory.ts";

/** Resources of a page when the client does not say how many. */
export const defaultPageSize = 100;
/** Most resources of a page. */
export const mostPageSize = 1000;

export interface FoundPage<Row> extends Omit<ListPage<Row>, "resources"> {
  rows: Keyed<Row>[];
}

/** Where the rows of a list come from. */
export interface Finder<Row> {
  /** What the list is of; cursors of another one do not fit. */
  list: string;
  page(ask: ListAsk): Promise<Keyed<Row>[]>;
  count(filter: FilterNode | undefined): Promise<number>;
  /** Ids of rows at places (see PlaceMemory), where a list can tell them. */
  places?(filter: FilterNode | undefined, behind: string | undefined, count: number): Promise<string[]>;
}

interface Order {
  filter: FilterNode | undefined;
  sortBy: ResolvedPath | undefined;
}

/**
 * One page of the users or the groups of a directory.
 *
 * @throws ScimError invalidFilter invalidValue invalidCursor expiredCursor
 */
export async function findPageOf<Row extends object>(
  call: Call,
  table: ScimTable,
  type: ResourceType,
  query: ListQuery,
): Promise<FoundPage<Row>> {
  const { house, directory } = call;
  const finder: Finder<Row> = {
    list: type.name,
    page: async (ask) => await selectScimPage<Row>(house.db, directory.id, table, ask),
    count: async (filter) => await countScim(house.db, directory.id, table, filter),
    places: async (filter, behind, count) =>
      await selectScimPlaces(house.db, directory.id, table, filter, { behind, stride, count }),
  };
  const order = {
    filter: readFilter(call, query, type),
    sortBy: query.sortBy === undefined ? undefined : resolveSort(query.sortBy, type),
  };
  return await findPage(call, finder, order, query);
}

/**
 * The filter of a list, with the habits of the directory. What was understood goes to the request log.
 *
 * @throws ScimError invalidFilter sensitive
 */
export function readFilter(call: Call, { filter }: ListQuery, type: ResourceType): FilterNode | undefined {
  if (filter === undefined) return undefined;
  return parseFilter(filter, type, { ...filterHabits(call.switches), note: (line) => call.note([line]) });
}

/**
 * Runs a search whose query came in the body: there a filter on a secret is no leak (RFC 7644 §7.5.2), and refused all
 * the same.
 */
export async function searching(call: Call, query: ListQuery, act: () => Promise<Reply>): Promise<Reply> {
  noteUnknownChoices(call, query);
  try {
    return await act();
  } catch (error) {
    if (error instanceof ScimError && error.scimType === "sensitive") throw refuse("invalidFilter", error.detail);
    throw error;
  }
}

/**
 * One page of what a filter selects, by index (RFC 7644 §3.4.2.4) or by cursor (RFC 9865 §2).
 *
 * @throws ScimError invalidCursor expiredCursor
 */
export async function findPage<Row extends object>(
  call: Call,
  finder: Finder<Row>,
  order: Order,
  query: ListQuery,
): Promise<FoundPage<Row>> {
  const limit = Math.min(query.count ?? defaultPageSize, mostPageSize);
  const ask = { ...order, descending: query.sortOrder === "descending", limit };
  const remembering = withMemory(call, finder, query);
  return query.cursor === undefined
    ? await findByIndex(remembering, ask, query.startIndex)
    : await findByCursor(call, remembering, ask, query);
}

interface Remembering<Row> extends Finder<Row> {
  startAt(ask: Ask, offset: number): Promise<PageStart>;
}

/** The finder with what is remembered of large lists: totals that take long to count, and the way to pages far behind. */
function withMemory<Row>(call: Call, finder: Finder<Row>, query: ListQuery): Remembering<Row> {
  const key = JSON.stringify([call.directory.id, finder.list, query.filter ?? null]);
  const { places } = finder;
  return {
    ...finder,
    async count(filter) {
      // How many there are in all is known.
      if (filter === undefined) return await finder.count(filter);
      return await call.counts.count(key, async () => await finder.count(filter));
    },
    async startAt({ filter, sortBy, descending }, offset) {
      if (places === undefined || sortBy !== undefined || descending) return { offset };
      const place = await call.places.find(key, offset, async (behind, count) => await places(filter, behind, count));
      return place === undefined ? { offset } : { offset: place.skip, behind: place.id };
    },
  };
}

type Ask = Omit<ListAsk, "start">;

async function findByIndex<Row extends object>(
  finder: Remembering<Row>,
  ask: Ask,
  startIndex: number,
): Promise<FoundPage<Row>> {
  const offset = startIndex - 1;
  const rows = ask.limit === 0 ? [] : await finder.page({ ...ask, start: await finder.startAt(ask, offset) });
  // A page that is not full is the last one, and says how many there are.
  const isLast = rows.length < ask.limit && (rows.length > 0 || offset === 0);
  const seen = rows.length === 0 ? 0 : offset + rows.length;
  const totalResults = isLast ? seen : Math.max(seen, await finder.count(ask.filter));
  return { rows, totalResults, startIndex, itemsPerPage: rows.length };
}

async function findByCursor<Row extends object>(
  call: Call,
  finder: Finder<Row>,
  ask: Ask,
  query: ListQuery,
): Promise<FoundPage<Row>> {
  const { limit } = ask;
  const from = query.cursor === "" ? undefined : openCursor(call, finder.list, query);
  const start = from === undefined ? { offset: 0 } : { after: from.key, back: from.back };
  // The total is counted once, for the first page.
  const totalResults = from === undefined ? await finder.count(ask.filter) : undefined;
  if (limit === 0) return { rows: [], totalResults, itemsPerPage: 0 };
  const found = await finder.page({ ...ask, start, limit: limit + 1 });
  const hasMore = found.length > limit;
  const isBack = from?.back === true;
  const rows = isBack && hasMore ? found.slice(1) : found.slice(0, limit);
  const seal = (row: Keyed<Row> | undefined, back: boolean) => {
    if (row === undefined) return undefined;
    const key: RowKey = { value: row.sort_value, id: row.id };
    return sealCursor(call, finder.list, query, { key, back });
  };
  return {
    rows,
    totalResults,
    itemsPerPage: rows.length,
    nextCursor: hasMore || isBack ? seal(rows.at(-1), false) : undefined,
    previousCursor: (isBack ? hasMore : from !== undefined) ? seal(rows[0], true) : undefined,
  };
}

/** The answer with a page (RFC 7644 §3.4.2). */
export function listReply(page: FoundPage<unknown>, resources: readonly object[]): Reply {
  const { rows: _rows, ...about } = page;
  return { status: 200, body: listResponse({ ...about, resources }) };
}
