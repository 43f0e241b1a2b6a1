import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { withLock } from "./lock.mjs";
import { findNode, root, withNode } from "./project.mjs";
import { run } from "./run.mjs";
import { main, Refusal, say } from "./say.mjs";

const lockFile = `${root}/.cache/setup.lock`;
const packagesStamp = `${root}/node_modules/.gatehouse-packages`;
const consoleStamp = `${root}/admin/build/.gatehouse-sources`;

/**
 * Installs the locked packages unless they are there. A stamp inside node_modules holds the lock's hash, so the look
 * costs a few milliseconds, and a half-made installation has none.
 */
export async function ensurePackages() {
  if (isImage() || read(packagesStamp) === lockHash()) return;
  await alone(async (alsoHeldBy) => {
    if (read(packagesStamp) === lockHash()) return;
    if (!isInstalled()) await install(alsoHeldBy);
    linkOwnCommand();
    writeFileSync(packagesStamp, lockHash());
  });
}

/** Builds the console unless the build is of these sources. */
export async function ensureConsole() {
  if (isImage() || read(consoleStamp) === consoleHash()) return;
  if (!existsSync(`${root}/admin/vite.config.ts`)) {
    say("there is no console to build (admin/vite.config.ts is missing)");
    return;
  }
  await alone(async (onStart) => {
    // Taken before the build: what changes meanwhile is built next time.
    const hash = consoleHash();
    if (read(consoleStamp) === hash) return;
    say("building the console, about 10 seconds");
    const vite = [findNode(), `${root}/node_modules/vite/bin/vite.js`, "build"];
    const env = withNode({ ...process.env, NODE_ENV: "production" });
    const { code, output, seconds } = await run("building the console", vite, { cwd: `${root}/admin`, env, onStart });
    if (code !== 0) throw new Refusal(`The console could not be built.\n${output}`);
    writeFileSync(consoleStamp, hash);
    say(`the console is built (${seconds.toFixed(1)} s)`);
  });
}

/** An image is made whole, and what runs in it may not write to it. */
function isImage() {
  return process.env.GATEHOUSE_IMAGE === "1";
}

function alone(act) {
  return withLock(lockFile, (holder) => say(`waiting for another set-up to end (process ${holder})`), act);
}

async function install(onStart) {
  say("installing the locked packages (npm ci), about 30 seconds");
  // No package here needs an install script, and none gets to run one.
  const words = [
    "ci",
    "--include=dev",
    "--include=optional",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ];
  const npm = process.env.npm_execpath?.endsWith(".js") ? [process.execPath, process.env.npm_execpath] : ["npm"];
  const { code, seconds } = await run("installing", [...npm, ...words], { cwd: root, show: true, onStart });
  if (code !== 0) throw new Refusal(`The packages could not be installed: npm ci ended with ${code}; see above.`);
  say(`the packages are installed (${Math.round(seconds)} s)`);
}

/** Whether somebody installed exactly the locked packages already: npm notes what it installed. */
function isInstalled() {
  const noted = read(`${root}/node_modules/.package-lock.json`);
  if (noted === "") return false;
  const installed = JSON.parse(noted).packages;
  const locked = JSON.parse(read(`${root}/package-lock.json`)).packages;
  const paths = Object.keys(locked).filter((path) => path !== "");
  const isSame = (path) =>
    installed[path]?.version === locked[path].version && installed[path]?.integrity === locked[path].integrity;
  const isElsewhere = (path) => installed[path] === undefined && locked[path].optional === true;
  return (
    paths.every((path) => isSame(path) || isElsewhere(path)) &&
    Object.keys(installed).every((path) => locked[path] !== undefined)
  );
}

/** npm links the commands of packages, but not a project's own, which `npx gatehouse` looks for. */
function linkOwnCommand() {
  const link = `${root}/node_modules/.bin/gatehouse`;
  if (!existsSync(link)) symlinkSync("../../bin/gatehouse.mjs", link);
}

function lockHash() {
  return sha256((hash) => hash.update(read(`${root}/package-lock.json`)));
}

function consoleHash() {
  return sha256((hash) => {
    for (const file of [...filesBelow("admin"), ...filesBelow("server/contract"), "package-lock.json"]) {
      hash
        .update(`${file}\0`)
        .update(readFileSync(`${root}/${file}`))
        .update("\0");
    }
  });
}

function filesBelow(folder) {
  if (!existsSync(`${root}/${folder}`)) return [];
  const made = new Set(["admin/build", "admin/.svelte-kit", "admin/node_modules"]);
  const entries = readdirSync(`${root}/${folder}`, { withFileTypes: true });
  return entries
    .map((entry) => ({ entry, path: `${folder}/${entry.name}` }))
    .filter(({ path }) => !made.has(path))
    .flatMap(({ entry, path }) => (entry.isDirectory() ? filesBelow(path) : [path]))
    .sort();
}

function sha256(feed) {
  const hash = createHash("sha256");
  feed(hash);
  return hash.digest("hex");
}

function read(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

// By itself: what an image is made with.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await ensurePackages();
    await ensureConsole();
  });
}
