import { setTimeout as pause } from "node:timers/promises";
import type { Operation } from "./operations.ts";
import type { Subject } from "./subject.ts";

/** The server writes its request log a quarter of a second after an answer; that belongs to what was measured. */
const afterMs = 300;

/** What was seen of one operation in one installation. */
export interface Seen {
  operation: Operation;
  users: number;
  /** Milliseconds of each request. */
  took: number[];
  elapsedMs: number;
  serverMs: number;
  databaseMs: number;
  /** Processor time of the benchmark itself, which shares the cores. */
  clientMs: number;
}

export function nothingSeen(operation: Operation, users: number): Seen {
  return { operation, users, took: [], elapsedMs: 0, serverMs: 0, databaseMs: 0, clientMs: 0 };
}

/** Lets some connections do an operation again and again for a time, and adds what was seen. */
export async function measure(
  seen: Seen,
  subject: Subject,
  { connections, milliseconds }: { connections: number; milliseconds: number },
): Promise<void> {
  const { operation, took } = seen;
  const before = subject.installation.used();
  const client = process.cpuUsage();
  const startedAt = performance.now();
  const work = async () => {
    for (let at = performance.now(); at - startedAt < milliseconds;) {
      if ((await operation.run(subject)) === false) return;
      const end = performance.now();
      took.push(end - at);
      at = end;
    }
  };
  await Promise.all(Array.from({ length: operation.isAlone === true ? 1 : connections }, work));
  seen.elapsedMs += performance.now() - startedAt;
  const { user, system } = process.cpuUsage(client);
  seen.clientMs += (user + system) / 1000;
  await pause(afterMs);
  const after = subject.installation.used();
  seen.serverMs += after.server - before.server;
  seen.databaseMs += after.database - before.database;
}
