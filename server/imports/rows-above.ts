import type { RowKey } from "../db/sql/imports.ts";

/**
 * What rows further up have taken or given free, so that rows of one file do not collide: `account` by id, `name` and
 * `freed` by username in small letters, `value:7` by the value of an attribute that only one may have.
 */
export class RowsAbove {
  readonly #numbers = new Map<string, number>();
  #fresh: RowKey[] = [];

  constructor(known: readonly RowKey[] = []) {
    for (const { kind, key, number } of known) this.#numbers.set(`${kind} ${key}`, number);
  }

  /** The row that took it, or undefined. */
  find(kind: string, key: string): number | undefined {
    return this.#numbers.get(`${kind} ${key}`);
  }

  take(kind: string, key: string, number: number): void {
    const place = `${kind} ${key}`;
    if (this.#numbers.has(place)) return;
    this.#numbers.set(place, number);
    this.#fresh.push({ kind, key, number });
  }

  /** What was taken since the last time. */
  takeFresh(): RowKey[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }
}
