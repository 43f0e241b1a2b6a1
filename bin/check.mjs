// `npm run check`: types, lint, format, rooms, dead code. `npm run check -- types rooms` runs only these two.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { root, withNode } from "./project.mjs";
import { run } from "./run.mjs";
import { main, Refusal } from "./say.mjs";
import { ensurePackages } from "./setup.mjs";

/** More would only share the two cores that a small machine has. */
const atOnce = 2;

const bin = `${root}/node_modules/.bin`;

/** Longest first, so that none is left to run alone at the end. */
const checks = [
  {
    name: "console",
    needs: "admin/vite.config.ts",
    cwd: "admin",
    // Kit writes the types of its routes first.
    commands: [
      [`${bin}/svelte-kit`, "sync"],
      [`${bin}/svelte-check`, "--tsgo", "--output", "human", "--fail-on-warnings"],
    ],
  },
  { name: "lint", commands: [[`${bin}/oxlint`, "--type-aware", "--deny-warnings", "."]] },
  {
    name: "rooms",
    commands: [
      [
        `${bin}/depcruise`,
        "--config",
        "bin/checks/rooms.mjs",
        "--output-type",
        "err-long",
        "server",
        "scim",
        "admin",
        "test",
        "bin",
      ],
    ],
  },
  { name: "format", commands: [[`${bin}/prettier`, "--check", "--cache", "--log-level", "warn", "."]] },
  { name: "types", commands: [[`${bin}/tsc`, "--noEmit"]] },
  { name: "unused", commands: [[`${bin}/knip`, "--no-progress", "--treat-config-hints-as-errors"]] },
];

/**
 * Runs the checks, two at a time, and prints the time of each and the words of those that fail.
 *
 * @param {string[]} names empty: all
 * @returns {Promise<boolean>} whether all are content
 */
export async function check(names = []) {
  const unknown = names.find((name) => !checks.some((one) => one.name === name));
  if (unknown !== undefined) {
    throw new Refusal(`There is no check ${unknown}; there are ${checks.map((one) => one.name).join(", ")}.`);
  }
  const startedAt = performance.now();
  const waiting = checks.filter((one) => names.length === 0 || names.includes(one.name));
  const results = [];
  const work = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) results.push(await runCheck(one));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const failed = results.filter((result) => !result.isContent);
  for (const { name, output } of failed) console.log(`\n── ${name} ──\n${output.trimEnd()}`);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(
    `check: ${failed.length === 0 ? "all content" : `${failed.length} of ${results.length} not content`} (${seconds} s)`,
  );
  return failed.length === 0;
}

async function runCheck({ name, needs, cwd = ".", commands }) {
  if (needs !== undefined && !existsSync(`${root}/${needs}`)) {
    console.log(`${name.padEnd(8)} nothing there yet`);
    return { name, isContent: true, output: "" };
  }
  const result = { name, isContent: true, output: "" };
  let seconds = 0;
  for (const command of commands) {
    const ran = await run(`checking ${name}`, command, { cwd: `${root}/${cwd}`, env: withNode() });
    seconds += ran.seconds;
    result.output += ran.output;
    result.isContent = ran.code === 0;
    if (!result.isContent) break;
  }
  console.log(`${name.padEnd(8)} ${result.isContent ? "content" : "NOT CONTENT"} ${seconds.toFixed(1)} s`);
  return result;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await ensurePackages();
    if (!(await check(process.argv.slice(2)))) process.exitCode = 1;
  });
}
