import { projector } from "#scim/schema/project.ts";
import type { ListQuery } from "#scim/messages/list-query.ts";
import { readListQuery, readSearchRequest } from "#scim/messages/list-query.ts";
import { scimUsers, selectScimUser } from "../../db/sql/scim-users.ts";
import type { ScimUserRow } from "../../db/sql/scim-users.ts";
import { isId } from "../../kernel/ids.ts";
import type { Call, Reply } from "./call.ts";
import { etagOf, namesVersion } from "../shell/etag.ts";
import { findPageOf, listReply, searching } from "./find-page.ts";
import { missing } from "./refusals.ts";
import { projectionOf } from "./projection.ts";
import { numbersOf } from "./scim-types.ts";
import { presentUser } from "./user-resource.ts";
import { showsGroups, userReply } from "./user-reply.ts";

/** GET /Users/{id} (RFC 7644 §3.4.1). */
export async function getUser(call: Call, id: string): Promise<Reply> {
  const withGroups = showsGroups(call, projectionOf(call.query));
  const row = isId(id) ? await selectScimUser(call.house.db, call.directory.id, id, withGroups) : undefined;
  if (row === undefined) throw missing("User", id);
  if (call.ifNoneMatch !== undefined && namesVersion(call.ifNoneMatch, row.version)) {
    return { status: 304, headers: { ETag: etagOf(row.version) } };
  }
  return userReply(call, 200, row);
}

/** GET /Users (RFC 7644 §3.4.2). */
export async function listUsers(call: Call): Promise<Reply> {
  return await findUsers(call, readListQuery(call.query));
}

/** POST /Users/.search (RFC 7644 §3.4.3). */
export async function searchUsers(call: Call): Promise<Reply> {
  const query = readSearchRequest(await call.body());
  return await searching(call, query, async () => await findUsers(call, query));
}

async function findUsers(call: Call, query: ListQuery): Promise<Reply> {
  const { user, attributes } = call.types;
  const table = scimUsers(user, call.baseUrl, showsGroups(call, query), numbersOf(attributes));
  const page = await findPageOf<ScimUserRow>(call, table, user, query);
  const view = projector(user, query);
  return listReply(
    page,
    page.rows.map((row) => view(presentUser(row, call.types, call.baseUrl))),
  );
}
