import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter } from "node:path";
import { run } from "./run.mjs";
import { Refusal, say } from "./say.mjs";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

// Fonts for more than Latin, so that a name in another script is not a row of boxes.
const debianPackages = ["chromium", "fonts-noto-core"];

/**
 * The browser for the tests: the one that `CHROMIUM` names, one on the PATH, else one installed from Debian's packages.
 *
 * @returns {Promise<string>} its path
 */
export async function ensureChromium() {
  const named = process.env.CHROMIUM;
  if (named !== undefined && named !== "") {
    if (!isProgram(named)) throw new Refusal(`CHROMIUM names ${named}, which is no program.`);
    return named;
  }
  const found = onPath() ?? (await install());
  if (found === undefined) {
    throw new Refusal(
      "The browser tests need Chromium, which is not here and cannot be installed; " +
        "install it (Debian: apt-get install chromium), or set CHROMIUM to the path of a Chromium or Chrome.",
    );
  }
  return found;
}

function onPath() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.flatMap((folder) => names.map((name) => `${folder}/${name}`)).find(isProgram);
}

async function install() {
  const asRoot = rootPrefix();
  if (asRoot === undefined || spawnSync("apt-get", ["--version"]).status !== 0) return undefined;
  say("installing Chromium from Debian's packages, about a minute");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = [...asRoot, "apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"];
  const steps = [
    [...apt, "update"],
    [...apt, "install", "-y", "--no-install-recommends", ...debianPackages],
  ];
  for (const step of steps) {
    const { code, output } = await run("installing Chromium", step, { env });
    if (code !== 0) {
      say(`${step.join(" ")} failed:\n${output.trim().split("\n").slice(-8).join("\n")}`);
      return undefined;
    }
  }
  return onPath();
}

function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0 ? ["sudo", "-n", "-E"] : undefined;
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
