import type { BulkOperation } from "./bulk.ts";

export interface BulkStep {
  readonly index: number;
  /**
   * bulkIds that stand for nothing yet when the step is taken, because resources refer to each other: leave
   * them out (`withoutBulkIds`) and put them in when everything else is done.
   */
  readonly deferred: readonly string[];
}

export interface BulkOrder {
  steps: BulkStep[];
  /** Places of the operations that refer to each other in a ring, one array per ring. */
  cycles: number[][];
}

/**
 * An order of work in which each operation comes after the POSTs it refers to (RFC 7644 §3.7.2), and
 * operations on the same resource keep theirs. Apart from that the order of the request is kept. A ring
 * is cut at its first operation.
 */
export function orderBulk(operations: readonly BulkOperation[]): BulkOrder {
  const waitsFor = dependencies(operations);
  const postOf = new Map<string, number>();
  for (const { method, bulkId, index, problem } of operations) {
    if (method === "POST" && bulkId !== undefined && problem === undefined) postOf.set(bulkId, index);
  }
  const steps: BulkStep[] = [];
  const cycles: number[][] = [];
  const done = new Set<number>();
  const take = (index: number): void => {
    const references = operations[index]?.references ?? [];
    const deferred = references.filter((bulkId) => {
      const post = postOf.get(bulkId);
      return post !== undefined && !done.has(post);
    });
    done.add(index);
    steps.push({ index, deferred });
  };
  const isReady = (index: number): boolean => [...(waitsFor.get(index) ?? [])].every((one) => done.has(one));

  let remaining = operations.map((operation) => operation.index);
  while (remaining.length > 0) {
    let progressed = false;
    for (const index of remaining) {
      if (!isReady(index)) continue;
      take(index);
      progressed = true;
    }
    if (!progressed) {
      const cycle = findCycle(remaining, waitsFor, done);
      cycles.push(cycle.toSorted((a, b) => a - b));
      take(Math.min(...cycle));
    }
    remaining = remaining.filter((index) => !done.has(index));
  }
  return { steps, cycles };
}

function dependencies(operations: readonly BulkOperation[]): Map<number, Set<number>> {
  const postOf = new Map<string, number>();
  for (const { method, bulkId, index } of operations) {
    if (method === "POST" && bulkId !== undefined && !postOf.has(bulkId)) postOf.set(bulkId, index);
  }
  const lastOn = new Map<string, number>();
  const waitsFor = new Map<number, Set<number>>();
  for (const { index, endpoint, id, references } of operations) {
    const before = new Set<number>();
    for (const bulkId of references) {
      const post = postOf.get(bulkId);
      // A resource that refers to itself cannot wait for itself.
      if (post !== undefined && post !== index) before.add(post);
    }
    if (id !== undefined) {
      const key = `${endpoint.toLowerCase()}/${id}`;
      const earlier = lastOn.get(key);
      if (earlier !== undefined) before.add(earlier);
      lastOn.set(key, index);
    }
    waitsFor.set(index, before);
  }
  return waitsFor;
}

/** Follows what is waited for until it comes round; among operations that all wait, it must. */
function findCycle(
  remaining: readonly number[],
  waitsFor: ReadonlyMap<number, ReadonlySet<number>>,
  done: ReadonlySet<number>,
): number[] {
  const trail: number[] = [];
  let at = remaining[0];
  while (at !== undefined && !trail.includes(at)) {
    trail.push(at);
    at = [...(waitsFor.get(at) ?? [])].find((one) => !done.has(one));
  }
  return at === undefined ? trail : trail.slice(trail.indexOf(at));
}
