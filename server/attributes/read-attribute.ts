import type { z } from "zod";
import type { attributeRow } from "../contract/attributes.ts";
import { countHolders } from "../db/sql/attributes.ts";
import type { AttributeRow } from "../db/sql/attributes.ts";
import type { Work } from "../db/work.ts";
import { allow } from "../permissions/rules.ts";
import { fieldsOf } from "./check-definition.ts";
import { mostCounted } from "./delete-attribute.ts";
import { attributeRules } from "./policy.ts";
import { findAttribute } from "./update-attribute.ts";

/**
 * One definition with the number of accounts that have a value, counted up to a limit.
 *
 * @throws access.denied attribute.missing
 */
export async function readAttribute(work: Work, id: string) {
  allow(attributeRules, work.actor, "attribute.change", null);
  const row = await findAttribute(work, id);
  const count = await countHolders(work.tx, row.number, mostCounted + 1);
  return {
    ...presentAttribute(row),
    accountsWithValue: Math.min(count, mostCounted),
    accountsWithValueAreMore: count > mostCounted,
  };
}

/** A definition in the words of the contract. */
export function presentAttribute(row: AttributeRow): z.infer<typeof attributeRow> {
  return {
    id: row.id,
    ...fieldsOf(row),
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
