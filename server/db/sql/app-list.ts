import type { AppId } from "../../kernel/ids.ts";
import type { Queryable } from "../queryable.ts";
import { Binds, cutPage, keyset, readCursor } from "../keyset.ts";
import type { Page } from "../keyset.ts";

export interface AppListRow {
  id: string;
  client_id: string;
  name: string;
  is_public: boolean;
  is_machine: boolean;
  is_third_party: boolean;
  is_built_in: boolean;
  require_factor: boolean;
  scim_me: boolean;
  redirect_uris: string[];
  post_logout_redirect_uris: string[];
  backchannel_logout_uri: string | null;
  grant_types: string[];
  access: "everyone" | "chosen";
  user_count: number;
  created_at: Date;
  updated_at: Date;
}

/** One page of apps by name. Uses apps_name_key for the order of names and app_uses_app for the counts. */
export async function selectAppPage(
  from: Queryable,
  page: { cursor?: string | undefined; limit: number },
): Promise<Page<AppListRow>> {
  const cursor = page.cursor === undefined ? undefined : readCursor(page.cursor, "apps");
  const binds = new Binds();
  const { where, orderBy } = keyset({ expression: "lower(a.name)", type: "text" }, "a.id", "asc", cursor, binds);
  const rows = await from.rows<AppListRow>(
    `select a.*, (select count(*)::int from app_uses u where u.app_id = a.id) as user_count
     from apps a where ${where} order by ${orderBy} limit ${binds.bind(page.limit + 1)}`,
    binds.values,
  );
  return cutPage(rows, page.limit, cursor, "apps", (row) => ({ value: row.name.toLowerCase(), id: row.id }));
}

/** How many apps there are. */
export async function countApps(from: Queryable): Promise<number> {
  return (await from.row<{ count: number }>("select count(*)::int as count from apps"))?.count ?? 0;
}

/** The id and name of an app by its client id. Uses the unique index on client_id. */
export async function selectAppByClientId(
  from: Queryable,
  clientId: string,
): Promise<{ id: AppId; name: string; requireFactor: boolean } | undefined> {
  return await from.row(`select id, name, require_factor as "requireFactor" from apps where client_id = $1`, [
    clientId,
  ]);
}

export interface UsedAppRow {
  id: string;
  name: string;
  is_third_party: boolean;
  /** What the app may have at the moment. */
  scopes: string[];
  first_at: Date;
  last_at: Date;
}

/** The apps that somebody has signed in to, the latest first. Uses app_uses_pkey and oidc_records_account. */
export async function selectUsedApps(from: Queryable, userId: string): Promise<UsedAppRow[]> {
  return await from.rows<UsedAppRow>(
    `select a.id, a.name, a.is_third_party, u.first_at, u.last_at,
       array(select distinct scope from oidc_records g,
           lateral regexp_split_to_table(coalesce(g.payload -> 'openid' ->> 'scope', ''), ' +') scope
         where g.account_id = u.user_id and g.model = 'Grant' and g.client_id = a.client_id and scope <> ''
         order by scope) as scopes
     from app_uses u join apps a on a.id = u.app_id
     where u.user_id = $1 and not a.is_built_in order by u.last_at desc, a.id limit 500`,
    [userId],
  );
}
