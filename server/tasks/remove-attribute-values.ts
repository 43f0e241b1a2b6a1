import { deleteAttributeRow, removeSomeValues } from "../db/sql/attributes.ts";
import type { House } from "../house.ts";
import type { Jobs } from "../jobs/add-job.ts";

/** Accounts in one statement: nobody waits long for their locks. */
const batch = 500;

/**
 * Takes the values of a deleted attribute from everybody who has one, then forgets the attribute. Nobody sees them any
 * more by then. What is done stays done, so a worker that dies is followed by another that goes on.
 */
export async function removeAttributeValues(
  house: House,
  { attributeId, number }: Jobs["attribute.removeValues"],
): Promise<void> {
  while ((await removeSomeValues(house.db, number, batch, house.now())) > 0);
  await deleteAttributeRow(house.db, attributeId);
}
