import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Refusal } from "./say.mjs";

/** The folder of the project. */
export const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

const neededMajor = 24;

/**
 * The Node that runs TypeScript as it is: the pinned one, or this one where it is new enough.
 * Its package is among the locked ones, so set-up comes first.
 */
export function findNode() {
  const pinned = `${root}/node_modules/node-${process.platform}-${process.arch}/bin/node`;
  if (existsSync(pinned)) return pinned;
  if (Number(process.versions.node.split(".")[0]) >= neededMajor) return process.execPath;
  throw new Refusal(
    `Node ${neededMajor} or later is needed, this is ${process.versions.node}, and there is no package of it for ` +
      `${process.platform}-${process.arch}; install Node ${neededMajor} and try again.`,
  );
}

/** The environment for programs that themselves start `node`, as npm's and the tools' scripts do. */
export function withNode(env = process.env) {
  return { ...env, PATH: `${findNode().replace(/\/node$/, "")}:${root}/node_modules/.bin:${env.PATH}` };
}
