import type { Command } from "../command.ts";
import { table } from "../print/table.ts";
import { flagName } from "./flag-name.ts";

const everywhere = [
  ["--json", "print one JSON object instead of words for people"],
  ["--help", "print this"],
];

/** What `gatehouse --help` and `gatehouse user --help` print. */
export function helpOf(commands: readonly Command[]): string {
  const lines = [["start", "Run the server, and the worker beside it"], ...commands.map(lineOf)];
  return [
    "Gatehouse, a self-hosted identity provider.",
    "",
    "gatehouse COMMAND [--json]",
    "",
    indent(table(lines)),
    "",
    "`gatehouse COMMAND --help` tells more about one of them.",
  ].join("\n");
}

/** What `gatehouse user --help` prints. */
export function helpOfNoun(noun: string, commands: readonly Command[]): string {
  return [
    `gatehouse ${noun} …`,
    "",
    indent(table(commands.map(lineOf))),
    "",
    `\`gatehouse ${noun} … --help\` tells more about one of them.`,
  ].join("\n");
}

/** What `gatehouse user create --help` prints. */
export function helpOfCommand(command: Command): string {
  const flags = Object.entries(command.flags);
  const isOptional = ([, flag]: (typeof flags)[number]) => flag.required !== true;
  const usage = ["gatehouse", command.name, ...command.words.map(word)];
  usage.push(...flags.filter((one) => !isOptional(one)).map(([key, flag]) => written(key, flag)));
  if (flags.some(isOptional)) usage.push("[FLAGS]");
  return [
    usage.join(" "),
    "",
    `${command.summary}.`,
    ...(command.notes.length === 0 ? [] : ["", ...command.notes]),
    "",
    indent(table([...flags.map(([key, flag]) => [written(key, flag), flag.summary]), ...everywhere])),
  ].join("\n");
}

function lineOf(command: Command): string[] {
  return [[command.name, ...command.words.map(word)].join(" "), command.summary];
}

function word(name: string): string {
  return name.endsWith("?") ? `[${name.slice(0, -1)}]` : name;
}

function written(key: string, flag: Command["flags"][string]): string {
  if (flag.kind === "switch") return flagName(key);
  return `${flagName(key)} ${flag.value ?? flag.choices?.join("|") ?? "VALUE"}${flag.kind === "list" ? "…" : ""}`;
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}
