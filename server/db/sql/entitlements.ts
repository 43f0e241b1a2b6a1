import { prepared } from "../queryable.ts";
import type { Queryable } from "../queryable.ts";
import { groupsOf, mayUseApp } from "./app-access.ts";

export interface EntitlementRow {
  id: string;
  app_id: string;
  value: string;
  name: string;
  created_at: Date;
  user_count: number;
  group_count: number;
}

const columns = `e.id, e.app_id, e.value, e.name, e.created_at,
  (select count(*)::int from entitlement_grants g where g.entitlement_id = e.id and g.user_id is not null) as user_count,
  (select count(*)::int from entitlement_grants g where g.entitlement_id = e.id and g.group_id is not null) as group_count`;

/** What an app lets people do, by value. Uses entitlements_value_key; an app has few. */
export async function selectEntitlements(from: Queryable, appId: string): Promise<EntitlementRow[]> {
  return await from.rows<EntitlementRow>(
    `select ${columns} from entitlements e where e.app_id = $1 order by lower(e.value)`,
    [appId],
  );
}

/** One of them. Uses entitlements_pkey. */
export async function selectEntitlement(
  from: Queryable,
  appId: string,
  id: string,
): Promise<EntitlementRow | undefined> {
  return await from.row<EntitlementRow>(`select ${columns} from entitlements e where e.id = $2 and e.app_id = $1`, [
    appId,
    id,
  ]);
}

/** Declares one; a value that the app has breaks entitlements_value_key. */
export async function insertEntitlement(
  to: Queryable,
  entitlement: { id: string; appId: string; value: string; name: string; now: Date },
): Promise<void> {
  await to.run("insert into entitlements (id, app_id, value, name, created_at) values ($1, $2, $3, $4, $5)", [
    entitlement.id,
    entitlement.appId,
    entitlement.value,
    entitlement.name,
    entitlement.now,
  ]);
}

export async function saveEntitlement(to: Queryable, id: string, value: string, name: string): Promise<void> {
  await to.run("update entitlements set value = $2, name = $3 where id = $1", [id, value, name]);
}

export async function deleteEntitlementRow(to: Queryable, id: string): Promise<void> {
  await to.run("delete from entitlements where id = $1", [id]);
}

// Whether a user holds `e`, alone or with one of the groups in `mine`.
const holds = (user: string) => `(exists (
    select from entitlement_grants t where t.entitlement_id = e.id and t.user_id = ${user}
  ) or exists (
    select from mine join entitlement_grants t on t.entitlement_id = e.id and t.group_id = mine.id
  ))`;

const valuesOfUser = prepared(
  `with ${groupsOf("$1")}
     select e.value from apps a join entitlements e on e.app_id = a.id
     where a.client_id = $2 and ${holds("$1")} order by e.value`,
);

/**
 * What a user may do in an app, in the app's words, in order. Groups count at any depth.
 * Uses entitlements_value_key, entitlement_grants_user, entitlement_grants_group.
 */
export async function selectEntitlementValues(from: Queryable, userId: string, clientId: string): Promise<string[]> {
  const rows = await from.rows<{ value: string }>(valuesOfUser, [userId, clientId]);
  return rows.map((row) => row.value);
}

export interface AppOfUserRow {
  id: string;
  name: string;
  /** What the user has it by: null when it is open to everyone. */
  is_direct: boolean;
  groups: { id: string; name: string }[];
  access: "everyone" | "chosen";
  entitlements: { value: string; name: string }[];
  first_at: Date | null;
  last_at: Date | null;
}

/** The apps that a user may use, by name, with what they may do there. There are few apps. */
export async function selectAppsOfUser(from: Queryable, userId: string): Promise<AppOfUserRow[]> {
  return await from.rows<AppOfUserRow>(
    `with ${groupsOf("$1")}
     select a.id, a.name, a.access, uses.first_at, uses.last_at,
       exists (select from app_assignments t where t.app_id = a.id and t.user_id = $1) as is_direct,
       coalesce((select json_agg(json_build_object('id', g.id, 'name', g.display_name) order by lower(g.display_name))
         from mine join app_assignments t on t.app_id = a.id and t.group_id = mine.id join groups g on g.id = mine.id), '[]') as groups,
       coalesce((select json_agg(json_build_object('value', e.value, 'name', e.name) order by lower(e.value))
         from entitlements e where e.app_id = a.id and ${holds("$1")}), '[]') as entitlements
     from apps a left join app_uses uses on uses.app_id = a.id and uses.user_id = $1
     where not a.is_built_in and not a.is_machine and ${mayUseApp("a", "$1")}
     order by lower(a.name), a.id limit 500`,
    [userId],
  );
}
