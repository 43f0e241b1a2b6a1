import type { english } from "./english.ts";

/** The shape of a catalogue: the keys of the English one, so that a missing or a foreign key is a type error. */
type Shape<Part> = {
  readonly [Key in keyof Part]: Part[Key] extends string | readonly string[] | ((...values: never[]) => string)
    ? Part[Key]
    : Shape<Part[Key]>;
};

/** All texts of the console in one language. */
export type Words = Shape<typeof english>;
