import type { JsonObject } from "#scim/schema/json.ts";
import type { AttributeSet } from "#server/attributes/attribute-set.ts";
import { fieldOf, readValues, requireAttribute } from "#server/attributes/custom-values.ts";
import { typedValue } from "#server/attributes/typed-values.ts";
import { UsageError } from "../command.ts";

/**
 * The values in `--attribute NAME=VALUE`. A name that comes again has several; an empty value clears.
 *
 * @returns by name; null for a value to be taken away
 * @throws attribute.unknown attribute.valueInvalid
 */
export function readAttributeFlags(set: AttributeSet, given: readonly string[] = []): JsonObject {
  const texts = new Map<string, string[]>();
  for (const one of given) {
    const at = one.indexOf("=");
    if (at < 1) throw new UsageError("`--attribute` takes NAME=VALUE, such as `--attribute costCode=A-113`.");
    const name = one.slice(0, at);
    texts.set(name, [...(texts.get(name) ?? []), one.slice(at + 1)]);
  }
  const values = [...texts].map(([name, lines]) => [
    name,
    typedValue(requireAttribute(set, name, fieldOf(name)), lines.join("\n")),
  ]);
  return readValues(set, Object.fromEntries(values) as Record<string, unknown>);
}
