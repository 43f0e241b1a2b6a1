import { needsAttribute, project } from "#scim/schema/project.ts";
import type { ProjectionRequest } from "#scim/schema/project.ts";
import { selectScimUser, selectScimUserParts } from "../../db/sql/scim-users.ts";
import type { ScimUserRow } from "../../db/sql/scim-users.ts";
import type { Queryable } from "../../db/queryable.ts";
import type { UserRow } from "../../db/sql/users.ts";
import type { UserId } from "../../kernel/ids.ts";
import type { Call, Reply } from "./call.ts";
import { etagOf } from "../shell/etag.ts";
import { projectionOf } from "./projection.ts";
import { missing } from "./refusals.ts";
import { hasManager, presentUser } from "./user-resource.ts";

/** What an answer with a user depends on. */
export type Asked = Pick<Call, "types" | "baseUrl" | "query">;

/** Whether an answer shows the groups of users, which are looked up only then. */
export function showsGroups(call: Pick<Call, "types">, request: ProjectionRequest): boolean {
  return needsAttribute(call.types.user, request, "groups");
}

/** Completes a user who was just written with what the answer shows beside the row. */
export async function withParts(from: Queryable, call: Call, user: UserRow): Promise<ScimUserRow> {
  const withGroups = showsGroups(call, projectionOf(call.query));
  if (!withGroups && !hasManager(user)) return { ...user, groups: null, manager_name: null };
  return { ...user, ...(await selectScimUserParts(from, user.id, withGroups)) };
}

/** A user who was just written, as the directory sees it. */
export async function readBack(from: Queryable, call: Call, id: UserId): Promise<ScimUserRow> {
  const row = await selectScimUser(from, call.directory.id, id, showsGroups(call, projectionOf(call.query)));
  if (row === undefined) throw missing("User", id);
  return row;
}

/** The answer with one user (RFC 7644 §3.3, §3.4.1). */
export function userReply(call: Asked, status: 200 | 201, row: ScimUserRow): Reply {
  const { user } = call.types;
  const location = `${call.baseUrl}/Users/${row.id}`;
  return {
    status,
    headers: { ETag: etagOf(row.version), Location: location },
    body: project(presentUser(row, call.types, call.baseUrl), user, projectionOf(call.query)),
  };
}
