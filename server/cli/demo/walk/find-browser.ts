import { existsSync } from "node:fs";
import type { Browser } from "playwright-core";
import { StartError } from "#server/kernel/start-error.ts";

/** Where distributions and Chrome itself put it. */
const usualPlaces = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/**
 * The Chromium of this machine: the one that `CHROMIUM` names, else where it usually is.
 *
 * @throws StartError there is none
 */
export function findBrowser(env: NodeJS.ProcessEnv): string {
  const named = env["CHROMIUM"];
  const path = [...(named === undefined ? [] : [named]), ...usualPlaces].find((place) => existsSync(place));
  if (path !== undefined) return path;
  throw new StartError(
    "There is no Chromium to walk with. Install it (`apt-get install chromium`), name one in CHROMIUM, or give `--scim-only`.",
  );
}

/** Starts it without a window. Root may not use its sandbox, and containers have little shared memory. */
export async function openBrowser(executablePath: string): Promise<Browser> {
  const { chromium } = await import("playwright-core");
  const args = ["--disable-dev-shm-usage", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])];
  return await chromium.launch({ executablePath, args });
}
