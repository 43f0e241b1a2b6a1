import type { Json, JsonObject } from "#scim/schema/json.ts";
import type { ResourceType } from "#scim/schema/resource-type.ts";
import { withSchemas } from "#scim/schema/with-schemas.ts";
import type { GroupRow, MemberRow } from "../../db/sql/groups.ts";
import { etagOf } from "../shell/etag.ts";

/** The Group as the client wrote it, without its members: what PUT and PATCH start from. */
export function storedGroup(row: GroupRow, type: ResourceType): JsonObject {
  return withSchemas(
    {
      ...(row.resource as JsonObject),
      displayName: row.display_name,
      ...(row.external_id === null ? {} : { externalId: row.external_id }),
    },
    type,
  );
}

/** The Group as it goes out, before attributes are chosen. Members are there only when they are given. */
export function presentGroup(
  row: GroupRow,
  type: ResourceType,
  baseUrl: string,
  members?: readonly MemberRow[],
): JsonObject {
  return {
    ...storedGroup(row, type),
    id: row.id,
    ...(members === undefined ? {} : { members: members.map((member) => presentMember(member, baseUrl)) }),
    meta: {
      resourceType: "Group",
      created: row.created_at.toISOString(),
      lastModified: row.updated_at.toISOString(),
      location: `${baseUrl}/Groups/${row.id}`,
      version: etagOf(row.version),
    },
  };
}

/** One value of `members` (RFC 7643 §4.2). */
export function presentMember({ id, kind, display }: MemberRow, baseUrl: string): JsonObject {
  return { value: id, $ref: `${baseUrl}/${kind}s/${id}`, type: kind, display };
}

/** The columns that a Group is kept in. */
export function groupFieldsOf(resource: JsonObject): {
  displayName: string;
  externalId: string | null;
  resource: JsonObject;
} {
  const { schemas: _schemas, id: _id, meta: _meta, members: _members, displayName, externalId, ...rest } = resource;
  return {
    displayName: typeof displayName === "string" ? displayName : "",
    externalId: typeof externalId === "string" && externalId !== "" ? externalId : null,
    resource: rest,
  };
}

/** The ids among the values of `members`, as the reader of bodies left them. */
export function memberIdsOf(members: Json | undefined): string[] {
  if (!Array.isArray(members)) return [];
  return members.flatMap((member) =>
    typeof member === "object" && member !== null && !Array.isArray(member) && typeof member["value"] === "string"
      ? [member["value"]]
      : [],
  );
}
