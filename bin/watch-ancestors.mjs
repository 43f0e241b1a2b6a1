import { readFileSync } from "node:fs";

const lookEveryMs = 500;

/**
 * Calls `onGone` when the npm that started us is no more. npm runs scripts below a shell that dies of a signal without
 * passing it on, and a killed npm says nothing to anybody: without this, `kill` on an `npm start` would leave the
 * server running. Does nothing when something else than npm started us.
 *
 * @returns a function that ends the watch
 */
export function watchAncestors(onGone) {
  if (process.env.npm_command === undefined) return () => {};
  const before = ancestors();
  const timer = setInterval(() => {
    if (ancestors() === before) return;
    clearInterval(timer);
    onGone();
  }, lookEveryMs);
  return () => clearInterval(timer);
}

/** Our parent and, if that is the shell of npm, npm itself. An orphan gets another parent. */
function ancestors() {
  const parent = process.ppid;
  try {
    const stat = readFileSync(`/proc/${parent}/stat`, "utf8");
    const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
    // Some shells become the program they run; then our parent is npm, and whose child npm is does not matter.
    const grandparent = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
    return /^(?:sh|dash|bash)$/.test(name) ? `${parent} ${grandparent}` : String(parent);
  } catch {
    return String(parent);
  }
}
