import { failure } from "../contract/failure.ts";
import type { Failure } from "../contract/failure.ts";
import { brokenUniqueIndex, sqlErrorOf } from "../db/unique-violation.ts";
import type { AttributeSet } from "./attribute-set.ts";
import { fieldOf } from "./custom-values.ts";

/** The state that the trigger of migration 0020 raises. */
const changedMeanwhile = "GH001";

/**
 * The refusal behind a statement that wrote values and failed: somebody else has a value that is unique, or a
 * definition changed between the moment the values were read by it and the moment they were written.
 *
 * @param set the attributes that the values were read by
 * @returns undefined when it failed for another reason
 */
export function valueFailure(error: unknown, set: AttributeSet | undefined): Failure | undefined {
  if (sqlErrorOf(error)?.code === changedMeanwhile) {
    return failure("attribute.changed", { retryAfterSeconds: 1, cause: error });
  }
  if (brokenUniqueIndex(error) !== "user_attribute_keys_unique") return undefined;
  // "Key (attribute, unique_key)=(7, x) already exists.", in whatever language the database speaks.
  const [, number] = /\)=\((\d+), /.exec(sqlErrorOf(error)?.detail ?? "") ?? [];
  const attribute = number === undefined ? undefined : set?.byKey.get(number);
  const field = attribute === undefined ? "attributes" : fieldOf(attribute.row.name);
  return failure("attribute.valueTaken", { field, cause: error });
}
