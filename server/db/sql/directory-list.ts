import type { DirectoryProduct } from "../../contract/directory-products.ts";
import { firstIdAt } from "../../kernel/ids.ts";
import { Binds, cutPage, keyset, readCursor } from "../keyset.ts";
import type { Page } from "../keyset.ts";
import type { Queryable } from "../queryable.ts";

export interface DirectoryListRow {
  id: string;
  name: string;
  product: DirectoryProduct;
  rate_limit: number | null;
  adopt: "username" | "email" | null;
  own_passwords: boolean;
  switches: Record<string, boolean>;
  paused_at: Date | null;
  deleting_at: Date | null;
  last_request_at: Date | null;
  created_at: Date;
  user_count: number;
  group_count: number;
  /** Refused in the last 24 hours; counted no further than `mostFailed` + 1. */
  failed_count: number;
  tokens: (TokenTimes & { is_over: boolean })[];
  client: { client_id: string; created_at: string; credentials: (TokenTimes & { kind: "secret" | "key" })[] } | null;
}

export interface TokenTimes {
  id: string;
  /** The last characters of the secret, by which people tell one from another. */
  hint: string | null;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}

/** How far refused requests are counted. */
export const mostFailed = 1000;

const dayMs = 86_400_000;

// Counts use directory_sizes_pkey, groups_directory and directory_requests_failed; tokens and credentials an index by directory each.
function columns(now: Date, binds: Binds): string {
  const [at, dayAgo] = [binds.bind(now), binds.bind(firstIdAt(new Date(now.getTime() - dayMs)))];
  return `d.id, d.name, d.product, d.rate_limit, d.adopt, d.own_passwords, d.switches, d.paused_at, d.deleting_at,
  d.last_request_at, d.created_at,
  (select coalesce(sum(s.users), 0)::int from directory_sizes s where s.directory_id = d.id) as user_count,
  (select count(*)::int from groups g where g.directory_id = d.id) as group_count,
  (select count(*)::int from (select from directory_requests q
     where q.directory_id = d.id and q.status >= 400 and q.id >= ${dayAgo}::uuid limit ${mostFailed + 1}) q) as failed_count,
  coalesce((select json_agg(json_build_object('id', t.id, 'hint', t.hint, 'created_at', t.created_at,
     'expires_at', t.expires_at, 'last_used_at', t.last_used_at,
     'is_over', t.expires_at is not null and t.expires_at <= ${at}::timestamptz) order by t.created_at desc, t.id desc)
     from directory_tokens t where t.directory_id = d.id and t.test_id is null
       and (t.expires_at is null or t.expires_at > ${at}::timestamptz - interval '30 days')), '[]') as tokens,
  (select json_build_object('client_id', c.client_id, 'created_at', c.created_at, 'credentials',
     coalesce((select json_agg(json_build_object('id', k.id, 'hint', k.hint,
         'kind', case when k.public_jwk is null then 'secret' else 'key' end, 'created_at', k.created_at,
         'expires_at', k.expires_at, 'last_used_at', k.last_used_at) order by k.id desc)
       from directory_client_credentials k
       where k.directory_id = d.id and (k.expires_at is null or k.expires_at > ${at}::timestamptz)), '[]'))
   from directory_clients c where c.directory_id = d.id) as client`;
}

/** One page of directories by name. Uses directories_name_key for the order of names. */
export async function selectDirectoryPage(
  from: Queryable,
  page: { cursor?: string | undefined; limit: number },
  now: Date,
): Promise<Page<DirectoryListRow>> {
  const cursor = page.cursor === undefined ? undefined : readCursor(page.cursor, "directories");
  const binds = new Binds();
  const { where, orderBy } = keyset({ expression: "lower(d.name)", type: "text" }, "d.id", "asc", cursor, binds);
  const rows = await from.rows<DirectoryListRow>(
    `select ${columns(now, binds)} from directories d
     where ${where} order by ${orderBy} limit ${binds.bind(page.limit + 1)}`,
    binds.values,
  );
  return cutPage(rows, page.limit, cursor, "directories", (row) => ({ value: row.name.toLowerCase(), id: row.id }));
}

/** One directory with its counts and tokens. Uses directories_pkey. */
export async function selectDirectory(from: Queryable, id: string, now: Date): Promise<DirectoryListRow | undefined> {
  const binds = new Binds();
  return await from.row<DirectoryListRow>(
    `select ${columns(now, binds)} from directories d where d.id = ${binds.bind(id)}`,
    binds.values,
  );
}

/** Whether a directory is there. Uses directories_pkey. */
export async function hasDirectory(from: Queryable, id: string): Promise<boolean> {
  return (await from.row("select from directories where id = $1", [id])) !== undefined;
}

export async function countDirectories(from: Queryable): Promise<number> {
  return (await from.row<{ count: number }>("select count(*)::int as count from directories"))?.count ?? 0;
}
