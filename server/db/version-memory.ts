/**
 * Remembers in a process what the database has, by a version that the database counts: what is read again is only what
 * has changed, whichever process changed it.
 */
export class VersionMemory<Value> {
  readonly #read: () => Promise<Value>;
  #known: { version: number; value: Promise<Value> } | undefined;

  /** @param read reads what there is, of the version that was asked for or of a later one */
  constructor(read: () => Promise<Value>) {
    this.#read = read;
  }

  /** @param version as a statement of this request found it */
  async at(version: number): Promise<Value> {
    if (this.#known?.version === version) return await this.#known.value;
    const known = { version, value: this.#read() };
    this.#known = known;
    try {
      return await known.value;
    } catch (error) {
      if (this.#known === known) this.#known = undefined;
      throw error;
    }
  }

  /** What is remembered, of whichever version; undefined before the first time. */
  get latest(): Promise<Value> | undefined {
    return this.#known?.value;
  }
}
