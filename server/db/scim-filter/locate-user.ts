import type { AttributeType } from "#scim/schema/attribute.ts";
import type { ResolvedPath } from "#scim/schema/resolve-path.ts";
import { gatehouseUserUrn } from "#scim/schema/resource-type.ts";
import type { ResourceType } from "#scim/schema/resource-type.ts";
import type { Locate } from "./compile-filter.ts";
import { fromResource, quoteName } from "./from-resource.ts";
import type { Shortcut, Source } from "./source.ts";

/**
 * Where the attributes of a User are: columns of `users u`, else the resource in it.
 *
 * @param baseUrl address of the SCIM root, without a slash at the end
 * @param numbers the numbers of the organization's own attributes, by their names
 */
export function locateUser(type: ResourceType, baseUrl: string, numbers: ReadonlyMap<string, number>): Locate {
  return (path) => {
    if (path.extension === gatehouseUserUrn) return customValues(path, numbers);
    if (path.extension === undefined && path.attribute.name === "schemas") return schemasOf(type, numbers);
    return column(path, baseUrl) ?? fromResource(path, "u.resource");
  };
}

// Parts of names are found by users_search: what contains the part contains it in `search`, too.
const inSearch: Shortcut = {
  ops: ["co", "sw", "ew"],
  // Three characters make a trigram; fewer would read the whole index.
  fits: (literal) => [...literal].length >= 3,
  exact: false,
  sql: (literal) => `u.search like lower(${literal})`,
  bound: (literal) => `%${literal.replace(/[\\%_]/g, "\\$&")}%`,
};

function text(sql: string, shortcut?: Shortcut): Source & { kind: "text" } {
  return { kind: "text", sql, caseExact: false, ...(shortcut === undefined ? {} : { shortcut }) };
}

function column(path: ResolvedPath, baseUrl: string): Source | undefined {
  const { attribute, sub, extension } = path;
  const name = sub === undefined ? attribute.name : `${attribute.name}.${sub.name}`;
  if (extension !== undefined) return enterpriseColumn(path, name);
  switch (name) {
    case "id":
      return { kind: "id", sql: "u.id" };
    case "externalId":
      return { kind: "text", sql: "u.external_id", caseExact: true, isKey: true };
    case "userName":
      return { ...text("u.username", inSearch), isKey: true };
    case "displayName":
      return text("u.display_name", inSearch);
    case "name.givenName":
      return text("u.given_name", inSearch);
    case "name.familyName":
      return text("u.family_name", inSearch);
    case "name":
      return { kind: "parts", parts: [text("u.given_name"), text("u.family_name"), ...partsInResource(path)] };
    case "locale":
      return text("coalesce(u.locale, u.resource ->> 'locale')");
    case "timezone":
      return text("coalesce(u.time_zone, u.resource ->> 'timezone')");
    case "active":
      return { kind: "boolean", sql: "u.disabled_at is null" };
    case "meta.version":
      return { kind: "text", sql: `'W/"' || u.version || '"'`, caseExact: true };
    case "meta.created":
      return { kind: "instant", sql: "u.created_at" };
    case "meta.lastModified":
      return { kind: "instant", sql: "u.updated_at" };
    case "meta.resourceType":
      return { kind: "known", values: [{ value: "User", when: "true" }], caseExact: true };
    case "meta.location":
      return { kind: "text", sql: `${quoteAddress(`${baseUrl}/Users/`)} || u.id::text`, caseExact: true };
    case "meta":
      return { kind: "known", values: [{ value: "", when: "true" }], caseExact: true };
    default:
  }
  if (attribute.name === "groups") return groupsOfUser(baseUrl);
  if (attribute.name === "emails") return withEmailValues(fromResource(path, "u.resource"));
  return undefined;
}

function enterpriseColumn({ extension, sub }: ResolvedPath, name: string): Source | undefined {
  if (extension !== "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User") return undefined;
  if (name === "manager.value") return { kind: "text", sql: "u.manager_id", caseExact: true, isKey: true };
  if (name !== "manager.displayName" || sub === undefined) return undefined;
  return text(`(select b.display_name from users b where b.id::text = u.manager_id
    and b.directory_id = u.directory_id and b.deleted_at is null)`);
}

function partsInResource(path: ResolvedPath): Source[] {
  const rest = fromResource({ ...path, sub: undefined }, "u.resource");
  return rest.kind === "parts" ? rest.parts : [];
}

/** The core URN always, and the extensions that have data (RFC 7643 §3). */
function schemasOf(type: ResourceType, numbers: ReadonlyMap<string, number>): Source {
  const keys = [...numbers.values()].map((number) => `'${number}'`).join(", ");
  const extensions = type.extensions.map(({ schema }) => ({
    value: schema.id,
    when:
      schema.id === gatehouseUserUrn ? `u.custom ?| array[${keys}]::text[]` : `u.resource ? ${quoteName(schema.id)}`,
  }));
  return { kind: "known", values: [{ value: type.schema.id, when: "true" }, ...extensions], caseExact: false };
}

/**
 * Values of an attribute of the organization. Uses the index of user_attribute_keys for its type, each of which begins
 * with the attribute and ends with the user.
 */
function customValues({ attribute }: ResolvedPath, numbers: ReadonlyMap<string, number>): Source {
  const number = numbers.get(attribute.name);
  if (number === undefined) return { kind: "absent" };
  const key = keyOf(attribute.type);
  if (key === undefined) return { kind: "absent" };
  // The first value is the one that a user is sorted by. That the key is there is what the index is on.
  const first = `k.attribute = ${number} and k.place = 0 and ${key.sql} is not null`;
  return {
    kind: "elements",
    elements: {
      from: "user_attribute_keys k",
      where: `k.user_id = u.id and k.attribute = ${number}`,
      order: "k.place",
      part: () => key,
      inOrder: {
        from: "user_attribute_keys k join users u on u.id = k.user_id",
        where: first,
        id: "k.user_id",
        value: key,
        isMissing: `not exists (select from user_attribute_keys k where k.user_id = u.id and ${first})`,
      },
    },
  };
}

/** The column of an attribute's values by its type; undefined for types that organizations do not define. */
function keyOf(type: AttributeType): Extract<Source, { sql: string }> | undefined {
  switch (type) {
    case "string":
      return { kind: "text", sql: "k.text_key", caseExact: false, isSmall: true };
    case "reference":
      return { kind: "text", sql: "k.text_key", caseExact: true };
    case "integer":
    case "decimal":
      return { kind: "number", sql: "k.number_key" };
    case "dateTime":
      return { kind: "instant", sql: "k.time_key" };
    case "boolean":
      return { kind: "boolean", sql: "k.boolean_key" };
    case "binary":
    case "complex":
      return undefined;
  }
}

/** Direct groups of the same directory. Uses group_members_user. */
function groupsOfUser(baseUrl: string): Source {
  return {
    kind: "elements",
    elements: {
      from: "group_members gm join groups mg on mg.id = gm.group_id",
      where: "gm.user_id = u.id and mg.directory_id = u.directory_id",
      order: "gm.group_id",
      part(sub) {
        if (sub === undefined || sub === "value") return { kind: "id", sql: "gm.group_id" };
        if (sub === "display") return text("mg.display_name");
        if (sub === "type") return { kind: "known", values: [{ value: "direct", when: "true" }], caseExact: false };
        return { kind: "text", sql: `${quoteAddress(`${baseUrl}/Groups/`)} || gm.group_id::text`, caseExact: true };
      },
    },
  };
}

/** The function looks into users_email_values, whose entries are the values of the emails in small letters. */
function withEmailValues(source: Source): Source {
  if (source.kind !== "elements") return source;
  const shortcut: Shortcut = {
    ops: ["eq"],
    sub: "value",
    // Between brackets other conditions follow; on its own it is all that is asked.
    exact: true,
    sql: (literal) => `u.id in (select users_with_email(${literal}::text))`,
  };
  return { kind: "elements", elements: { ...source.elements, shortcut } };
}

function quoteAddress(address: string): string {
  return `'${address.replaceAll("'", "''")}'`;
}
