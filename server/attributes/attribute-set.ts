import { defineAttribute } from "#scim/schema/attribute.ts";
import type { Attribute, AttributeDefinition } from "#scim/schema/attribute.ts";
import { attributeLimits } from "../contract/attributes.ts";
import type { AttributeRow } from "../db/sql/attributes.ts";

/** An attribute of the organization. */
export interface OwnAttribute {
  row: AttributeRow;
  /** What its values are kept by in `users.custom`. */
  key: string;
  /** The same as SCIM has it: what values must be like is written there once, for directories and forms. */
  scim: Attribute;
}

/** All attributes of the organization, as of one version of them. */
export interface AttributeSet {
  version: number;
  list: readonly OwnAttribute[];
  /** By the name in small letters. */
  byName: ReadonlyMap<string, OwnAttribute>;
  byKey: ReadonlyMap<string, OwnAttribute>;
}

export function makeAttributeSet(version: number, rows: readonly AttributeRow[]): AttributeSet {
  const list = rows.map((row) => ({ row, key: String(row.number), scim: defineAttribute(definitionOf(row)) }));
  return {
    version,
    list,
    byName: new Map(list.map((one) => [one.row.name.toLowerCase(), one])),
    byKey: new Map(list.map((one) => [one.key, one])),
  };
}

/** Those of which users see their own value. */
export function visibleToUser({ version, list }: AttributeSet): AttributeSet {
  return makeAttributeSet(
    version,
    list.map(({ row }) => row).filter((row) => row.is_visible),
  );
}

/** The attribute in the words of RFC 7643 §7. */
export function definitionOf(row: AttributeRow): AttributeDefinition {
  return {
    name: row.name,
    description: row.description === "" ? row.label_en : row.description,
    type: row.type,
    multiValued: row.is_multi_valued,
    required: row.is_required,
    mutability: row.scim === "read" ? "readOnly" : "readWrite",
    uniqueness: row.is_unique ? "server" : "none",
    canonicalValues: row.canonical_values,
    ...(row.type === "reference" ? { referenceTypes: ["external"] } : {}),
    maxItems: attributeLimits.values,
    maxLength: attributeLimits.valueCharacters,
    // Two users without a value must not stand in each other's way.
    emptyIsUnassigned: true,
  };
}
