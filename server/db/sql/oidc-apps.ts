import type { Queryable } from "../queryable.ts";

export interface AppRow {
  client_id: string;
  name: string;
  secret_hash: Buffer | null;
  is_public: boolean;
  is_machine: boolean;
  is_third_party: boolean;
  require_factor: boolean;
  scim_me: boolean;
  redirect_uris: string[];
  post_logout_redirect_uris: string[];
  backchannel_logout_uri: string | null;
  grant_types: string[];
}

/** The app of a client id. Uses apps_client_id_key; asked at every request, so that a change holds at once. */
export async function selectApp(from: Queryable, clientId: string): Promise<AppRow | undefined> {
  return await from.row<AppRow>(
    `select client_id, name, secret_hash, is_public, is_machine, is_third_party, require_factor, scim_me, redirect_uris,
       post_logout_redirect_uris, backchannel_logout_uri, grant_types
     from apps where client_id = $1`,
    [clientId],
  );
}

export interface BuiltInApp {
  id: string;
  clientId: string;
  name: string;
  redirectUri: string;
  postLogoutRedirectUri: string;
}

/**
 * Makes an app of the house itself, or brings its addresses up to date when the issuer has changed.
 * Any number of processes may do so at once, as on the first start: they take turns, because `on conflict` looks at one
 * index, and those who insert together would meet at apps_name_key. Uses apps_client_id_key.
 */
export async function upsertBuiltInApp(to: Queryable, app: BuiltInApp, now: Date): Promise<void> {
  await to.run(
    `insert into apps (id, client_id, name, is_public, is_built_in, redirect_uris, post_logout_redirect_uris, grant_types,
       created_at, updated_at)
     select $1::uuid, $2, $3, true, true, array[$4], array[$5], '{authorization_code}'::text[], $6::timestamptz, $6
     from pg_advisory_xact_lock(7426195)
     on conflict (client_id) do update set redirect_uris = excluded.redirect_uris,
       post_logout_redirect_uris = excluded.post_logout_redirect_uris, updated_at = excluded.updated_at
       where apps.is_built_in and (apps.redirect_uris, apps.post_logout_redirect_uris) is distinct from
         (excluded.redirect_uris, excluded.post_logout_redirect_uris)`,
    [app.id, app.clientId, app.name, app.redirectUri, app.postLogoutRedirectUri, now],
  );
}
