/** Smaller lists are counted each time. */
const leastRemembered = 50_000;
/** A count is good for so many times as long as it took: counting takes no more than a fiftieth of the time. */
const shareOfTime = 50;
/** Counts that are remembered at a time. */
const most = 1000;

interface Counted {
  count: number;
  until: number;
  /** The next count, once somebody has begun it. */
  next: Promise<number> | undefined;
}

/**
 * Remembers counts of large lists for some seconds. A client that reads a million users by index asks ten thousand
 * times for the same total, and PostgreSQL would count each time. Small lists are always counted anew, so their totals
 * are exact to the request; those of large ones are exact to some seconds.
 */
export class CountMemory {
  readonly #counts = new Map<string, Counted>();

  /** @param key what is counted: directory, type and filter */
  async count(key: string, read: () => Promise<number>): Promise<number> {
    const known = this.#counts.get(key);
    if (known === undefined) return await this.#read(key, read);
    if (performance.now() < known.until) return known.count;
    // Those who come while it is counted wait for the same count.
    known.next ??= this.#read(key, read).finally(() => (known.next = undefined));
    return await known.next;
  }

  async #read(key: string, read: () => Promise<number>): Promise<number> {
    const startedAt = performance.now();
    const count = await read();
    const now = performance.now();
    const took = now - startedAt;
    this.#counts.delete(key);
    if (count < leastRemembered) return count;
    const oldest = this.#counts.size >= most ? this.#counts.keys().next().value : undefined;
    if (oldest !== undefined) this.#counts.delete(oldest);
    this.#counts.set(key, { count, until: now + took * shareOfTime, next: undefined });
    return count;
  }
}
