import { record } from "../audit/record.ts";
import { attributeLimits } from "../contract/attributes.ts";
import { failure } from "../contract/failure.ts";
import { insertAttribute, lockAttributes } from "../db/sql/attributes.ts";
import type { Work } from "../db/work.ts";
import { newId } from "../kernel/ids.ts";
import type { AttributeId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { checkDefinition, columnsOf, definitionTaken, tidied } from "./check-definition.ts";
import type { AttributeFields } from "./check-definition.ts";
import { attributeRules } from "./policy.ts";
import { forgetAttributes, readAttributes } from "./read-attributes.ts";

/** What an attribute is when nothing else is said. */
const standard = {
  description: "",
  isMultiValued: false,
  canonicalValues: [],
  isRequired: false,
  isUnique: false,
  isVisible: false,
  isEditable: false,
  claim: null,
  scim: "readWrite",
} satisfies Partial<AttributeFields>;

export type NewAttribute = Pick<AttributeFields, "name" | "labels" | "type"> & Partial<AttributeFields>;

/**
 * Defines an attribute of users (U17). It holds in all processes from the commit on.
 *
 * @throws access.denied attribute.tooMany attribute.nameTaken attribute.claimTaken, and what `checkDefinition` throws
 */
export async function createAttribute(work: Work, wanted: NewAttribute): Promise<AttributeId> {
  allow(attributeRules, work.actor, "attribute.change", null);
  const fields = tidied({ ...standard, ...wanted });
  checkDefinition(fields);
  await lockAttributes(work.tx);
  forgetAttributes(work.tx);
  const { list } = await readAttributes(work.tx);
  if (list.length >= attributeLimits.attributes) throw failure("attribute.tooMany");
  const id = newId<AttributeId>(work.now);
  try {
    await insertAttribute(work.tx, { id, ...columnsOf(fields), created_at: work.now, updated_at: work.now });
  } catch (error) {
    throw definitionTaken(error) ?? error;
  }
  forgetAttributes(work.tx);
  record(work, {
    type: "attribute.created",
    subject: { kind: "attribute", id, name: fields.name },
    details: { ...fields },
  });
  return id;
}
