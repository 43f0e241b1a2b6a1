import { inspect } from "node:util";
import { Failure } from "#server/contract/failure.ts";
import { StartError } from "#server/kernel/start-error.ts";
import { UsageError } from "./command.ts";
import type { Command } from "./command.ts";
import { clean } from "./print/clean.ts";
import { flagName } from "./words/flag-name.ts";

/** What standard error says when a command fails: one sentence that names the flag, where one is to blame. */
export function complain(error: unknown, command: Command | undefined, env: NodeJS.ProcessEnv): string {
  const isVerbose = env["LOG_LEVEL"] === "debug" || env["LOG_LEVEL"] === "trace";
  const details = isVerbose ? `\n${inspect(error)}` : "";
  if (error instanceof Failure) {
    return `${place(error.field, command)}${clean(error.message)}${details}`;
  }
  if (error instanceof StartError || error instanceof UsageError) return `${error.message}${details}`;
  const hint = isVerbose ? "" : " Set LOG_LEVEL=debug and try again to see the details.";
  return `Something went wrong.${hint}${details}`;
}

function place(field: string | undefined, command: Command | undefined): string {
  if (field === undefined) return "";
  const flag = Object.entries(command?.flags ?? {}).find(([key, { field: own = key }]) => own === field);
  if (flag !== undefined) return `${flagName(flag[0])}: `;
  // What stands on the command line without a name is plain from the sentence.
  return command?.words.some((word) => word.toLowerCase() === field) === true ? "" : `${field}: `;
}
