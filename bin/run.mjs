import { spawn } from "node:child_process";
import { say } from "./say.mjs";

const tellEverySeconds = 15;

/**
 * Runs a program to its end, without a terminal, and says from time to time that it still runs.
 *
 * @param {string} what for the message: "installing the packages"
 * @param {string[]} command
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, show?: boolean, onStart?: (pid: number) => void }} options
 *   `show`: its output goes to standard error as it comes; otherwise it is kept and returned
 * @returns {Promise<{ code: number, output: string, seconds: number }>}
 */
export async function run(what, [program, ...words], options = {}) {
  const { cwd, env, show = false, onStart } = options;
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  const reminder = setInterval(() => say(`still ${what} (${Math.round(seconds())} s)`), tellEverySeconds * 1000);
  const child = spawn(program, words, { cwd, env, stdio: ["ignore", show ? 2 : "pipe", show ? 2 : "pipe"] });
  if (child.pid !== undefined) onStart?.(child.pid);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text) => (output += text));
  }
  const code = await new Promise((resolve) => {
    child.once("error", (error) => {
      output += error.message;
      resolve(127);
    });
    child.once("close", (status) => resolve(status ?? 1));
  });
  clearInterval(reminder);
  return { code, output, seconds: seconds() };
}
