import { commonAttributes } from "#scim/schema/common-attributes.ts";
import { enterpriseUserSchema } from "#scim/schema/enterprise-user-schema.ts";
import { groupSchema } from "#scim/schema/group-schema.ts";
import { userSchema } from "#scim/schema/user-schema.ts";
import { attributeLimits } from "../contract/attributes.ts";
import type { AttributeType, ScimReach } from "../contract/attributes.ts";
import { failure } from "../contract/failure.ts";
import type { Failure } from "../contract/failure.ts";
import type { AttributeRow } from "../db/sql/attributes.ts";
import { brokenUniqueIndex } from "../db/unique-violation.ts";

/** An attribute as an administrator defines it. */
export interface AttributeFields {
  name: string;
  labels: { en: string; ja: string | null };
  description: string;
  type: AttributeType;
  isMultiValued: boolean;
  /** Where there are some, no other value is taken. */
  canonicalValues: string[];
  isRequired: boolean;
  isUnique: boolean;
  /** Whether users see their own value. */
  isVisible: boolean;
  isEditable: boolean;
  /** The claim that apps get it as, with the scope `profile`; null is none. */
  claim: string | null;
  scim: ScimReach;
}

// What RFC 7643 §2.1 and RFC 7644 §3.4.2.2 both call a name: the one allows "$", the other could not filter by it.
const namePattern = /^[A-Za-z][A-Za-z0-9_-]*$/;

// Names stand without their URN, too, and must not mean anything else then; not even in a search of all types.
const reservedNames = new Set(
  [
    ...commonAttributes.keys(),
    ...[userSchema, enterpriseUserSchema, groupSchema].flatMap(({ attributes }) => attributes.map(({ name }) => name)),
  ].map((name) => name.toLowerCase()),
);

// A word, or a name made unique by an address (OpenID Connect Core §5.1.2).
const claimPattern = /^[A-Za-z][A-Za-z0-9_.:/-]*$/;

// What tokens and claims mean by themselves: RFC 7519 §4.1, OpenID Connect Core §2, §3.1.3.6, §5.1, §5.6.2, RFC 7800,
// RFC 8693, RFC 9068, OpenID Connect Front- and Back-Channel Logout.
const reservedClaims = new Set(
  `iss sub aud exp nbf iat jti acr amr azp auth_time nonce at_hash c_hash s_hash sid sub_jwk events cnf act may_act
   scope client_id roles groups entitlements _claim_names _claim_sources name given_name family_name middle_name nickname
   preferred_username profile picture website email email_verified gender birthdate zoneinfo locale phone_number
   phone_number_verified address updated_at constructor prototype`.split(/\s+/),
);

/**
 * Checks a definition as a whole.
 *
 * @throws attribute.nameInvalid attribute.nameReserved attribute.labelMissing attribute.claimInvalid
 *         attribute.claimReserved attribute.booleanAlone attribute.choicesNeedText attribute.editableUnseen
 */
export function checkDefinition(fields: AttributeFields): void {
  const { name, type, claim } = fields;
  if (!namePattern.test(name) || name.length > attributeLimits.nameCharacters) {
    throw failure("attribute.nameInvalid", { field: "name" });
  }
  if (reservedNames.has(name.toLowerCase())) throw failure("attribute.nameReserved", { field: "name" });
  if (fields.labels.en.trim() === "") throw failure("attribute.labelMissing", { field: "labels.en" });
  if (claim !== null) {
    if (!claimPattern.test(claim) || claim.length > attributeLimits.claimCharacters) {
      throw failure("attribute.claimInvalid", { field: "claim" });
    }
    if (reservedClaims.has(claim)) throw failure("attribute.claimReserved", { field: "claim" });
  }
  if (type === "boolean" && fields.isUnique) throw failure("attribute.booleanAlone", { field: "isUnique" });
  if (type === "boolean" && fields.isMultiValued) throw failure("attribute.booleanAlone", { field: "isMultiValued" });
  if (type !== "string" && fields.canonicalValues.length > 0) {
    throw failure("attribute.choicesNeedText", { field: "canonicalValues" });
  }
  if (fields.isEditable && !fields.isVisible) throw failure("attribute.editableUnseen", { field: "isEditable" });
}

/** A definition as it is kept: texts without space around them, each choice once. */
export function tidied(fields: AttributeFields): AttributeFields {
  const choices = new Map<string, string>();
  for (const text of fields.canonicalValues) {
    const choice = text.trim();
    const key = choice.toLowerCase();
    if (choice !== "" && !choices.has(key)) choices.set(key, choice);
  }
  const { en, ja } = fields.labels;
  return {
    ...fields,
    name: fields.name.trim(),
    labels: { en: en.trim(), ja: ja?.trim() || null },
    description: fields.description.trim(),
    canonicalValues: [...choices.values()],
    claim: fields.claim?.trim() || null,
  };
}

/** The columns of a definition. */
export function columnsOf(fields: AttributeFields) {
  return {
    name: fields.name,
    label_en: fields.labels.en,
    label_ja: fields.labels.ja,
    description: fields.description,
    type: fields.type,
    is_multi_valued: fields.isMultiValued,
    canonical_values: fields.canonicalValues,
    is_required: fields.isRequired,
    is_unique: fields.isUnique,
    is_visible: fields.isVisible,
    is_editable: fields.isEditable,
    claim: fields.claim,
    scim: fields.scim,
  };
}

/** The definition that is stored. */
export function fieldsOf(row: AttributeRow): AttributeFields {
  return {
    name: row.name,
    labels: { en: row.label_en, ja: row.label_ja },
    description: row.description,
    type: row.type,
    isMultiValued: row.is_multi_valued,
    canonicalValues: row.canonical_values,
    isRequired: row.is_required,
    isUnique: row.is_unique,
    isVisible: row.is_visible,
    isEditable: row.is_editable,
    claim: row.claim,
    scim: row.scim,
  };
}

/** The refusal behind a broken index of `attributes`, or undefined. */
export function definitionTaken(error: unknown): Failure | undefined {
  const index = brokenUniqueIndex(error);
  if (index === "attributes_name_key") return failure("attribute.nameTaken", { field: "name", cause: error });
  if (index === "attributes_claim_key") return failure("attribute.claimTaken", { field: "claim", cause: error });
  return undefined;
}
