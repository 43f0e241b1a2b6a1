import type { FilterNode } from "#scim/filter/filter-node.ts";
import type { DirectoryId } from "../../kernel/ids.ts";
import { Binds } from "../keyset.ts";
import { prepared } from "../queryable.ts";
import type { Queryable } from "../queryable.ts";
import { compileFilter } from "../scim-filter/compile-filter.ts";
import { locateGroup, membersOfGroup } from "../scim-filter/locate-group.ts";
import type { GroupRow, MemberRow } from "./groups.ts";
import type { ScimTable } from "./scim-list.ts";

const columns =
  "g.id, g.display_name, g.directory_id, g.external_id, g.resource, g.member_count, g.version, g.created_at, g.updated_at";

/** The groups of a directory as a list to filter, sort and page. */
export function scimGroups(baseUrl: string): ScimTable {
  return {
    table: "groups g",
    alias: "g",
    scope: "g.directory_id = $1::uuid",
    locate: locateGroup(baseUrl, "$1::uuid"),
    columns,
    size: "groups",
  };
}

const one = prepared(`select ${columns} from groups g where g.id = $2 and g.directory_id = $1`);

/** One group of a directory. Uses groups_pkey. */
export async function selectScimGroup(
  from: Queryable,
  directoryId: DirectoryId,
  id: string,
): Promise<GroupRow | undefined> {
  return await from.row<GroupRow>(one, [directoryId, id]);
}

/**
 * Direct members that the directory owns, in the order of their ids, users before groups, so many at a time.
 * Uses group_members_pkey, then group_groups_pkey: a page of a large group costs what a page of a small one costs.
 *
 * @param after the last member of the page before
 */
export async function selectScimMembers(
  from: Queryable,
  group: Pick<GroupRow, "id" | "directory_id">,
  after: MemberRow | undefined,
  limit: number,
): Promise<MemberRow[]> {
  const afterUser = after?.kind === "User" ? after.id : null;
  const afterGroup = after?.kind === "Group" ? after.id : null;
  return await from.rows<MemberRow>(
    `select m.id::text as id, m.kind, m.display from (
       (select u.id, 'User' as kind, u.display_name as display, 0 as rank
        from group_members gm join users u on u.id = gm.user_id and u.directory_id = $2
        where gm.group_id = $1 and $4::uuid is null and ($3::uuid is null or gm.user_id > $3)
        order by gm.user_id limit $5)
       union all
       (select g.id, 'Group', g.display_name, 1
        from group_groups gg join groups g on g.id = gg.child_id and g.directory_id = $2
        where gg.group_id = $1 and ($4::uuid is null or gg.child_id > $4)
        order by gg.child_id limit $5)) m
     order by m.rank, m.id limit $5`,
    [group.id, group.directory_id, afterUser, afterGroup, limit],
  );
}

/**
 * The ids of the members of a group that a filter on them selects. Reads all members, by group_members_pkey and
 * group_groups_pkey, as such a filter asks.
 *
 * @param filter with paths of `members`, all about one and the same member
 */
export async function selectFittingMembers(
  from: Queryable,
  group: Pick<GroupRow, "id">,
  filter: FilterNode,
  baseUrl: string,
): Promise<string[]> {
  const binds = new Binds();
  const id = binds.bind(group.id);
  const members = membersOfGroup(baseUrl);
  const condition = compileFilter(filter, ({ sub }) => members.part(sub?.name), binds);
  const rows = await from.rows<{ id: string }>(
    `select member.id::text as id from groups g, lateral ${members.from} where g.id = ${id}::uuid and ${condition}`,
    binds.values,
  );
  return rows.map((row) => row.id);
}
