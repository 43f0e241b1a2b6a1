import type { Attribute } from "#scim/schema/attribute.ts";
import type { ResolvedPath } from "#scim/schema/resolve-path.ts";
import type { Source } from "./source.ts";

/**
 * Where the values of an attribute are that lives in a `resource` column (jsonb), by its definition alone: attributes
 * that an organization defines need nothing more.
 *
 * @param resource the column, such as `u.resource`
 */
export function fromResource(path: ResolvedPath, resource: string): Source {
  const { attribute, sub, extension } = path;
  const holder = extension === undefined ? resource : `${resource} -> ${quoteName(extension)}`;
  const value = `${holder} -> ${quoteName(attribute.name)}`;
  if (attribute.multiValued) {
    return {
      kind: "elements",
      elements: {
        from: `jsonb_array_elements(case jsonb_typeof(${value}) when 'array' then ${value} end)
          with ordinality as element(item, place)`,
        order: "element.item @> '{\"primary\": true}' desc, element.place",
        part: (name) => partOf(attribute, name, "element.item"),
      },
    };
  }
  if (attribute.type !== "complex") return ofType(attribute, value);
  if (sub !== undefined) return ofType(sub, `${value} -> ${quoteName(sub.name)}`);
  const parts = [...attribute.subAttributes.values()].map((one) => ofType(one, `${value} -> ${quoteName(one.name)}`));
  return { kind: "parts", parts };
}

function partOf(attribute: Attribute, name: string | undefined, item: string): Source {
  if (name === undefined) return ofType(attribute, item);
  const sub = attribute.subAttributes.get(name.toLowerCase());
  if (sub === undefined) return { kind: "absent" };
  const value = `${item} -> ${quoteName(sub.name)}`;
  // "If not specified, the value of primary SHALL be assumed to be false" (RFC 7643 §2.4).
  if (sub.name === "primary") return { kind: "boolean", sql: `coalesce(${value}, 'false') = 'true'` };
  return ofType(sub, value);
}

// What is stored has been checked, but a definition may have changed its type since: a cast must not fail on it.
const dateForm = "'^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)?$'";

/** @param value an expression of type jsonb */
function ofType(attribute: Attribute, value: string): Source {
  const text = `(${value} #>> '{}')`;
  switch (attribute.type) {
    case "boolean":
      return {
        kind: "boolean",
        sql: `case ${value} when 'true'::jsonb then true when 'false'::jsonb then false end`,
      };
    case "integer":
    case "decimal":
      return { kind: "number", sql: `case jsonb_typeof(${value}) when 'number' then ${text}::numeric end` };
    case "dateTime":
      // Without a zone it is UTC, whatever the zone of the database's session.
      return {
        kind: "instant",
        sql: `case when ${text} ~ ${dateForm} then (${text} || case when ${text} ~ '(Z|[+-]\\d\\d:\\d\\d)$' then '' else 'Z' end)::timestamptz end`,
      };
    case "string":
    case "reference":
    case "binary":
      return { kind: "text", sql: text, caseExact: attribute.caseExact };
    case "complex":
      return { kind: "absent" };
  }
}

/**
 * A name of a schema as a SQL literal. It is written out and not bound, so that an index on the same expression fits.
 *
 * @throws Error the name has a character that no attribute and no URN has
 */
export function quoteName(name: string): string {
  if (!/^[\w$:.-]+$/.test(name)) throw new Error(`${JSON.stringify(name)} is no name of an attribute or a schema`);
  return `'${name}'`;
}
