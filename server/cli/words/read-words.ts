import { UsageError } from "../command.ts";
import type { Command, Flag } from "../command.ts";
import { flagName } from "./flag-name.ts";
import { nearest } from "./nearest.ts";

export interface ReadWords {
  flags: Record<string, string | string[] | boolean | undefined>;
  words: (string | undefined)[];
}

type Part = { plain: string } | { key: string; values: string[] };

/**
 * Reads the words behind a command's name. Flags and plain arguments may come in any order, as `--flag value` or
 * `--flag=value`; behind `--` everything is plain.
 *
 * @throws UsageError naming the word that does not fit
 */
export function readWords(command: Command, given: readonly string[]): ReadWords {
  const parts = split(command, given);
  const plain = plainWords(command, parts);
  const flags = Object.fromEntries(
    Object.entries(command.flags).map(([key, flag]) => [key, readFlag(command, key, flag, parts)]),
  );
  return { flags, words: plain };
}

function split(command: Command, given: readonly string[]): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < given.length; at += 1) {
    const word = given[at] ?? "";
    if (word === "--") return [...parts, ...given.slice(at + 1).map((plain) => ({ plain }))];
    if (!isFlag(word)) {
      parts.push({ plain: word });
      continue;
    }
    const [written = "", ...rest] = word.split("=");
    const { key, flag } = findFlag(command, written);
    const values = rest.length > 0 ? [rest.join("=")] : [];
    if (flag.kind === "switch") {
      if (values.length > 0) throw usage(command, `\`${written}\` takes no value`);
    } else if (values.length === 0) {
      const most = flag.kind === "list" ? Number.POSITIVE_INFINITY : 1;
      for (
        let next = given[at + 1];
        next !== undefined && !isFlag(next) && values.length < most;
        next = given[at + 1]
      ) {
        values.push(next);
        at += 1;
      }
      if (values.length === 0) throw usage(command, `\`${written}\` needs a value`);
    }
    parts.push({ key, values });
  }
  return parts;
}

function isFlag(word: string): boolean {
  return word.startsWith("--");
}

function findFlag(command: Command, written: string): { key: string; flag: Flag } {
  for (const [key, flag] of Object.entries(command.flags)) {
    if (flagName(key) === written) return { key, flag };
  }
  const meant = nearest(written, [...Object.keys(command.flags).map(flagName), "--json", "--help"]);
  const hint = meant === undefined ? seeHelp(command) : `Did you mean \`${meant}\`?`;
  throw new UsageError(`\`gatehouse ${command.name}\` has no \`${written}\`. ${hint}`);
}

function plainWords(command: Command, parts: Part[]): (string | undefined)[] {
  const plain = parts.flatMap((part) => ("plain" in part ? [part.plain] : []));
  const needed = command.words.filter((name) => !name.endsWith("?")).length;
  const lists = parts.filter((part) => "values" in part).filter((part) => part.values.length > 1);
  // `app set --redirect-uri A B Wiki`: a list takes all that follows it, and gives back what is missing.
  for (const list of lists.reverse()) {
    while (plain.length < needed && list.values.length > 1) plain.unshift(list.values.pop() ?? "");
  }
  const missing = command.words[plain.length];
  if (plain.length < needed) throw usage(command, `${missing} is missing`);
  const extra = plain[command.words.length];
  if (extra !== undefined) throw usage(command, `\`${extra}\` is one word too many`);
  return command.words.map((_, place) => plain[place]);
}

function readFlag(command: Command, key: string, flag: Flag, parts: Part[]) {
  const name = flagName(key);
  const found = parts.filter((part) => "key" in part).filter((part) => part.key === key);
  if (flag.kind === "switch") return found.length > 0;
  const values = found.flatMap((part) => part.values);
  if (flag.required === true && values.length === 0) throw usage(command, `\`${name} ${flag.value}\` is missing`);
  if (flag.kind === "list") return values.length === 0 ? undefined : values;
  if (values.length > 1) throw usage(command, `\`${name}\` is given twice`);
  const [value] = values;
  if (value !== undefined && flag.choices !== undefined && !flag.choices.includes(value)) {
    throw usage(command, `\`${name}\` is one of ${flag.choices.join(", ")}, not \`${value}\``);
  }
  return value;
}

function usage(command: Command, what: string): UsageError {
  return new UsageError(`${what}. ${seeHelp(command)}`);
}

function seeHelp(command: Command): string {
  return `See \`gatehouse ${command.name} --help\`.`;
}
