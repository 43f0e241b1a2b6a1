import type { ListQuery } from "#scim/messages/list-query.ts";
import { readListQuery, readSearchRequest } from "#scim/messages/list-query.ts";
import { needsAttribute, project, projector } from "#scim/schema/project.ts";
import { scimGroups, selectScimGroup } from "../../db/sql/scim-groups.ts";
import type { GroupRow } from "../../db/sql/groups.ts";
import { isId } from "../../kernel/ids.ts";
import type { Call, Reply } from "./call.ts";
import { etagOf, namesVersion } from "../shell/etag.ts";
import { findPageOf, listReply, searching } from "./find-page.ts";
import { isLarge, loadMembers, streamGroup } from "./group-members.ts";
import { presentGroup } from "./group-resource.ts";
import { missing } from "./refusals.ts";
import { projectionOf } from "./projection.ts";
import { streamList } from "./stream-list.ts";

/** GET /Groups/{id} (RFC 7644 §3.4.1). Members are read only when the answer shows them. */
export async function getGroup(call: Call, id: string): Promise<Reply> {
  const row = isId(id) ? await selectScimGroup(call.house.db, call.directory.id, id) : undefined;
  if (row === undefined) throw missing("Group", id);
  if (call.ifNoneMatch !== undefined && namesVersion(call.ifNoneMatch, row.version)) {
    return { status: 304, headers: { ETag: etagOf(row.version) } };
  }
  return await groupReply(call, 200, row);
}

/** The answer with one group. */
export async function groupReply(call: Call, status: 200 | 201, row: GroupRow): Promise<Reply> {
  const { group: type } = call.types;
  const request = projectionOf(call.query);
  const headers = { ETag: etagOf(row.version), Location: `${call.baseUrl}/Groups/${row.id}` };
  const showsMembers = needsAttribute(type, request, "members");
  if (showsMembers && isLarge(row)) return { status, headers, body: streamGroup(call, row, request) };
  const members = showsMembers ? await loadMembers(call, row) : undefined;
  return { status, headers, body: project(presentGroup(row, type, call.baseUrl, members), type, request) };
}

/** GET /Groups (RFC 7644 §3.4.2). */
export async function listGroups(call: Call): Promise<Reply> {
  return await findGroups(call, readListQuery(call.query));
}

/** POST /Groups/.search (RFC 7644 §3.4.3). */
export async function searchGroups(call: Call): Promise<Reply> {
  const query = readSearchRequest(await call.body());
  return await searching(call, query, async () => await findGroups(call, query));
}

async function findGroups(call: Call, query: ListQuery): Promise<Reply> {
  const { group: type } = call.types;
  const page = await findPageOf<GroupRow>(call, scimGroups(call.baseUrl), type, query);
  const view = projector(type, query);
  if (needsAttribute(type, query, "members") && page.rows.some((row) => row.member_count > 0)) {
    return { status: 200, body: streamList(page, resources(call, page.rows, query)) };
  }
  return listReply(
    page,
    page.rows.map((row) => view(presentGroup(row, type, call.baseUrl, []))),
  );
}

/** The JSON of each group with its members. */
async function* resources(
  call: Call,
  rows: readonly GroupRow[],
  query: ListQuery,
): AsyncGenerator<AsyncIterable<string>> {
  for (const row of rows) yield streamGroup(call, row, query);
}
