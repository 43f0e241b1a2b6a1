import type { DirectoryId, GroupId, UserId } from "../../kernel/ids.ts";
import { prepared } from "../queryable.ts";
import type { Queryable } from "../queryable.ts";

export interface GroupRow {
  id: GroupId;
  display_name: string;
  directory_id: DirectoryId | null;
  external_id: string | null;
  resource: Record<string, unknown>;
  member_count: number;
  version: string;
  created_at: Date;
  updated_at: Date;
}

const columns =
  "g.id, g.display_name, g.directory_id, g.external_id, g.resource, g.member_count, g.version, g.created_at, g.updated_at";

/** One group. Uses groups_pkey. */
export async function selectGroup(from: Queryable, id: string): Promise<GroupRow | undefined> {
  return await from.row<GroupRow>(`select ${columns} from groups g where g.id = $1`, [id]);
}

const locking = {
  change: prepared(`select ${columns} from groups g where g.id = $1 for no key update`),
  delete: prepared(`select ${columns} from groups g where g.id = $1 for update`),
};

/**
 * The same, locked until the transaction ends, so that changes of one group follow each other. Uses groups_pkey.
 *
 * @param purpose to change it, others may meanwhile refer to it, as foreign keys do; to delete it, they may not
 */
export async function lockGroup(
  from: Queryable,
  id: string,
  purpose: "change" | "delete" = "change",
): Promise<GroupRow | undefined> {
  return await from.row<GroupRow>(locking[purpose], [id]);
}

/** Adds a group; a taken name or externalId breaks groups_name_key or groups_external_id_key. */
export async function insertGroup(
  to: Queryable,
  group: {
    id: GroupId;
    displayName: string;
    directoryId: DirectoryId | null;
    externalId: string | null;
    resource: Record<string, unknown>;
    now: Date;
  },
): Promise<void> {
  await to.run(
    `insert into groups (id, display_name, directory_id, external_id, resource, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $6)`,
    [group.id, group.displayName, group.directoryId, group.externalId, JSON.stringify(group.resource), group.now],
  );
}

const saving = prepared(
  `update groups set display_name = $2, external_id = $3, resource = $4, member_count = $5, updated_at = $6,
     version = version + 1 where id = $1
   returning exists (select from app_assignments where group_id is not null) as opens`,
);

/**
 * Writes the fields of a locked group and advances its version. Uses groups_pkey.
 *
 * @returns whether any group opens an app to its members, so that leaving one may end access
 */
export async function saveGroup(to: Queryable, group: GroupRow, now: Date): Promise<boolean> {
  const { id, display_name, external_id, resource, member_count } = group;
  const row = await to.row<{ opens: boolean }>(saving, [id, display_name, external_id, resource, member_count, now]);
  return row?.opens === true;
}

export async function deleteGroupRow(to: Queryable, id: GroupId): Promise<void> {
  await to.run("delete from groups where id = $1", [id]);
}

const resolving = prepared(
  `select u.id::text as id, 'User' as kind from (
     select id from users
     where id = any($1::uuid[]) and deleted_at is null and ($2::uuid is null or directory_id = $2)
     order by id for key share) u
   union all
   select g.id::text, 'Group' from groups g
   where g.id = any($1::uuid[]) and ($2::uuid is null or g.directory_id = $2)`,
);

/**
 * Which of these ids are users, which are groups, that the owner may put into a group. Uses primary keys.
 * Users are locked against deletion: one who is deleted at the same moment is either found gone, or deleted afterwards
 * and taken out again by that.
 *
 * @param directoryId only what this directory owns counts; null: everything counts
 */
export async function resolveMembers(
  from: Queryable,
  ids: readonly string[],
  directoryId: DirectoryId | null,
): Promise<{ id: string; kind: "User" | "Group" }[]> {
  return await from.rows(resolving, [ids, directoryId]);
}

const inserting = prepared(
  `insert into group_members (group_id, user_id) select $1, unnest($2::uuid[]) on conflict do nothing returning user_id`,
);

/** Puts users into a group; those in it already are left alone. Uses group_members_pkey. */
export async function insertMembers(to: Queryable, groupId: GroupId, userIds: readonly string[]): Promise<UserId[]> {
  const rows = await to.rows<{ user_id: UserId }>(inserting, [groupId, userIds]);
  return rows.map((row) => row.user_id);
}

const deleting = prepared(
  `with people as (
     delete from group_members where group_id = $1 and user_id = any($2::uuid[]) returning user_id
   ), children as (
     delete from group_groups where group_id = $1 and child_id = any($2::uuid[]) returning child_id
   )
   select user_id::text as id from people union all select child_id::text from children`,
);

/** Takes users and groups out of a group; strangers to it are left alone. Uses group_members_pkey, group_groups_pkey. */
export async function deleteMembers(to: Queryable, groupId: GroupId, ids: readonly string[]): Promise<string[]> {
  return (await to.rows<{ id: string }>(deleting, [groupId, ids])).map(({ id }) => id);
}

/** Takes everybody out but these. Uses group_members_pkey. */
export async function deleteOtherMembers(to: Queryable, groupId: GroupId, keep: readonly string[]): Promise<UserId[]> {
  const rows = await to.rows<{ user_id: UserId }>(
    "delete from group_members where group_id = $1 and not (user_id = any($2::uuid[])) returning user_id",
    [groupId, keep],
  );
  return rows.map((row) => row.user_id);
}

/** Puts groups into a group. Uses group_groups_pkey. */
export async function insertChildren(to: Queryable, groupId: GroupId, childIds: readonly string[]): Promise<GroupId[]> {
  const rows = await to.rows<{ child_id: GroupId }>(
    `insert into group_groups (group_id, child_id) select $1, unnest($2::uuid[]) on conflict do nothing returning child_id`,
    [groupId, childIds],
  );
  return rows.map((row) => row.child_id);
}

/** Takes all groups out but these. Uses group_groups_pkey. */
export async function deleteOtherChildren(
  to: Queryable,
  groupId: GroupId,
  keep: readonly string[],
): Promise<GroupId[]> {
  const rows = await to.rows<{ child_id: GroupId }>(
    "delete from group_groups where group_id = $1 and not (child_id = any($2::uuid[])) returning child_id",
    [groupId, keep],
  );
  return rows.map((row) => row.child_id);
}

/** Whether a group would come to contain itself if `childIds` were put into it. Uses group_groups_pkey. */
export async function wouldCircle(from: Queryable, groupId: GroupId, childIds: readonly string[]): Promise<boolean> {
  const row = await from.row<{ circle: boolean }>(
    `with recursive below (id) as (
       select unnest($2::uuid[])
       union
       select c.child_id from below b join group_groups c on c.group_id = b.id
     )
     select exists (select 1 from below where id = $1) as circle`,
    [groupId, childIds],
  );
  return row?.circle === true;
}

/** A direct member of a group. */
export interface MemberRow {
  id: string;
  kind: "User" | "Group";
  display: string;
}
