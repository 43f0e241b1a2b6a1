import type { AppId } from "../../kernel/ids.ts";
import { prepared } from "../queryable.ts";
import type { Queryable } from "../queryable.ts";

export interface AppRow {
  id: AppId;
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
  scopes: string[] | null;
  access_token_seconds: number | null;
  id_token_seconds: number | null;
  refresh_idle_seconds: number | null;
  refresh_absolute_seconds: number | null;
  id_token_alg: "RS256" | "ES256";
  proof: "secret" | "key";
  jwks: { keys: Record<string, unknown>[] } | null;
  jwks_uri: string | null;
  require_par: boolean;
  require_jar: boolean;
  require_dpop: boolean;
  resources: ApiRow[];
}

/** An API that an app may ask tokens for. */
export interface ApiRow {
  identifier: string;
  name: string;
  scopes: { name: string; description: string }[];
  token_format: "jwt" | "opaque";
  token_seconds: number | null;
  signing_alg: "RS256" | "ES256";
}

const byClientId = prepared(
  `select a.id, a.client_id, a.name, a.secret_hash, a.is_public, a.is_machine, a.is_third_party, a.require_factor, a.scim_me,
       a.redirect_uris, a.post_logout_redirect_uris, a.backchannel_logout_uri, a.grant_types, a.scopes,
       a.access_token_seconds, a.id_token_seconds, a.refresh_idle_seconds, a.refresh_absolute_seconds, a.id_token_alg,
       a.proof, a.jwks, a.jwks_uri, a.require_par, a.require_jar, a.require_dpop,
       coalesce((select json_agg(json_build_object('identifier', r.identifier, 'name', r.name, 'scopes', r.scopes,
           'token_format', r.token_format, 'token_seconds', r.token_seconds, 'signing_alg', r.signing_alg)
           order by r.identifier)
         from resources r where not a.is_built_in and ((r.access = 'ownApps' and not a.is_third_party)
           or exists (select from app_resources t where t.app_id = a.id and t.resource_id = r.id))), '[]') as resources
     from apps a where a.client_id = $1`,
);

/**
 * The app of a client id, with the APIs that it may ask tokens for: those of the organization's own apps, and those that
 * it was given. Asked at every request, so that a change holds at once.
 * Uses apps_client_id_key and app_resources_pkey; there are few APIs.
 */
export async function selectApp(from: Queryable, clientId: string): Promise<AppRow | undefined> {
  return await from.row<AppRow>(byClientId, [clientId]);
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
