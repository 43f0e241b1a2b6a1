import type { DirectoryId, GroupId, UserId } from "../../kernel/ids.ts";
import { prepared } from "../queryable.ts";
import type { Queryable } from "../queryable.ts";

/** How a row of a file may name somebody. */
export interface SoughtPeople {
  ids: readonly string[];
  /** In small letters. */
  usernames: readonly string[];
  /** In small letters. */
  emails: readonly string[];
}

/** Somebody who is meant by one of these names. */
export interface FoundPerson {
  id: UserId;
  username_key: string;
  email_key: string | null;
}

const finding = prepared(
  `with found as (
     select id from users where id = any($1::uuid[])
     union select id from users where lower(username) = any($2::text[])
     union select id from users where lower(email) = any($3::text[]) and deleted_at is null
   )
   select u.id, lower(u.username) as username_key, lower(u.email) as email_key
   from users u join found f on f.id = u.id where u.deleted_at is null`,
);

/** Who has one of these ids, usernames or primary emails. Uses users_pkey, users_username_key and users_email. */
export async function findPeople(from: Queryable, sought: SoughtPeople): Promise<FoundPerson[]> {
  return await from.rows<FoundPerson>(finding, [sought.ids, sought.usernames, sought.emails]);
}

/** What a file says of somebody beside the row of the user. */
export interface PersonExtras {
  id: UserId;
  groups: { id: GroupId; name: string; directory: string | null }[];
  /** The username of the manager, or the id that stands there where it names no account here. */
  manager: string | null;
  directory_name: string | null;
}

const describing = prepared(
  `select u.id,
     coalesce((select json_agg(json_build_object('id', g.id, 'name', g.display_name, 'directory', d.name)
         order by lower(g.display_name), g.id)
       from group_members m join groups g on g.id = m.group_id left join directories d on d.id = g.directory_id
       where m.user_id = u.id), '[]') as groups,
     coalesce((select b.username from users b
       where b.id = case when u.manager_id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then u.manager_id::uuid end
         and b.deleted_at is null), u.manager_id) as manager,
     (select name from directories d where d.id = u.directory_id) as directory_name
   from users u where u.id = any($1::uuid[])`,
);

/** Groups, manager and directory of people. Uses group_members_user and primary keys. */
export async function describePeople(from: Queryable, ids: readonly string[]): Promise<PersonExtras[]> {
  return ids.length === 0 ? [] : await from.rows<PersonExtras>(describing, [ids]);
}

export interface NamedGroup {
  id: GroupId;
  name: string;
  directory_id: DirectoryId | null;
  directory: string | null;
}

const naming = prepared(
  `select g.id, g.display_name as name, g.directory_id, d.name as directory
   from groups g left join directories d on d.id = g.directory_id where lower(g.display_name) = any($1::text[])`,
);

/** The groups of these names, in small letters, of all directories. Uses groups_name_order. */
export async function findGroupsByName(from: Queryable, names: readonly string[]): Promise<NamedGroup[]> {
  return names.length === 0 ? [] : await from.rows<NamedGroup>(naming, [names]);
}

const takenBy = prepared(
  `select attribute, unique_key, user_id from user_attribute_keys k
   join jsonb_to_recordset($1::jsonb) as s (attribute int, key text) using (attribute)
   where k.unique_key = s.key`,
);

/** Who has these values, of which only one may have each. Uses user_attribute_keys_unique. */
export async function findHoldersOfValues(
  from: Queryable,
  sought: readonly { attribute: number; key: string }[],
): Promise<{ attribute: number; unique_key: string; user_id: UserId }[]> {
  return sought.length === 0 ? [] : await from.rows(takenBy, [JSON.stringify(sought)]);
}

/** The versions of people who are not deleted. Uses users_pkey. */
export async function selectVersions(from: Queryable, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await from.rows<{ id: string; version: string }>(
    "select id, version from users where id = any($1::uuid[]) and deleted_at is null",
    [ids],
  );
  return new Map(rows.map(({ id, version }) => [id, version]));
}
