import { Binds, cutPage, keyset, partPattern, readCursor } from "../keyset.ts";
import type { Page } from "../keyset.ts";
import type { Queryable } from "../queryable.ts";

export interface DirectoryRequestRow {
  id: string;
  at: Date;
  method: string;
  path: string;
  status: number;
  scim_type: string | null;
  detail: string | null;
  coercions: string[];
  duration_ms: number;
  user_agent: string | null;
  sent: string | null;
  request_id: string;
}

export interface RequestFilter {
  failed?: boolean;
  /** A code such as 409, or a class of them such as 4xx. */
  status?: string | undefined;
  method?: string | undefined;
  /** A part of the address. */
  path?: string | undefined;
}

/** How far back a filter without an index looks: half a second at most. */
const mostSearched = 100_000;

/**
 * One page of a directory's requests, newest first. Uses directory_requests_directory_at; those that were refused use
 * directory_requests_failed; other filters look at the newest `mostSearched` requests.
 */
export async function selectRequestPage(
  from: Queryable,
  directoryId: string,
  page: RequestFilter & { cursor?: string | undefined; limit: number },
): Promise<Page<DirectoryRequestRow>> {
  const of = `requests.${directoryId}`;
  const cursor = page.cursor === undefined ? undefined : readCursor(page.cursor, of);
  const binds = new Binds();
  const requests = searched(directoryId, page, binds);
  const { where, orderBy } = keyset({ expression: "q.id", type: "uuid" }, "q.id", "desc", cursor, binds);
  const rows = await from.rows<DirectoryRequestRow>(
    `select q.* from ${requests} and ${where} order by ${orderBy} limit ${binds.bind(page.limit + 1)}`,
    binds.values,
  );
  return cutPage(rows, page.limit, cursor, of, (row) => ({ value: row.id, id: row.id }));
}

/** How many requests are kept for a directory, counted no further than `most` + 1. */
export async function countDirectoryRequests(
  from: Queryable,
  directoryId: string,
  filter: RequestFilter,
  most: number,
): Promise<number> {
  const binds = new Binds();
  const row = await from.row<{ count: number }>(
    `select count(*)::int as count from (select 1 from ${searched(directoryId, filter, binds)}
       limit ${binds.bind(most + 1)}) q`,
    binds.values,
  );
  return row?.count ?? 0;
}

/** The requests that a filter looks at, with its conditions: `directory_requests q where …`. */
function searched(directoryId: string, filter: RequestFilter, binds: Binds): string {
  const directory = `q.directory_id = ${binds.bind(directoryId)}::uuid`;
  const conditions = conditionsOf(filter, binds);
  if (conditions.length === 0) return `directory_requests q where ${directory}${refused(filter)}`;
  // The window is cut before anything else is asked, so a word that nobody sent costs no more than one that all did.
  return `(select * from directory_requests q where ${directory}${refused(filter)}
      order by q.id desc limit ${mostSearched}) q where ${conditions.join(" and ")}`;
}

function refused({ failed }: RequestFilter): string {
  return failed === true ? " and q.status >= 400" : "";
}

function conditionsOf({ status, method, path }: RequestFilter, binds: Binds): string[] {
  const conditions: string[] = [];
  if (status !== undefined) {
    const code = Number.parseInt(status.replace("xx", "00"), 10);
    const isClass = status.endsWith("xx");
    conditions.push(`q.status between ${binds.bind(code)} and ${binds.bind(isClass ? code + 99 : code)}`);
  }
  if (method !== undefined) conditions.push(`q.method = ${binds.bind(method)}`);
  const part = path?.trim() ?? "";
  // An address is kept as it came: what is sought is a part of it as people read it.
  if (part !== "") conditions.push(`${readable} like ${binds.bind(partPattern(part))}`);
  return conditions;
}

/** Blanks and quotation marks of a filter come as %20, + and %22. */
const readable = `lower(replace(replace(replace(q.path, '%20', ' '), '+', ' '), '%22', '"'))`;
