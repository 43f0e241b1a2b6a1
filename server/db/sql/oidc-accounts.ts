import { prepared } from "../queryable.ts";
import type { Queryable } from "../queryable.ts";
import { groupsOf, mayUseApp } from "./app-access.ts";

export interface AccountStatus {
  is_blocked: boolean;
  may_use_app: boolean;
}

const byStatus = prepared(
  `select u.blocked_at is not null as is_blocked, a.id is not null and ${mayUseApp("a", "u.id")} as may_use_app
     from users u left join apps a on a.client_id = $2
     where u.id = $1 and u.deleted_at is null and u.disabled_at is null`,
);

/** Whether somebody is allowed in, and whether into an app. Uses users_pkey and apps_client_id_key. */
export async function selectAccountStatus(
  from: Queryable,
  userId: string,
  clientId: string | undefined,
): Promise<AccountStatus | undefined> {
  return await from.row<AccountStatus>(byStatus, [userId, clientId ?? null]);
}

export interface AccountRow {
  username: string | null;
  display_name: string;
  given_name: string | null;
  family_name: string | null;
  email: string | null;
  locale: string | null;
  time_zone: string | null;
  resource: Record<string, unknown>;
  /** Values of the organization's own attributes that apps get, by claim; null: none. */
  released: Record<string, unknown> | null;
  updated_at: Date;
}

const byId = prepared(
  `select u.username, u.display_name, u.given_name, u.family_name, u.email, u.locale, u.time_zone, u.resource,
       u.updated_at,
       (select jsonb_object_agg(a.claim, u.custom -> a.number::text) from attributes a
         where a.claim is not null and a.deleted_at is null and u.custom ? a.number::text) as released
     from users u where u.id = $1 and u.deleted_at is null and u.disabled_at is null`,
);

/** What claims are made of. Uses users_pkey, and attributes_claim_key for the few attributes that are released. */
export async function selectAccount(from: Queryable, userId: string): Promise<AccountRow | undefined> {
  return await from.row<AccountRow>(byId, [userId]);
}

const groupNames = prepared(
  `with ${groupsOf("$1")}, app as (select id from apps where client_id = $2 and groups_claim = 'assigned')
     select distinct g.display_name as name from mine join groups g on g.id = mine.id
     where not exists (select from app)
       or exists (select from app join app_assignments t on t.app_id = app.id and t.group_id = g.id)
     order by name`,
);

/**
 * Names of all groups of a user, those included that hold a group of theirs at any depth; of an app that wants no more,
 * those alone that it is assigned to.
 * Uses group_members_user, group_groups_child, groups_pkey: one probe for each group that the user is in.
 */
export async function selectGroupNames(
  from: Queryable,
  userId: string,
  clientId: string | undefined,
): Promise<string[]> {
  const rows = await from.rows<{ name: string }>(groupNames, [userId, clientId ?? null]);
  return rows.map((row) => row.name);
}
