#!/usr/bin/env node
// Runs on any Node from 20 and needs no package: it sees to it that what the rest needs is there.
import { spawn } from "node:child_process";
import { findNode, root } from "./project.mjs";
import { main } from "./say.mjs";
import { ensureConsole, ensurePackages } from "./setup.mjs";
import { watchAncestors } from "./watch-ancestors.mjs";

await main(async () => {
  const words = process.argv.slice(2);
  const isStart = words[0] === "start";
  await ensurePackages();
  if (isStart) await ensureConsole();
  const program = isStart ? ["server/main.ts", ...words.slice(1)] : ["server/cli/cli.ts", ...words];
  handOver(program, isStart);
});

/** Runs a program of the house under the pinned Node in our place: its terminal, signals and exit are ours. */
function handOver([file, ...words], isServer) {
  const child = spawn(findNode(), [`${root}/${file}`, ...words], {
    // The server ends when this channel closes, so it does not outlive us, whatever kills us.
    stdio: isServer ? ["inherit", "inherit", "inherit", "ipc"] : "inherit",
    // What was compiled last time loads in half the time.
    env: { NODE_COMPILE_CACHE: `${root}/node_modules/.cache/compiled`, ...process.env },
  });
  const pass = (signal) => child.kill(signal);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, pass);
  const stopWatching = isServer ? watchAncestors(() => pass("SIGTERM")) : () => {};
  child.once("error", (error) => {
    throw error;
  });
  child.once("exit", (code, signal) => {
    stopWatching();
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
