import type { AppColumns } from "../models/app.ts";
import type { Queryable } from "../queryable.ts";
import { Binds, cutPage, keyset, readCursor } from "../keyset.ts";
import type { Page } from "../keyset.ts";

/** A row of the list: the columns of an app by the names that its model has, and how many people have used it. */
export type AppListRow = AppColumns & { userCount: number };

// Every column but the digest of the secret.
const columns = `a.id, a.client_id as "clientId", a.name, a.is_public as "isPublic", a.is_machine as "isMachine",
  a.is_third_party as "isThirdParty", a.is_built_in as "isBuiltIn", a.require_factor as "requireFactor",
  a.scim_me as "scimMe", a.redirect_uris as "redirectUris", a.post_logout_redirect_uris as "postLogoutRedirectUris",
  a.backchannel_logout_uri as "backchannelLogoutUri", a.grant_types as "grantTypes", a.access, a.scopes,
  a.groups_claim as "groupsClaim", a.access_token_seconds as "accessTokenSeconds",
  a.id_token_seconds as "idTokenSeconds", a.refresh_idle_seconds as "refreshIdleSeconds",
  a.refresh_absolute_seconds as "refreshAbsoluteSeconds", a.id_token_alg as "idTokenAlg", a.proof, a.jwks,
  a.jwks_uri as "jwksUri", a.require_par as "requirePar", a.require_jar as "requireJar",
  a.require_dpop as "requireDpop", a.created_at as "createdAt", a.updated_at as "updatedAt"`;

/** One page of apps by name. Uses apps_name_key for the order of names and app_uses_app for the counts. */
export async function selectAppPage(
  from: Queryable,
  page: { cursor?: string | undefined; limit: number },
): Promise<Page<AppListRow>> {
  const cursor = page.cursor === undefined ? undefined : readCursor(page.cursor, "apps");
  const binds = new Binds();
  const { where, orderBy } = keyset({ expression: "lower(a.name)", type: "text" }, "a.id", "asc", cursor, binds);
  const rows = await from.rows<AppListRow>(
    `select ${columns}, (select count(*)::int from app_uses u where u.app_id = a.id) as "userCount"
     from apps a where ${where} order by ${orderBy} limit ${binds.bind(page.limit + 1)}`,
    binds.values,
  );
  return cutPage(rows, page.limit, cursor, "apps", (row) => ({ value: row.name.toLowerCase(), id: row.id }));
}

/** How many apps there are. */
export async function countApps(from: Queryable): Promise<number> {
  return (await from.row<{ count: number }>("select count(*)::int as count from apps"))?.count ?? 0;
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
