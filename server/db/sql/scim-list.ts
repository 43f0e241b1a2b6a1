import type { FilterNode } from "#scim/filter/filter-node.ts";
import { gatehouseUserUrn } from "#scim/schema/resource-type.ts";
import type { ResolvedPath } from "#scim/schema/resolve-path.ts";
import { preparedShape } from "../queryable.ts";
import type { Limiting, Queryable } from "../queryable.ts";
import { Binds } from "../keyset.ts";
import { compileFilter } from "../scim-filter/compile-filter.ts";
import type { Locate } from "../scim-filter/compile-filter.ts";
import { standsOnKey } from "../scim-filter/stands-on-key.ts";
import { sortExpression } from "../scim-filter/sort-key.ts";
import type { SortExpression } from "../scim-filter/sort-key.ts";
import type { InOrder } from "../scim-filter/source.ts";

/** A table as a directory sees it. The first bind is always the id of the directory. */
export interface ScimTable {
  table: "users u" | "groups g";
  alias: "u" | "g";
  /** Only what the directory owns. */
  scope: string;
  locate: Locate;
  /** What is read of the rows of a page, and of nothing else. */
  columns: string;
  /** The column of `directory_sizes` that has the number of its rows. */
  size: "users" | "groups";
}

/** Where a page begins: at a distance from the first row or behind a row, or right behind a row (before it, when `back`). */
export type PageStart = { offset: number; behind?: string } | { after: RowKey; back: boolean };

/** The place of a row in a sorted list. */
export interface RowKey {
  value: string | null;
  id: string;
}

export interface ListAsk {
  filter: FilterNode | undefined;
  sortBy: ResolvedPath | undefined;
  descending: boolean;
  start: PageStart;
  limit: number;
}

export type Keyed<Row> = Row & { id: string; sort_value: string | null };

/**
 * One page of a list, in one statement. The page is cut first; what hangs on its rows is looked up for them alone.
 * Without a filter and in the order of ids, it stands on users_directory and groups_directory.
 *
 * Rows come in the order of the list, from a page that goes back, too.
 */
export async function selectScimPage<Row extends object>(
  from: Limiting,
  directoryId: string,
  table: ScimTable,
  ask: ListAsk,
): Promise<Keyed<Row>[]> {
  const rows = await send<Keyed<Row>>(from, pageStatement(directoryId, table, ask));
  return "after" in ask.start && ask.start.back ? rows.reverse() : rows;
}

/** A row of a list of all types. */
export interface FoundKey {
  table: ScimTable["table"];
  id: string;
}

/** One page of a list over several tables: which rows are on it, in one statement. */
export async function selectScimKeys(
  from: Limiting,
  directoryId: string,
  tables: readonly ScimTable[],
  ask: ListAsk,
): Promise<Keyed<FoundKey>[]> {
  const binds = new Binds();
  binds.bind(directoryId);
  const { descends, isBack } = directionOf(ask);
  const order = descends ? "desc" : "asc";
  const found = tables.map((table) => expressionOf(table, ask.sortBy));
  const types = new Set(found.flatMap((sort) => sort?.type ?? []));
  const [only, another] = types;
  // What is an id in one table and a text in the other is sorted as text.
  const type = only === undefined || another !== undefined ? "text" : only;
  const offset = "offset" in ask.start ? ask.start.offset : 0;
  // Each table gives no more rows than could be on the page.
  const most = binds.bind(ask.limit + offset);
  const arms = tables.map((table, at) => {
    const { alias } = table;
    // Texts of two tables can be put in one order only if both say which.
    const collation = type === "text" ? ' collate "C"' : "";
    const sort: SortExpression = { sql: `(${found[at]?.sql ?? "null"})::${type}${collation}`, type };
    const where = [table.scope];
    if (ask.filter !== undefined) where.push(compileFilter(ask.filter, table.locate, binds));
    if ("after" in ask.start) where.push(beyond(sort, `${alias}.id`, descends, ask.start.after, binds));
    return `(select '${table.table}' as "table", ${alias}.id, ${sort.sql} as sort_key from ${table.table}
      where ${where.join(" and ")} order by 3 ${order}, 2 ${order} limit ${most})`;
  });
  const rows = await from.within(patienceMs).rows<Keyed<FoundKey>>(
    `select k."table", k.id, k.sort_key::text as sort_value from (${arms.join(" union all ")}) k
     order by k.sort_key ${order}, k.id ${order} limit ${binds.bind(ask.limit)} offset ${binds.bind(offset)}`,
    binds.values,
  );
  return isBack ? rows.reverse() : rows;
}

/** The rows with these ids, as the directory sees them. */
export async function selectScimRows<Row extends { id: string }>(
  from: Queryable,
  directoryId: string,
  table: ScimTable,
  ids: readonly string[],
): Promise<Map<string, Row>> {
  if (ids.length === 0) return new Map();
  const rows = await from.rows<Row>(
    `select ${table.columns} from ${table.table} where ${table.scope} and ${table.alias}.id = any($2::uuid[])`,
    [directoryId, ids],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** How many resources fit the filter. */
export async function countScim(
  from: Limiting,
  directoryId: string,
  table: ScimTable,
  filter: FilterNode | undefined,
): Promise<number> {
  const [row] = await send<{ count: string }>(from, countStatement(directoryId, table, filter));
  return Number(row?.count ?? 0);
}

/** Ids of every so many-th row of a list in the order of ids, from the beginning or behind a row. */
export async function selectScimPlaces(
  from: Limiting,
  directoryId: string,
  table: ScimTable,
  filter: FilterNode | undefined,
  which: { behind: string | undefined; stride: number; count: number },
): Promise<string[]> {
  return (await send<{ id: string }>(from, placesStatement(directoryId, table, filter, which))).map(({ id }) => id);
}

export interface Statement {
  text: string;
  values: unknown[];
  /** Whether the best plan is the same whatever the binds are. */
  isSteady: boolean;
  /** Whether it may have to read all that the directory has. */
  isLong: boolean;
}

/** Milliseconds that a list may take which may have to read all: a million users by an attribute without an index. */
export const patienceMs = 10_000;

async function send<Row extends object>(from: Limiting, statement: Statement): Promise<Row[]> {
  const { text, values, isSteady, isLong } = statement;
  return await (isLong ? from.within(patienceMs) : from).rows<Row>(isSteady ? preparedShape(text) : text, values);
}

/** Whether few rows can fit the filter. */
function isKeyed(table: ScimTable, filter: FilterNode | undefined): boolean {
  return filter !== undefined && standsOnKey(filter, table.locate);
}

/** Whether a filter asks for values as a whole: how many rows fit does not depend much on which values these are. */
function asksForValues(node: FilterNode | undefined): boolean {
  switch (node?.kind) {
    case undefined:
      return true;
    case "and":
      return node.nodes.every(asksForValues);
    case "compare":
      // One value of an attribute of the organization can be everybody's and another one somebody's.
      return node.op === "eq" && node.path.extension !== gatehouseUserUrn;
    case "valuePath":
      return asksForValues(node.node);
    case "or":
    case "not":
    case "present":
      return false;
  }
}

/** The statement of a page; tests ask the planner about it. */
export function pageStatement(directoryId: string, table: ScimTable, ask: ListAsk): Statement {
  const binds = new Binds();
  binds.bind(directoryId);
  const inOrder = valuesInOrder(table, ask.sortBy);
  if (inOrder !== undefined) return orderedStatement(table, inOrder, ask, binds);
  const { alias } = table;
  const sort = expressionOf(table, ask.sortBy);
  const { descends } = directionOf(ask);
  const order = descends ? "desc" : "asc";
  // PostgreSQL's own rule is that of RFC 7644 §3.4.2.3: what has no value is last, or first when descending.
  const orderBy = sort === undefined ? `${alias}.id ${order}` : `${sort.sql} ${order}, ${alias}.id ${order}`;
  const where = [table.scope];
  if (ask.filter !== undefined) where.push(compileFilter(ask.filter, table.locate, binds));
  if ("after" in ask.start) where.push(beyond(sort, `${alias}.id`, descends, ask.start.after, binds));
  else if (ask.start.behind !== undefined) where.push(`${alias}.id > ${binds.bind(ask.start.behind)}::uuid`);
  // In the text, for a plan that holds for any binds must know that few rows are wanted.
  const limit = Math.trunc(ask.limit);
  const offset = "offset" in ask.start && ask.start.offset > 0 ? ` offset ${binds.bind(ask.start.offset)}` : "";
  const sortValue = sort === undefined ? "null::text" : `(${sort.sql})::text`;
  const what = `${table.columns}, ${sortValue} as sort_value from ${table.table}`;
  const which = `where ${where.join(" and ")} order by ${orderBy} limit ${limit}${offset}`;
  return {
    text: isKeyed(table, ask.filter)
      ? `select ${what} ${which}`
      : // Ids are cut out first: a page far from the beginning skips entries of an index, not rows.
        `with page as materialized (
           select p.*, row_number() over () as place from (
             select ${alias}.id, ${sortValue} as sort_value from ${table.table} ${which}) p
         )
         select ${table.columns}, page.sort_value from page join ${table.table} on ${alias}.id = page.id
         order by page.place`,
    values: binds.values,
    isSteady: sort === undefined && offset === "" && asksForValues(ask.filter),
    isLong: (sort !== undefined || ask.filter !== undefined) && !isKeyed(table, ask.filter),
  };
}

/**
 * The page of a list that is sorted by values which a table has in their order: those who have a value are read along
 * its index, those who have none along the ids. Whichever comes second is read only if the first does not fill the page.
 */
function orderedStatement(table: ScimTable, inOrder: InOrder, ask: ListAsk, binds: Binds): Statement {
  const { alias } = table;
  const { descends } = directionOf(ask);
  const order = descends ? "desc" : "asc";
  const sign = descends ? "<" : ">";
  const sort = sortExpression(inOrder.value, undefined);
  if (sort === undefined) throw new Error("values in order have an order");
  const where = [table.scope];
  if (ask.filter !== undefined) where.push(compileFilter(ask.filter, table.locate, binds));
  if (!("after" in ask.start) && ask.start.behind !== undefined) {
    where.push(`${alias}.id > ${binds.bind(ask.start.behind)}::uuid`);
  }
  const withValue = [inOrder.where, ...where];
  const without = [inOrder.isMissing, ...where];
  if ("after" in ask.start) {
    const { value, id } = ask.start.after;
    const place = `${binds.bind(id)}::uuid`;
    if (value === null) {
      without.push(`${alias}.id ${sign} ${place}`);
      if (!descends) withValue.push("false");
    } else {
      withValue.push(`(${sort.sql}, ${inOrder.id}) ${sign} (${binds.bind(value)}::${sort.type}, ${place})`);
      if (descends) without.push("false");
    }
  }
  const limit = Math.trunc(ask.limit);
  const offset = "offset" in ask.start ? Math.trunc(ask.start.offset) : 0;
  // What has no value is last, or first when descending (RFC 7644 §3.4.2.3).
  const collation = sort.type === "text" ? ' collate "C"' : "";
  const parts = [
    `select ${alias}.id, ${sort.sql} as sort_key from ${inOrder.from} where ${withValue.join(" and ")}
     order by ${sort.sql} ${order}, ${inOrder.id} ${order}`,
    `select ${alias}.id, null::${sort.type}${collation} from ${table.table} where ${without.join(" and ")}
     order by ${alias}.id ${order}`,
  ];
  const [first, second] = descends ? parts.toReversed() : parts;
  return {
    text: `with first (id, sort_key) as materialized (${first} limit ${limit + offset}),
     second (id, sort_key) as materialized (
       select * from (${second} limit ${limit + offset}) rest where (select count(*) from first) < ${limit + offset}),
     page as materialized (
       select p.*, row_number() over () as place from (
         select id, sort_key::text as sort_value from (table first union all table second) found
         order by sort_key ${order}, id ${order} limit ${limit} offset ${offset}) p
     )
     select ${table.columns}, page.sort_value from page join ${table.table} on ${alias}.id = page.id order by page.place`,
    values: binds.values,
    isSteady: false,
    // Without a filter it is read along the index.
    isLong: ask.filter !== undefined && !isKeyed(table, ask.filter),
  };
}

/** The statement of a count; tests ask the planner about it. */
export function countStatement(directoryId: string, table: ScimTable, filter: FilterNode | undefined): Statement {
  const binds = new Binds();
  binds.bind(directoryId);
  if (filter === undefined) {
    const text = `select coalesce(sum(${table.size}), 0) as count from directory_sizes where directory_id = $1`;
    return { text, values: binds.values, isSteady: true, isLong: false };
  }
  const condition = compileFilter(filter, table.locate, binds);
  return {
    text: `select count(*) as count from ${table.table} where ${table.scope} and ${condition}`,
    values: binds.values,
    isSteady: asksForValues(filter),
    isLong: !isKeyed(table, filter),
  };
}

/** The statement of places; tests ask the planner about it. */
export function placesStatement(
  directoryId: string,
  table: ScimTable,
  filter: FilterNode | undefined,
  { behind, stride, count }: { behind: string | undefined; stride: number; count: number },
): Statement {
  const binds = new Binds();
  binds.bind(directoryId);
  const { alias } = table;
  const id = `${alias}.id`;
  const where = [table.scope];
  if (filter !== undefined) where.push(compileFilter(filter, table.locate, binds));
  const next = (after: string) =>
    `(select ${id} from ${table.table} where ${[...where, after].join(" and ")} order by ${id} offset ${stride - 1} limit 1)`;
  const first = next(behind === undefined ? "true" : `${id} > ${binds.bind(behind)}::uuid`);
  return {
    text: `with recursive place (id, number) as (
       select ${first}, 1::bigint
       union all
       select ${next(`${id} > place.id`)}, number + 1 from place where place.id is not null and number < ${binds.bind(count)}::bigint
     )
     select id from place where id is not null order by number`,
    values: binds.values,
    isSteady: false,
    isLong: true,
  };
}

/** Which way the statement goes: a page that goes back is read backwards. */
function directionOf({ start, descending }: ListAsk): { descends: boolean; isBack: boolean } {
  const isBack = "after" in start && start.back;
  return { descends: descending !== isBack, isBack };
}

function valuesInOrder(table: ScimTable, sortBy: ResolvedPath | undefined): InOrder | undefined {
  const source = sortBy === undefined ? undefined : table.locate(sortBy);
  return source?.kind === "elements" ? source.elements.inOrder : undefined;
}

function expressionOf(table: ScimTable, sortBy: ResolvedPath | undefined): SortExpression | undefined {
  if (sortBy === undefined || sortBy.attribute.name === "id") return undefined;
  return sortExpression(table.locate(sortBy), sortBy.sub?.name);
}

/** The rows behind one row, in the order of the list. */
function beyond(sort: SortExpression | undefined, id: string, descends: boolean, after: RowKey, binds: Binds): string {
  const sign = descends ? "<" : ">";
  const idPlace = `${binds.bind(after.id)}::uuid`;
  if (sort === undefined) return `${id} ${sign} ${idPlace}`;
  if (after.value === null) {
    const amongNulls = `(${sort.sql} is null and ${id} ${sign} ${idPlace})`;
    return descends ? `(${amongNulls} or ${sort.sql} is not null)` : amongNulls;
  }
  const value = `${binds.bind(after.value)}::${sort.type}`;
  const further = `(${sort.sql}, ${id}) ${sign} (${value}, ${idPlace})`;
  return descends ? further : `(${further} or ${sort.sql} is null)`;
}
