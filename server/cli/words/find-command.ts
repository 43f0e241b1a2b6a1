import { UsageError } from "../command.ts";
import type { Command } from "../command.ts";
import { nearest } from "./nearest.ts";

/**
 * The command that the first words name, and the words behind its name.
 *
 * @returns undefined for a noun alone, such as `user`
 * @throws UsageError there is no such command; with the nearest one
 */
export function findCommand(
  commands: readonly Command[],
  given: readonly string[],
): { command: Command; rest: string[] } | undefined {
  const [noun = "", verb] = given;
  const alone = commands.find((command) => command.name === noun);
  if (alone !== undefined) return { command: alone, rest: given.slice(1) };
  const verbs = commands.filter((command) => command.name.startsWith(`${noun} `));
  if (verbs.length === 0) throw unknown(noun, [...new Set(commands.map(nounOf)), "start"]);
  if (verb === undefined) return undefined;
  const command = verbs.find((one) => one.name === `${noun} ${verb}`);
  if (command !== undefined) return { command, rest: given.slice(2) };
  throw unknown(
    `${noun} ${verb}`,
    verbs.map((one) => one.name),
  );
}

/** `user` of `user create`. */
export function nounOf(command: Command): string {
  return command.name.split(" ")[0] ?? "";
}

function unknown(name: string, known: string[]): UsageError {
  const meant = nearest(name, known);
  const hint = meant === undefined ? "`gatehouse --help` lists all." : `Did you mean \`${meant}\`?`;
  return new UsageError(`There is no command \`${name}\`. ${hint}`);
}
