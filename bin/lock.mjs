import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/**
 * Runs `act` while no other process does. The lock is a file that names its holders, so one that a killed process
 * left is seen to be nobody's.
 *
 * @param {string} file
 * @param {(holder: number) => void} onWait called once if another process has the lock
 * @param {(alsoHeldBy: (pid: number) => void) => Promise<T>} act gets a function that adds a child as a holder: it may
 *   outlive us and go on with its work
 * @returns {Promise<T>}
 * @template T
 */
export async function withLock(file, onWait, act) {
  mkdirSync(dirname(file), { recursive: true });
  let mine = signature(process.pid);
  await acquire(file, mine, onWait);
  try {
    return await act((pid) => {
      mine = `${mine}\n${signature(pid)}`;
      const draft = `${file}.${process.pid}`;
      writeFileSync(draft, mine);
      renameSync(draft, file);
    });
  } finally {
    if (read(file) === mine) rmSync(file, { force: true });
  }
}

async function acquire(file, mine, onWait) {
  const draft = `${file}.${process.pid}`;
  let told = false;
  for (;;) {
    writeFileSync(draft, mine);
    try {
      // A link appears with its content or not at all, and never replaces a file.
      linkSync(draft, file);
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    } finally {
      rmSync(draft, { force: true });
    }
    const holder = livingHolder(read(file));
    if (holder === undefined) {
      removeStale(file);
      continue;
    }
    if (!told) onWait(holder);
    told = true;
    await pause(200);
  }
}

/** Of several that remove it at once, each renames; who got a living lock by mistake puts it back. */
function removeStale(file) {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
    if (livingHolder(read(aside)) !== undefined) linkSync(aside, file);
  } catch (error) {
    if (error.code !== "ENOENT" && error.code !== "EEXIST") throw error;
  }
  rmSync(aside, { force: true });
}

function livingHolder(text) {
  const line = text.split("\n").find((holder) => holder !== "" && signature(Number(holder.split(" ")[0])) === holder);
  return line === undefined ? undefined : Number(line.split(" ")[0]);
}

/** Number and start of a process: numbers are used again. Where the start cannot be known the number has to do. */
function signature(pid) {
  const stat = read(`/proc/${pid}/stat`);
  // The second field, the program's name in brackets, may hold spaces; the start is the 22nd.
  if (stat !== "") return `${pid} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  try {
    process.kill(pid, 0);
    return `${pid} ?`;
  } catch {
    return "";
  }
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
