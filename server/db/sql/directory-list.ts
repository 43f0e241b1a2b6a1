import type { Queryable } from "../queryable.ts";
import { Binds, cutPage, keyset, readCursor } from "../keyset.ts";
import type { Page } from "../keyset.ts";

export interface DirectoryListRow {
  id: string;
  name: string;
  rate_limit: number | null;
  adopt: "username" | "email" | null;
  own_passwords: boolean;
  paused_at: Date | null;
  last_request_at: Date | null;
  created_at: Date;
  user_count: number;
  group_count: number;
  tokens: TokenTimes[];
  client: { client_id: string; created_at: string; credentials: (TokenTimes & { hint: string | null })[] } | null;
}

export interface TokenTimes {
  id: string;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}

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
  request_id: string;
}

// Counts use users_directory and groups_directory; tokens and credentials an index by directory each.
const columns = `d.id, d.name, d.rate_limit, d.adopt, d.own_passwords, d.paused_at, d.last_request_at, d.created_at,
  (select count(*)::int from users u where u.directory_id = d.id and u.deleted_at is null) as user_count,
  (select count(*)::int from groups g where g.directory_id = d.id) as group_count,
  coalesce((select json_agg(json_build_object('id', t.id, 'created_at', t.created_at, 'expires_at', t.expires_at,
     'last_used_at', t.last_used_at) order by t.created_at desc)
     from directory_tokens t where t.directory_id = d.id and (t.expires_at is null or t.expires_at > now())), '[]') as tokens,
  (select json_build_object('client_id', c.client_id, 'created_at', c.created_at, 'credentials',
     coalesce((select json_agg(json_build_object('id', k.id, 'hint', k.hint, 'created_at', k.created_at,
         'expires_at', k.expires_at, 'last_used_at', k.last_used_at) order by k.id desc)
       from directory_client_credentials k
       where k.directory_id = d.id and (k.expires_at is null or k.expires_at > now())), '[]'))
   from directory_clients c where c.directory_id = d.id) as client`;

/** One page of directories by name. Uses directories_name_key for the order of names. */
export async function selectDirectoryPage(
  from: Queryable,
  page: { cursor?: string | undefined; limit: number },
): Promise<Page<DirectoryListRow>> {
  const cursor = page.cursor === undefined ? undefined : readCursor(page.cursor, "directories");
  const binds = new Binds();
  const { where, orderBy } = keyset({ expression: "lower(d.name)", type: "text" }, "d.id", "asc", cursor, binds);
  const rows = await from.rows<DirectoryListRow>(
    `select ${columns} from directories d where ${where} order by ${orderBy} limit ${binds.bind(page.limit + 1)}`,
    binds.values,
  );
  return cutPage(rows, page.limit, cursor, "directories", (row) => ({ value: row.name.toLowerCase(), id: row.id }));
}

/** One directory. Uses directories_pkey. */
export async function selectDirectory(from: Queryable, id: string): Promise<DirectoryListRow | undefined> {
  return await from.row<DirectoryListRow>(`select ${columns} from directories d where d.id = $1`, [id]);
}

export async function countDirectories(from: Queryable): Promise<number> {
  return (await from.row<{ count: number }>("select count(*)::int as count from directories"))?.count ?? 0;
}

/** One page of a directory's requests, newest first. Uses directory_requests_directory_at. */
export async function selectRequestPage(
  from: Queryable,
  directoryId: string,
  page: { cursor?: string | undefined; limit: number; failed: boolean },
): Promise<Page<DirectoryRequestRow>> {
  const of = `requests.${directoryId}.${page.failed}`;
  const cursor = page.cursor === undefined ? undefined : readCursor(page.cursor, of);
  const binds = new Binds();
  const directory = binds.bind(directoryId);
  const { where, orderBy } = keyset({ expression: "q.id", type: "uuid" }, "q.id", "desc", cursor, binds);
  const rows = await from.rows<DirectoryRequestRow>(
    `select q.* from directory_requests q
     where q.directory_id = ${directory} and ${where} ${page.failed ? "and q.status >= 400" : ""}
     order by ${orderBy} limit ${binds.bind(page.limit + 1)}`,
    binds.values,
  );
  return cutPage(rows, page.limit, cursor, of, (row) => ({ value: row.id, id: row.id }));
}

/** How many requests are kept for a directory, counted no further than `most` + 1. */
export async function countDirectoryRequests(
  from: Queryable,
  directoryId: string,
  failed: boolean,
  most: number,
): Promise<number> {
  const row = await from.row<{ count: number }>(
    `select count(*)::int as count from (select 1 from directory_requests
       where directory_id = $1 ${failed ? "and status >= 400" : ""} limit $2) q`,
    [directoryId, most + 1],
  );
  return row?.count ?? 0;
}
