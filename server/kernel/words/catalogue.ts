import type { english } from "./english.ts";
import type { PluralForms } from "./fill.ts";

/** The shape of a catalogue: the keys of the English one, with any text; a missing or a foreign key is a type error. */
type Shape<Part> = {
  readonly [Key in keyof Part]: Part[Key] extends string
    ? string
    : Part[Key] extends { other: string }
      ? PluralForms
      : Shape<Part[Key]>;
};

/** All texts of one language. */
export type Words = Shape<typeof english>;
