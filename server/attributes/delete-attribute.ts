import { record } from "../audit/record.ts";
import { countHolders, deleteAttributeRow, hideAttribute, lockAttributes } from "../db/sql/attributes.ts";
import type { Work } from "../db/work.ts";
import { addJob } from "../jobs/add-job.ts";
import { allow } from "../permissions/rules.ts";
import { attributeRules } from "./policy.ts";
import { forgetAttributes } from "./read-attributes.ts";
import { findAttribute } from "./update-attribute.ts";

/** How far the accounts with a value are counted. */
export const mostCounted = 10_000;

/**
 * Deletes an attribute with all its values (U17). Nobody sees them from the commit on, and the name is free; a job
 * removes them from the accounts.
 *
 * @throws access.denied attribute.missing
 */
export async function deleteAttribute(work: Work, id: string): Promise<void> {
  allow(attributeRules, work.actor, "attribute.change", null);
  await lockAttributes(work.tx);
  const row = await findAttribute(work, id);
  const holders = await countHolders(work.tx, row.number, mostCounted);
  if (holders === 0) await deleteAttributeRow(work.tx, row.id);
  else {
    await hideAttribute(work.tx, row.id, work.now);
    addJob(work.tx, "attribute.removeValues", { attributeId: row.id, number: row.number }, { maxAttempts: 25 });
  }
  forgetAttributes(work.tx);
  record(work, {
    type: "attribute.deleted",
    subject: { kind: "attribute", id: row.id, name: row.name },
    details: { accountsWithValue: holders, ...(holders === mostCounted ? { orMore: true } : {}) },
  });
}
