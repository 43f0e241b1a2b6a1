import type { Queryable } from "../queryable.ts";

export interface ResourceSettings {
  name: string;
  scopes: { name: string; description: string }[];
  tokenFormat: "jwt" | "opaque";
  tokenSeconds: number | null;
  signingAlg: "RS256" | "ES256";
  access: "ownApps" | "chosen";
}

export interface ResourceRow extends ResourceSettings {
  id: string;
  identifier: string;
  apps: { id: string; name: string }[];
  createdAt: Date;
  updatedAt: Date;
}

const columns = `r.id, r.identifier, r.name, r.scopes, r.token_format as "tokenFormat", r.token_seconds as "tokenSeconds",
  r.signing_alg as "signingAlg", r.access, r.created_at as "createdAt", r.updated_at as "updatedAt",
  coalesce((select json_agg(json_build_object('id', a.id, 'name', a.name) order by lower(a.name))
    from app_resources t join apps a on a.id = t.app_id where t.resource_id = r.id), '[]') as apps`;

/** All APIs, by name; there are few. Uses app_resources_resource for each. */
export async function selectResources(from: Queryable): Promise<ResourceRow[]> {
  return await from.rows<ResourceRow>(`select ${columns} from resources r order by lower(r.name), r.id`);
}

/** One API. Uses resources_pkey. */
export async function selectResource(from: Queryable, id: string): Promise<ResourceRow | undefined> {
  return await from.row<ResourceRow>(`select ${columns} from resources r where r.id = $1`, [id]);
}

/** Adds an API; a taken name or identifier breaks resources_name_key or resources_identifier_key. */
export async function insertResource(
  to: Queryable,
  resource: ResourceSettings & { id: string; identifier: string },
  now: Date,
): Promise<void> {
  await to.run(
    `insert into resources
       (id, identifier, name, scopes, token_format, token_seconds, signing_alg, access, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)`,
    [resource.id, resource.identifier, ...binds(resource), now],
  );
}

/** Writes what can be changed of an API. Uses resources_pkey. */
export async function saveResource(to: Queryable, id: string, settings: ResourceSettings, now: Date): Promise<void> {
  await to.run(
    `update resources set name = $2, scopes = $3, token_format = $4, token_seconds = $5, signing_alg = $6, access = $7,
       updated_at = $8 where id = $1`,
    [id, ...binds(settings), now],
  );
}

/**
 * Makes these the apps that an API is given to.
 *
 * @returns how many of them are apps, and not of the house itself
 */
export async function replaceResourceApps(to: Queryable, id: string, appIds: readonly string[]): Promise<number> {
  await to.run("delete from app_resources where resource_id = $1 and not (app_id = any($2::uuid[]))", [id, appIds]);
  await to.run(
    `insert into app_resources (app_id, resource_id)
     select a.id, $1 from apps a where a.id = any($2::uuid[]) and not a.is_built_in on conflict do nothing`,
    [id, appIds],
  );
  const row = await to.row<{ count: number }>(
    "select count(*)::int as count from app_resources where resource_id = $1",
    [id],
  );
  return row?.count ?? 0;
}

export async function deleteResourceRow(to: Queryable, id: string): Promise<void> {
  await to.run("delete from resources where id = $1", [id]);
}

function binds(settings: ResourceSettings): unknown[] {
  const { name, scopes, tokenFormat, tokenSeconds, signingAlg, access } = settings;
  return [name, JSON.stringify(scopes), tokenFormat, tokenSeconds, signingAlg, access];
}
