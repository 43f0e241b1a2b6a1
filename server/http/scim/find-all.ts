import type { ListQuery } from "#scim/messages/list-query.ts";
import { readListQuery, readSearchRequest } from "#scim/messages/list-query.ts";
import { needsAttribute, projector } from "#scim/schema/project.ts";
import { resolveSort } from "#scim/schema/resolve-sort.ts";
import { scimGroups } from "../../db/sql/scim-groups.ts";
import type { GroupRow } from "../../db/sql/groups.ts";
import { countScim, selectScimKeys, selectScimRows } from "../../db/sql/scim-list.ts";
import type { FoundKey, ScimTable } from "../../db/sql/scim-list.ts";
import { scimUsers } from "../../db/sql/scim-users.ts";
import type { ScimUserRow } from "../../db/sql/scim-users.ts";
import type { Call, Reply } from "./call.ts";
import { findPage, readFilter, searching } from "./find-page.ts";
import type { Finder } from "./find-page.ts";
import { streamGroup } from "./group-members.ts";
import { presentGroup } from "./group-resource.ts";
import { numbersOf } from "./scim-types.ts";
import { streamList } from "./stream-list.ts";
import { showsGroups } from "./user-reply.ts";
import { presentUser } from "./user-resource.ts";

/** GET / (RFC 7644 §3.4.2.1): a query of all types. */
export async function listAll(call: Call): Promise<Reply> {
  return await findAll(call, readListQuery(call.query));
}

/** POST /.search (RFC 7644 §3.4.3). */
export async function searchAll(call: Call): Promise<Reply> {
  const query = readSearchRequest(await call.body());
  return await searching(call, query, async () => await findAll(call, query));
}

async function findAll(call: Call, query: ListQuery): Promise<Reply> {
  const { house, directory, types, baseUrl } = call;
  const users = scimUsers(types.user, baseUrl, showsGroups(call, query), numbersOf(types.attributes));
  const groups = scimGroups(baseUrl);
  const finder: Finder<FoundKey> = {
    list: "all",
    page: async (ask) => await selectScimKeys(house.db, directory.id, [users, groups], ask),
    count: async (filter) => {
      const counts = [users, groups].map(async (table) => await countScim(house.db, directory.id, table, filter));
      return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
    },
  };
  const order = {
    filter: readFilter(call, query, types.any),
    sortBy: query.sortBy === undefined ? undefined : resolveSort(query.sortBy, types.any),
  };
  const page = await findPage(call, finder, order, query);
  return { status: 200, body: streamList(page, resources(call, page.rows, users, groups, query)) };
}

/** The JSON of each resource, in the order of the keys. */
async function* resources(
  call: Call,
  keys: readonly FoundKey[],
  users: ScimTable,
  groups: ScimTable,
  query: ListQuery,
): AsyncGenerator<AsyncIterable<string> | string> {
  const { house, directory, types, baseUrl } = call;
  const idsOf = (table: ScimTable) => keys.filter((key) => key.table === table.table).map(({ id }) => id);
  const [userRows, groupRows] = await Promise.all([
    selectScimRows<ScimUserRow>(house.db, directory.id, users, idsOf(users)),
    selectScimRows<GroupRow>(house.db, directory.id, groups, idsOf(groups)),
  ]);
  const showUser = projector(types.user, query);
  const showGroup = projector(types.group, query);
  const showsMembers = needsAttribute(types.group, query, "members");
  for (const { id } of keys) {
    const user = userRows.get(id);
    const group = groupRows.get(id);
    if (user !== undefined) yield JSON.stringify(showUser(presentUser(user, types, baseUrl)));
    else if (group !== undefined && showsMembers) yield streamGroup(call, group, query);
    else if (group !== undefined) yield JSON.stringify(showGroup(presentGroup(group, types.group, baseUrl)));
  }
}
