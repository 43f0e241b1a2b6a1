import { UsageError } from "./command.ts";
import type { Answer, Call, Command } from "./command.ts";
import { commands } from "./commands.ts";
import { complain } from "./complain.ts";
import { openForCommand, operator } from "./open-house.ts";
import type { OpenHouse } from "./open-house.ts";
import { findCommand, nounOf } from "./words/find-command.ts";
import { helpOf, helpOfCommand, helpOfNoun } from "./words/help.ts";
import { readWords } from "./words/read-words.ts";

export interface Outcome {
  /** For standard output: the answer and nothing else. */
  output: string;
  /** For standard error: one sentence when it failed. */
  complaint: string;
  code: 0 | 1;
}

/** Runs one command line to its end. */
export async function run(given: readonly string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  let command: Command | undefined;
  try {
    const { words, json, help } = takeGlobal(given);
    if (words.length === 0) return help || given.length === 0 ? answered(helpOf(commands)) : refuseNothing();
    const found = findCommand(commands, words);
    if (found === undefined) return noun(words[0] ?? "", help);
    command = found.command;
    if (help) return answered(helpOfCommand(command));
    const answer = await act(command, readWords(command, found.rest), env);
    const output = json ? JSON.stringify(answer.json) : answer.text;
    return { output, complaint: "", code: answer.failed === true ? 1 : 0 };
  } catch (error) {
    return { output: "", complaint: complain(error, command, env), code: 1 };
  }
}

async function act(
  command: Command,
  { flags, words }: ReturnType<typeof readWords>,
  env: NodeJS.ProcessEnv,
): Promise<Answer> {
  let opening: Promise<OpenHouse> | undefined;
  const house = async () => (await (opening ??= openForCommand(env))).house;
  const call = {
    flags,
    words,
    env,
    house,
    async work(doIt) {
      const { inWork } = await import("#server/db/work.ts");
      return await inWork(await house(), operator(), doIt);
    },
    readInput,
    tell: (sentence) => void process.stderr.write(`${sentence}\n`),
  } as Call;
  try {
    return await command.run(call);
  } finally {
    // One that could not be opened has told why already.
    await opening?.then(
      (open) => open.close(),
      () => {},
    );
  }
}

/** `--json` and `--help` may stand anywhere before `--`. */
function takeGlobal(given: readonly string[]): { words: string[]; json: boolean; help: boolean } {
  const end = given.includes("--") ? given.indexOf("--") : given.length;
  const own = given.slice(0, end);
  const isGlobal = (word: string) => ["--json", "--help", "-h"].includes(word);
  return {
    words: [...own.filter((word) => !isGlobal(word)), ...given.slice(end)],
    json: own.includes("--json"),
    help: own.includes("--help") || own.includes("-h") || own[0] === "help",
  };
}

function noun(name: string, help: boolean): Outcome {
  const own = commands.filter((command) => nounOf(command) === name);
  if (help) return answered(helpOfNoun(name, own));
  const verbs = own.map((command) => command.name.slice(name.length + 1));
  throw new UsageError(`\`gatehouse ${name}\` needs one more word: ${verbs.join(", ")}.`);
}

function refuseNothing(): never {
  throw new UsageError("Which command? `gatehouse --help` lists all.");
}

function answered(output: string): Outcome {
  return { output, complaint: "", code: 0 };
}

async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks)
    .toString("utf8")
    .replace(/\r?\n$/, "");
}
