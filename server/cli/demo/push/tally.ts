/** How one phase of the push went. */
export interface Phase {
  name: string;
  /** Things that were looked at. */
  count: number;
  /** Things that were made or changed. */
  changed: number;
  seconds: number;
  perSecond: number;
  errors: string[];
}

/** Counts what a phase does, and times it. An error does not stop the others. */
export class Tally {
  readonly #name: string;
  readonly #startedAt = performance.now();
  readonly errors: string[] = [];
  count = 0;
  changed = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** Does one thing; true means that it changed something. */
  async one(what: string, act: () => Promise<boolean>): Promise<void> {
    this.count += 1;
    await this.beside(what, async () => {
      if (await act()) this.changed += 1;
    });
  }

  /** Does what is needed for the others, and counts only when it fails. */
  async beside(what: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.errors.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  end(): Phase {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const { count, changed, errors } = this;
    return { name: this.#name, count, changed, seconds, perSecond: count / seconds, errors };
  }
}
