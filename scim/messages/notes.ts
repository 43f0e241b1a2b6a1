// A body may hold thousands of unknown names; the log needs the first few.
const limit = 50;

/**
 * Collects, without repeats, what was read differently from what was sent, for the request log.
 */
export class Notes {
  #lines = new Set<string>();

  add(line: string): void {
    if (this.#lines.size < limit) this.#lines.add(line);
  }

  list(): string[] {
    return [...this.#lines];
  }
}
