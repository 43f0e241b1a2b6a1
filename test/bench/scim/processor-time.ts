import { readdirSync, readFileSync } from "node:fs";

/** Ticks of /proc/PID/stat in a second (USER_HZ), the same on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Milliseconds of processor time since the processes began. */
export interface ProcessorTime {
  /** Gatehouse's own processes. */
  server: number;
  /** PostgreSQL, all of it: connections, checkpointer, WAL writer, autovacuum. */
  database: number;
}

interface Stat {
  parent: number;
  isPostgres: boolean;
  /** Its own time, and that of its children that ended. */
  ticks: number;
}

/** What the tree of processes below `root`, itself included, has used. Linux only. */
export function processorTime(root: number): ProcessorTime {
  const stats = new Map<number, Stat>();
  for (const name of readdirSync("/proc")) {
    const stat = /^\d+$/.test(name) ? readStat(Number(name)) : undefined;
    if (stat !== undefined) stats.set(Number(name), stat);
  }
  const used = { server: 0, database: 0 };
  for (const [pid, stat] of stats) {
    if (isBelow(root, pid, stats))
      used[stat.isPostgres ? "database" : "server"] += (stat.ticks * 1000) / ticksPerSecond;
  }
  return used;
}

function readStat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name may hold spaces and parentheses; the numbers follow the last one (proc(5)).
    const end = text.lastIndexOf(")");
    const [, parent, , , , , , , , , , user, system, endedUser, endedSystem] = text.slice(end + 2).split(" ");
    const ticks = [user, system, endedUser, endedSystem].reduce((sum, field) => sum + Number(field), 0);
    return { parent: Number(parent), isPostgres: text.slice(0, end).endsWith("(postgres"), ticks };
  } catch {
    // It ended while it was looked at.
    return undefined;
  }
}

function isBelow(root: number, pid: number, stats: ReadonlyMap<number, Stat>): boolean {
  for (let at = pid; at > 0; at = stats.get(at)?.parent ?? 0) if (at === root) return true;
  return false;
}
