import { groupSchema } from "#scim/schema/group-schema.ts";
import type { ResolvedPath } from "#scim/schema/resolve-path.ts";
import { isId } from "../../kernel/ids.ts";
import type { Locate } from "./compile-filter.ts";
import { fromResource } from "./from-resource.ts";
import type { Elements, Source } from "./source.ts";

/**
 * Where the attributes of a Group are: columns of `groups g`, else the resource in it.
 *
 * @param baseUrl   address of the SCIM root, without a slash at the end
 * @param directory the place of the bind with the directory's id
 */
export function locateGroup(baseUrl: string, directory: string): Locate {
  return (path) => column(path, baseUrl, directory) ?? fromResource(path, "g.resource");
}

function column({ attribute, sub, extension }: ResolvedPath, baseUrl: string, directory: string): Source | undefined {
  // A search of all types takes the schema of groups for an extension.
  if (extension !== undefined && extension !== groupSchema.id) return undefined;
  switch (sub === undefined ? attribute.name : `${attribute.name}.${sub.name}`) {
    case "id":
      return { kind: "id", sql: "g.id" };
    case "externalId":
      return { kind: "text", sql: "g.external_id", caseExact: true, isKey: true };
    case "displayName":
      return {
        kind: "text",
        sql: "g.display_name",
        caseExact: false,
        isKey: true,
        shortcut: {
          ops: ["eq"],
          exact: true,
          // Uses groups_name_key, which is on these two expressions.
          sql: (literal) =>
            `(coalesce(g.directory_id, '00000000-0000-0000-0000-000000000000'::uuid) = ${directory}
              and lower(g.display_name) = lower(${literal}::text))`,
        },
      };
    case "meta.version":
      return { kind: "text", sql: `'W/"' || g.version || '"'`, caseExact: true };
    case "meta.created":
      return { kind: "instant", sql: "g.created_at" };
    case "meta.lastModified":
      return { kind: "instant", sql: "g.updated_at" };
    case "meta.resourceType":
      return { kind: "known", values: [{ value: "Group", when: "true" }], caseExact: true };
    case "meta.location":
      return { kind: "text", sql: `'${`${baseUrl}/Groups/`.replaceAll("'", "''")}' || g.id::text`, caseExact: true };
    case "meta":
      return { kind: "known", values: [{ value: "", when: "true" }], caseExact: true };
    default:
  }
  if (attribute.name === "schemas") {
    return { kind: "known", values: [{ value: groupSchema.id, when: "true" }], caseExact: false };
  }
  return attribute.name === "members" ? { kind: "elements", elements: membersOfGroup(baseUrl) } : undefined;
}

/**
 * Members of `g` that the directory owns. Uses group_members_pkey and group_groups_pkey, by the id when that is asked
 * for.
 */
export function membersOfGroup(baseUrl: string): Elements {
  const quoted = `'${baseUrl.replaceAll("'", "''")}'`;
  return {
    from: `(
        select gm.user_id as id, 'User' as type, mu.display_name as display
        from group_members gm join users mu on mu.id = gm.user_id
        where gm.group_id = g.id and mu.directory_id = g.directory_id
        union all
        select gg.child_id, 'Group', mg.display_name
        from group_groups gg join groups mg on mg.id = gg.child_id
        where gg.group_id = g.id and mg.directory_id = g.directory_id) member`,
    order: "member.id",
    shortcut: {
      ops: ["eq"],
      sub: "value",
      fits: isId,
      exact: false,
      // Uses group_members_user and group_groups_child: the groups of a person are few, members may be many.
      sql: (literal) => `g.id in (select gm.group_id from group_members gm where gm.user_id = ${literal}::uuid
          union all select gg.group_id from group_groups gg where gg.child_id = ${literal}::uuid)`,
    },
    part(sub) {
      if (sub === undefined || sub === "value") return { kind: "id", sql: "member.id" };
      if (sub === "display") return { kind: "text", sql: "member.display", caseExact: false };
      if (sub === "type") return { kind: "text", sql: "member.type", caseExact: false };
      return {
        kind: "text",
        sql: `${quoted} || '/' || member.type || 's/' || member.id::text`,
        caseExact: true,
      };
    },
  };
}
