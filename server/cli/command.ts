import type { Work } from "#server/db/work.ts";
import type { House } from "#server/house.ts";

/** A flag: `--display-name NAME`. Its key in the table is the same word as in code: `displayName`. */
export interface Flag {
  /** text takes one value; list takes one or more and may be repeated; switch takes none. */
  kind: "text" | "list" | "switch";
  summary: string;
  /** What the help writes for the value: `NAME`. */
  value?: string;
  required?: true;
  choices?: readonly string[];
  /** The word that refusals use for it, where that is another one: `roleId` for `--role`. */
  field?: string;
}

type Flags = Record<string, Flag>;

type GivenFlag<One extends Flag> = One["kind"] extends "switch"
  ? boolean
  : One["kind"] extends "list"
    ? string[] | (One extends { required: true } ? never : undefined)
    : string | (One extends { required: true } ? never : undefined);

type GivenFlags<Some extends Flags> = { [Name in keyof Some]: GivenFlag<Some[Name]> };

/** Plain arguments by place; the name of one that may be left out ends with `?`. */
type GivenWords<Some extends readonly string[]> = {
  [Place in keyof Some]: Some[Place] extends `${string}?` ? string | undefined : string;
};

/** What a command is given. */
export interface Call<SomeFlags extends Flags = Flags, SomeWords extends readonly string[] = readonly string[]> {
  flags: GivenFlags<SomeFlags>;
  words: GivenWords<SomeWords>;
  env: NodeJS.ProcessEnv;
  /** The house, its database migrated; opened when first asked for and closed after the command. */
  house(): Promise<House>;
  /** One unit of work by the operator. */
  work<Result>(act: (work: Work) => Promise<Result>): Promise<Result>;
  /** All of standard input, without the one newline at its end. */
  readInput(): Promise<string>;
  /** Tells how far it is, on standard error: standard output is for the answer. */
  tell(sentence: string): void;
}

/** What a command answers: the object of `--json`, and the words for people. */
export interface Answer {
  json: object;
  text: string;
  /** True: the process ends with 1 although there is an answer (`doctor`). */
  failed?: boolean;
}

/** A command of the table, its types erased. */
export interface Command {
  /** One or two words: `migrate`, `user create`. */
  name: string;
  summary: string;
  words: readonly string[];
  flags: Flags;
  /** Further lines of its help. */
  notes: readonly string[];
  run(call: Call): Promise<Answer>;
}

/**
 * Types a command by its flags and plain arguments.
 *
 * @example
 * command({ name: "user show", summary: "…", words: ["USER"], run: async ({ words: [named] }) => … })
 */
export function command<
  const SomeFlags extends Flags = Record<never, Flag>,
  const SomeWords extends readonly string[] = readonly [],
>(definition: {
  name: string;
  summary: string;
  words?: SomeWords;
  flags?: SomeFlags;
  notes?: readonly string[];
  run(call: Call<SomeFlags, SomeWords>): Promise<Answer>;
}): Command {
  const { name, summary, words = [], flags = {}, notes = [] } = definition;
  // The words are read by this same table, so a call has what its types say.
  const run = async (call: Call) => await definition.run(call as unknown as Call<SomeFlags, SomeWords>);
  return { name, summary, words, flags, notes, run };
}

/** The sentence that a wrong command line is answered with. */
export class UsageError extends Error {
  override name = "UsageError";
}
