import type { Queryable } from "../queryable.ts";

export interface AccountStatus {
  is_blocked: boolean;
}

/** Whether somebody is allowed in, and whether into apps. Uses users_pkey. */
export async function selectAccountStatus(from: Queryable, userId: string): Promise<AccountStatus | undefined> {
  return await from.row<AccountStatus>(
    `select blocked_at is not null as is_blocked from users
     where id = $1 and deleted_at is null and disabled_at is null`,
    [userId],
  );
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
  updated_at: Date;
}

/** What claims are made of. Uses users_pkey. */
export async function selectAccount(from: Queryable, userId: string): Promise<AccountRow | undefined> {
  return await from.row<AccountRow>(
    `select username, display_name, given_name, family_name, email, locale, time_zone, resource, updated_at from users
     where id = $1 and deleted_at is null and disabled_at is null`,
    [userId],
  );
}

/**
 * Names of all groups of a user, those included that hold a group of theirs at any depth.
 * Uses group_members_user, group_groups_child, groups_pkey: one probe for each group that the user is in.
 */
export async function selectGroupNames(from: Queryable, userId: string): Promise<string[]> {
  const rows = await from.rows<{ name: string }>(
    `with recursive mine (id) as (
       select group_id from group_members where user_id = $1
       union
       select parent.group_id from mine join group_groups parent on parent.child_id = mine.id
     )
     select distinct g.display_name as name from mine join groups g on g.id = mine.id order by name`,
    [userId],
  );
  return rows.map((row) => row.name);
}
