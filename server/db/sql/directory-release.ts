import type { DirectoryId, GroupId, UserId } from "../../kernel/ids.ts";
import type { Queryable } from "../queryable.ts";

/** What a directory owns, its requests counted no further than `most` + 1. Uses directory_sizes_pkey, groups_directory. */
export async function countOwned(
  from: Queryable,
  id: DirectoryId,
  most: number,
): Promise<{ users: number; groups: number; requests: number }> {
  const row = await from.row<{ users: number; groups: number; requests: number }>(
    `select
       (select coalesce(sum(users), 0)::int from directory_sizes where directory_id = $1) as users,
       (select count(*)::int from groups where directory_id = $1) as groups,
       (select count(*)::int from (select from directory_requests where directory_id = $1 limit $2) q) as requests`,
    [id, most + 1],
  );
  return row ?? { users: 0, groups: 0, requests: 0 };
}

/** Makes some accounts of a directory local; the externalId was its own. Uses users_directory and users_pkey. */
export async function releaseUsers(
  to: Queryable,
  id: DirectoryId,
  most: number,
  now: Date,
): Promise<{ id: UserId; display_name: string }[]> {
  return await to.rows(
    `with batch as (select id from users where directory_id = $1 and deleted_at is null order by id limit $2 for update)
     update users u set directory_id = null, external_id = null, version = u.version + 1, updated_at = $3
     from batch where u.id = batch.id returning u.id, u.display_name`,
    [id, most, now],
  );
}

/** Some groups of a directory, locked, with whether a local one has the name. Uses groups_directory, groups_name_key. */
export async function lockOwnedGroups(
  from: Queryable,
  id: DirectoryId,
  most: number,
): Promise<{ id: GroupId; display_name: string; is_taken: boolean }[]> {
  return await from.rows(
    `select g.id, g.display_name, exists (
       select from groups l
       where coalesce(l.directory_id, '00000000-0000-0000-0000-000000000000'::uuid) = '00000000-0000-0000-0000-000000000000'
         and lower(l.display_name) = lower(g.display_name)) as is_taken
     from groups g where g.directory_id = $1 order by g.id limit $2 for update of g`,
    [id, most],
  );
}

/** Whether a local group has this name. Uses groups_name_key. */
export async function isLocalGroup(from: Queryable, name: string): Promise<boolean> {
  const row = await from.row(
    `select from groups
     where coalesce(directory_id, '00000000-0000-0000-0000-000000000000'::uuid) = '00000000-0000-0000-0000-000000000000'
       and lower(display_name) = lower($1)`,
    [name],
  );
  return row !== undefined;
}

/** Makes a group local under a name. Uses groups_pkey. */
export async function releaseGroup(to: Queryable, id: GroupId, name: string, now: Date): Promise<void> {
  await to.run(
    `update groups set directory_id = null, external_id = null, display_name = $2, version = version + 1, updated_at = $3
     where id = $1`,
    [id, name, now],
  );
}

/** Lets some of the request log go. Uses directory_requests_directory_at. */
export async function dropRequests(to: Queryable, id: DirectoryId, most: number): Promise<number> {
  return await to.run(
    "delete from directory_requests where id in (select id from directory_requests where directory_id = $1 limit $2)",
    [id, most],
  );
}

/**
 * Removes a directory that owns nothing any more. Accounts that were deleted keep their names for the log, without it:
 * no index has them, so this reads the table once.
 */
export async function dropDirectory(to: Queryable, id: DirectoryId): Promise<void> {
  await to.run("update users set directory_id = null where directory_id = $1 and deleted_at is not null", [id]);
  await to.run("delete from directories where id = $1", [id]);
}
