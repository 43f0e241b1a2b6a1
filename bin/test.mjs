// `npm test`: set-up, the checks, all tests. `npm test -- scim/patch` runs only the tests whose path has these words.
import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { check } from "./check.mjs";
import { ensureChromium } from "./chromium.mjs";
import { findNode, root, withNode } from "./project.mjs";
import { main, say } from "./say.mjs";
import { ensureConsole, ensurePackages } from "./setup.mjs";

const results = `${root}/test/output/results.json`;

await main(async () => {
  const words = process.argv.slice(2);
  await ensurePackages();
  await ensureConsole();
  const chromium = await ensureChromium();
  const isContent = words.length > 0 || (await check());
  const code = await runTests(words, chromium);
  if (!isContent) say("the checks are not content; see above");
  console.log(summary(code));
  if (code !== 0 || !isContent) process.exitCode = 1;
});

async function runTests(words, chromium) {
  rmSync(results, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${results}`];
  const child = spawn(findNode(), [`${root}/node_modules/vitest/vitest.mjs`, "run", ...reporters, ...words], {
    cwd: root,
    env: withNode({ ...process.env, CHROMIUM: chromium }),
    stdio: "inherit",
  });
  return await new Promise((resolve) => {
    child.once("close", (code) => resolve(code ?? 1));
  });
}

/** The closing line, which others read too: alone on its line, nothing after it. */
function summary(code) {
  const { numPassedTests: passed, numFailedTests, numPendingTests, numTodoTests, testResults } = read();
  // A file that cannot even be loaded has no test that could fail.
  const broken = testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
  const failed = Math.max(numFailedTests + broken, code === 0 ? 0 : 1);
  const skipped = numPendingTests + numTodoTests;
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

function read() {
  try {
    return JSON.parse(readFileSync(results, "utf8"));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
  }
}
