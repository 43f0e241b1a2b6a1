import type { ResourceType } from "#scim/schema/resource-type.ts";
import type { DirectoryId, UserId } from "../../kernel/ids.ts";
import { prepared } from "../queryable.ts";
import type { Queryable } from "../queryable.ts";
import { locateUser } from "../scim-filter/locate-user.ts";
import type { ScimTable } from "./scim-list.ts";
import type { UserRow } from "./users.ts";

/** What a SCIM User is made of. */
export type ScimUserRow = Pick<
  UserRow,
  | "id"
  | "username"
  | "display_name"
  | "given_name"
  | "family_name"
  | "locale"
  | "time_zone"
  | "external_id"
  | "resource"
  | "custom"
  | "disabled_at"
  | "version"
  | "created_at"
  | "updated_at"
> &
  ScimUserParts;

/** What is looked up beside the row. */
export interface ScimUserParts {
  /** Direct groups of the same directory; null when nobody will see them. */
  groups: { id: string; name: string }[] | null;
  /** The display name of the manager, if the manager is somebody whom the directory sees. */
  manager_name: string | null;
}

const own = `u.id, u.username, u.display_name, u.given_name, u.family_name, u.locale, u.time_zone, u.external_id,
  u.resource, u.custom, u.disabled_at, u.version, u.created_at, u.updated_at`;

// Uses group_members_user and groups_pkey.
const groupsThat = (are: string) =>
  `(select coalesce(json_agg(json_build_object('id', g.id, 'name', g.display_name) order by g.id), '[]')
    from group_members m join groups g on g.id = m.group_id where m.user_id = u.id and (${are}))`;

const groups = groupsThat("g.directory_id = u.directory_id");

// Uses users_pkey. What a client gives as the manager need not be an id.
const managerName = `(select b.display_name from users b
    where b.id = case when u.manager_id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
      then u.manager_id::uuid end
      and b.directory_id = u.directory_id and b.deleted_at is null)`;

function parts(withGroups: boolean): string {
  return `${withGroups ? groups : "null::json"} as groups, ${managerName} as manager_name`;
}

/**
 * The users of a directory as a list to filter, sort and page.
 *
 * @param numbers the numbers of the organization's own attributes, by their names
 */
export function scimUsers(
  type: ResourceType,
  baseUrl: string,
  withGroups: boolean,
  numbers: ReadonlyMap<string, number> = new Map(),
): ScimTable {
  return {
    table: "users u",
    alias: "u",
    scope: "u.directory_id = $1::uuid and u.deleted_at is null",
    locate: locateUser(type, baseUrl, numbers),
    columns: `${own}, ${parts(withGroups)}`,
    size: "users",
  };
}

const one = (withGroups: boolean) =>
  prepared(
    `select ${own}, ${parts(withGroups)} from users u
     where u.id = $2 and u.directory_id = $1 and u.deleted_at is null`,
  );
const [oneWithGroups, oneAlone] = [one(true), one(false)];

/** One user of a directory. Uses users_pkey. */
export async function selectScimUser(
  from: Queryable,
  directoryId: DirectoryId,
  id: string,
  withGroups: boolean,
): Promise<ScimUserRow | undefined> {
  return await from.row<ScimUserRow>(withGroups ? oneWithGroups : oneAlone, [directoryId, id]);
}

/**
 * A user as that person may see it, if they may use apps: with the direct groups of their own directory and of the
 * house, and without the externalId, which is between the directory and us (RFC 7643 §3.1). Uses users_pkey.
 */
export async function selectOwnScimUser(
  from: Queryable,
  id: UserId,
  withGroups: boolean,
): Promise<ScimUserRow | undefined> {
  const ownGroups = withGroups ? groupsThat("g.directory_id is null or g.directory_id = u.directory_id") : "null::json";
  const row = await from.row<ScimUserRow>(
    `select ${own}, ${ownGroups} as groups, ${managerName} as manager_name from users u
     where u.id = $1 and u.deleted_at is null and u.disabled_at is null and u.blocked_at is null`,
    [id],
  );
  return row && { ...row, external_id: null };
}

const partsOf = (withGroups: boolean) => prepared(`select ${parts(withGroups)} from users u where u.id = $1`);
const [partsWithGroups, partsAlone] = [partsOf(true), partsOf(false)];

/** What hangs on a user who was just written. */
export async function selectScimUserParts(from: Queryable, id: UserId, withGroups: boolean): Promise<ScimUserParts> {
  const row = await from.row<ScimUserParts>(withGroups ? partsWithGroups : partsAlone, [id]);
  return row ?? { groups: null, manager_name: null };
}
