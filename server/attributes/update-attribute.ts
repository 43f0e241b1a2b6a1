import { changesBetween, record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import { countHolders, lockAttributes, saveAttribute, setUnique } from "../db/sql/attributes.ts";
import type { AttributeRow } from "../db/sql/attributes.ts";
import { brokenUniqueIndex } from "../db/unique-violation.ts";
import type { Work } from "../db/work.ts";
import { allow } from "../permissions/rules.ts";
import { checkDefinition, columnsOf, definitionTaken, fieldsOf, tidied } from "./check-definition.ts";
import type { AttributeFields } from "./check-definition.ts";
import { attributeRules } from "./policy.ts";
import { forgetAttributes, readAttributes } from "./read-attributes.ts";

/**
 * Changes the definition of an attribute (U17). Its name and type stay once somebody has a value: apps and directories
 * know it by the one, and values fit the other. What becomes required is missed only when somebody is created or
 * edited; a choice that goes leaves the values that were made by it.
 *
 * @param change what is left out stays
 * @throws access.denied attribute.missing attribute.inUse attribute.valuesNotUnique attribute.nameTaken
 *         attribute.claimTaken, and what `checkDefinition` throws
 */
export async function updateAttribute(work: Work, id: string, change: Partial<AttributeFields>): Promise<void> {
  allow(attributeRules, work.actor, "attribute.change", null);
  await lockAttributes(work.tx);
  const row = await findAttribute(work, id);
  const [before, after] = [fieldsOf(row), tidied({ ...fieldsOf(row), ...change })];
  const changes = changesBetween({ ...before }, { ...after });
  if (changes === undefined) return;
  checkDefinition(after);
  const fixed = (["name", "type", "isMultiValued"] as const).find((field) => field in changes);
  if (fixed !== undefined && (await countHolders(work.tx, row.number, 1)) > 0) {
    throw failure("attribute.inUse", { field: fixed });
  }
  try {
    await saveAttribute(work.tx, { ...row, ...columnsOf(after), updated_at: work.now });
    if (after.isUnique !== before.isUnique) await setUnique(work.tx, row.number, after.isUnique);
  } catch (error) {
    throw definitionTaken(error) ?? valuesAlike(error) ?? error;
  }
  forgetAttributes(work.tx);
  record(work, { type: "attribute.updated", subject: { kind: "attribute", id: row.id, name: after.name }, changes });
}

/** One definition, as it is in this moment. @throws attribute.missing */
export async function findAttribute(work: Work, id: string): Promise<AttributeRow> {
  forgetAttributes(work.tx);
  const found = (await readAttributes(work.tx)).list.find(({ row }) => row.id === id.toLowerCase());
  if (found === undefined) throw failure("attribute.missing");
  return found.row;
}

function valuesAlike(error: unknown) {
  return brokenUniqueIndex(error) === "user_attribute_keys_unique"
    ? failure("attribute.valuesNotUnique", { field: "isUnique", cause: error })
    : undefined;
}
