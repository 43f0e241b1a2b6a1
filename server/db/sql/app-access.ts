import type { GroupId, UserId } from "../../kernel/ids.ts";
import type { Queryable } from "../queryable.ts";
import type { AppToTell } from "./logout-notices.ts";

/**
 * A CTE `mine (id)`: all groups of a user, those included that hold a group of theirs at any depth.
 * Uses group_members_user and group_groups_child.
 *
 * @param user SQL for the user's id
 */
export function groupsOf(user: string): string {
  return `recursive mine (id) as (
    select group_id from group_members where user_id = ${user}
    union
    select parent.group_id from mine join group_groups parent on parent.child_id = mine.id
  )`;
}

/**
 * Whether a user may use an app (G4): everyone may, or who is assigned, alone or with a group at any depth. It is asked
 * in the statement that looks something up, so a change of a group holds from its commit on.
 * Uses app_assignments_user, app_assignments_group; for an app that is open to everyone nothing is looked up.
 *
 * @param app alias of the row of `apps`
 * @param user SQL for the user's id
 */
export function mayUseApp(app: string, user: string): string {
  return `(${app}.access = 'everyone' or exists (
      select from app_assignments t where t.app_id = ${app}.id and t.user_id = ${user}
    ) or exists (
      with ${groupsOf(user)}
      select from mine join app_assignments t on t.app_id = ${app}.id and t.group_id = mine.id
    ))`;
}

/**
 * Apps that a group, or a group that holds it at any depth, is assigned to, as far as they are not open to everyone.
 * Uses group_groups_child and app_assignments_of_group.
 */
export async function selectAppsOfGroup(from: Queryable, groupId: GroupId): Promise<string[]> {
  const rows = await from.rows<{ id: string }>(
    `with recursive above (id) as (
       select $1::uuid
       union
       select parent.group_id from above join group_groups parent on parent.child_id = above.id
     )
     select distinct a.id from above join app_assignments t on t.group_id = above.id
       join apps a on a.id = t.app_id and a.access = 'chosen'`,
    [groupId],
  );
  return rows.map((row) => row.id);
}

export interface LostAccess {
  id: UserId;
  display_name: string;
}

/**
 * Users who hold something of an app that they may not use any more, in the order of their ids.
 * Uses oidc_records_grants.
 *
 * @param only these users alone; null: all
 * @param after the last id of the batch before
 */
export async function selectLostAccess(
  from: Queryable,
  appId: string,
  only: readonly string[] | null,
  after: string,
  limit: number,
): Promise<LostAccess[]> {
  return await from.rows<LostAccess>(
    `select u.id, u.display_name from apps a
       join lateral (
         select distinct r.account_id from oidc_records r
         where r.model = 'Grant' and r.client_id = a.client_id and r.account_id > $3
           and ($2::uuid[] is null or r.account_id = any($2))
       ) holder on not ${mayUseApp("a", "holder.account_id")}
       join users u on u.id = holder.account_id
     where a.id = $1 order by u.id limit $4`,
    [appId, only, after, limit],
  );
}

/**
 * Deletes whatever an app holds of users: grants, codes, tokens. Answers what the app knows their sessions by.
 * Uses oidc_records_account.
 */
export async function deleteAppRecords(
  to: Queryable,
  appId: string,
  userIds: readonly string[],
): Promise<{ told: AppToTell[] }> {
  const row = await to.row<{ told: AppToTell[] }>(
    `with app as (select id, client_id, backchannel_logout_uri from apps where id = $1),
     told as (
       select distinct app.id as "appId", r.account_id as "userId", part.value ->> 'sid' as sid
       from app, oidc_records r
         cross join lateral jsonb_each(coalesce(r.payload -> 'authorizations', '{}')) part (client_id, value)
       where r.account_id = any($2::uuid[]) and r.model = 'Session' and part.client_id = app.client_id
         and part.value ? 'sid' and app.backchannel_logout_uri is not null
     ), gone as (
       delete from oidc_records r using app where r.account_id = any($2::uuid[]) and r.client_id = app.client_id
     )
     select coalesce((select json_agg(told) from told), '[]') as told`,
    [appId, userIds],
  );
  return row ?? { told: [] };
}
