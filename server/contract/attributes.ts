import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { byId, id, noReply, nothing, time } from "./shapes.ts";

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

/** A value of an attribute: what its type is, or a list of that. A moment is a text such as 2026-11-02T08:30:00Z. */
export const attributeValue = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.array(z.union([z.string(), z.number(), z.boolean()])),
]);
export type AttributeValue = z.infer<typeof attributeValue>;

/** Values by the names of their attributes. */
export const attributeValues = z.record(z.string(), attributeValue);

/** Values to be set; null takes one away, what is not named stays. */
export const attributeChanges = z.record(z.string().max(100), attributeValue.nullable());

const label = z.string().max(attributeLimits.labelCharacters);

const fields = {
  /** Letters, digits, `_` and `-`, beginning with a letter; directories and this API call the attribute so. */
  name: z.string().min(1).max(attributeLimits.nameCharacters),
  /** What forms call it; without a Japanese one the English one serves for both. */
  labels: z.object({ en: label.min(1), ja: label.nullable() }).strict(),
  description: z.string().max(attributeLimits.descriptionCharacters),
  type: z.enum(attributeTypes),
  isMultiValued: z.boolean(),
  /** Where there are some, no other value is taken. */
  canonicalValues: z.array(z.string().min(1).max(attributeLimits.valueCharacters)).max(attributeLimits.canonicalValues),
  /** Whoever is created must have a value, and nobody can lose theirs. */
  isRequired: z.boolean(),
  /** No two accounts may have the same value; texts without regard to case. */
  isUnique: z.boolean(),
  /** Users see their own value. */
  isVisible: z.boolean(),
  /** Users may change their own value. */
  isEditable: z.boolean(),
  /** Apps get the value as this claim, with the scope `profile`. */
  claim: z.string().max(attributeLimits.claimCharacters).nullable(),
  /** What directories may do over SCIM. */
  scim: z.enum(scimReaches),
};

/** The definition of an attribute. */
export const attributeRow = z.object({ id, ...fields, createdAt: time, updatedAt: time });

const { name, labels, type, ...optional } = fields;

export const newAttribute = z.object({ name, labels, type, ...z.object(optional).partial().shape }).strict();
export const attributeChange = z.object(fields).partial().strict();

const unfit = [
  "attribute.nameInvalid",
  "attribute.nameReserved",
  "attribute.nameTaken",
  "attribute.labelMissing",
  "attribute.claimInvalid",
  "attribute.claimReserved",
  "attribute.claimTaken",
  "attribute.booleanAlone",
  "attribute.choicesNeedText",
  "attribute.editableUnseen",
] as const;

/** Why the values of somebody's attributes may be refused. */
export const valueFailures = [
  "attribute.unknown",
  "attribute.valueInvalid",
  "attribute.valueNotAllowed",
  "attribute.valueRequired",
  "attribute.valueTaken",
  "attribute.changed",
] as const;

export const listAttributes = endpoint({
  method: "GET",
  path: "/attributes",
  summary: "Attributes of users that the organization defines",
  // Whoever fills in a form must know what is in it.
  permission: null,
  params: nothing,
  query: nothing,
  body: nothing,
  status: 200,
  reply: z.object({ items: z.array(attributeRow) }),
  failures: [],
});

export const createAttribute = endpoint({
  method: "POST",
  path: "/attributes",
  summary: "Define an attribute of users",
  permission: "settings",
  params: nothing,
  query: nothing,
  body: newAttribute,
  status: 201,
  reply: attributeRow,
  failures: [...unfit, "attribute.tooMany"],
});

export const getAttribute = endpoint({
  method: "GET",
  path: "/attributes/:id",
  summary: "One attribute, and how many accounts have a value",
  permission: "settings",
  params: byId,
  query: nothing,
  body: nothing,
  status: 200,
  reply: attributeRow.extend({
    /** Exact up to 10,000; past it, `accountsWithValueAreMore` says so. */
    accountsWithValue: z.number().int(),
    accountsWithValueAreMore: z.boolean(),
  }),
  failures: ["attribute.missing"],
});

export const updateAttribute = endpoint({
  method: "PATCH",
  path: "/attributes/:id",
  summary: "Change an attribute; name and type stay once somebody has a value",
  permission: "settings",
  params: byId,
  query: nothing,
  body: attributeChange,
  status: 200,
  reply: attributeRow,
  failures: ["attribute.missing", ...unfit, "attribute.inUse", "attribute.valuesNotUnique"],
});

export const deleteAttribute = endpoint({
  method: "DELETE",
  path: "/attributes/:id",
  summary: "Delete an attribute and remove its values from all accounts",
  permission: "settings",
  params: byId,
  query: nothing,
  body: nothing,
  status: 204,
  reply: noReply,
  failures: ["attribute.missing"],
});
