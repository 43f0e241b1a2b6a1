/** Types of the attributes that an organization defines; the words are those of RFC 7643 §2.3. */
export const attributeTypes = ["string", "boolean", "integer", "decimal", "dateTime", "reference"] as const;
export type AttributeType = (typeof attributeTypes)[number];

/** What directories may do with an attribute. */
export const scimReaches = ["none", "read", "readWrite"] as const;
export type ScimReach = (typeof scimReaches)[number];

/** How many attributes there may be, and how much each may hold. */
export const attributeLimits = {
  attributes: 100,
  nameCharacters: 64,
  labelCharacters: 100,
  descriptionCharacters: 500,
  claimCharacters: 100,
  /** UTF-16 units of a text. An index entry of PostgreSQL holds some 2,700 bytes. */
  valueCharacters: 500,
  /** Values of one user in an attribute that takes several. */
  values: 100,
  canonicalValues: 200,
} as const;
