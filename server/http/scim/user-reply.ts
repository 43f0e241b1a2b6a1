import { needsAttribute, project } from "#scim/schema/project.ts";
import type { ProjectionRequest } from "#scim/schema/project.ts";
import { selectScimUserParts } from "../../db/sql/scim-users.ts";
import type { ScimUserRow } from "../../db/sql/scim-users.ts";
import type { Queryable } from "../../db/queryable.ts";
import type { UserRow } from "../../db/sql/users.ts";
import type { Call, Reply } from "./call.ts";
import { etagOf } from "./etag.ts";
import { projectionOf } from "./projection.ts";
import { hasManager, presentUser } from "./user-resource.ts";

/** Whether an answer shows the groups of users, which are looked up only then. */
export function showsGroups(call: Call, request: ProjectionRequest): boolean {
  return needsAttribute(call.types.user, request, "groups");
}

/** Completes a user who was just written with what the answer shows beside the row. */
export async function withParts(from: Queryable, call: Call, user: UserRow): Promise<ScimUserRow> {
  const withGroups = showsGroups(call, projectionOf(call.query));
  if (!withGroups && !hasManager(user)) return { ...user, groups: null, manager_name: null };
  return { ...user, ...(await selectScimUserParts(from, user.id, withGroups)) };
}

/** The answer with one user (RFC 7644 §3.3, §3.4.1). */
export function userReply(call: Call, status: 200 | 201, row: ScimUserRow): Reply {
  const { user } = call.types;
  const location = `${call.baseUrl}/Users/${row.id}`;
  return {
    status,
    headers: { ETag: etagOf(row.version), Location: location },
    body: project(presentUser(row, user, call.baseUrl), user, projectionOf(call.query)),
  };
}
