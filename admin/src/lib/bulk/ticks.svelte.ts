import { SvelteSet } from "svelte/reactivity";
import type { z } from "zod";
import { mostPicked } from "#contract/bulk.ts";
import type { startBulkJob } from "#contract/bulk.ts";
import { call } from "#console/api/call.ts";

type Selection = z.input<typeof startBulkJob.body>["selection"];
/** The words that narrow the user list, as the API takes them. */
export type FilterWords = Readonly<Record<string, string>>;

/** How many may be taken out of "all that match" before they have to be picked one by one. */
const mostLeftOut = 1000;

/**
 * The users that are ticked. They stay ticked while one pages, sorts, searches and looks at somebody: one by one, or
 * everybody who matches a filter but for a few.
 */
export class Ticks {
  readonly #picked = new SvelteSet<string>();
  readonly #leftOut = new SvelteSet<string>();
  #all = $state.raw<{ filter: FilterWords; count: number }>();

  /** Whether everybody who matches is ticked. */
  get isAll(): boolean {
    return this.#all !== undefined;
  }

  get count(): number {
    return this.#all === undefined ? this.#picked.size : Math.max(0, this.#all.count - this.#leftOut.size);
  }

  /** How many were taken out of all that match. */
  get leftOut(): number {
    return this.#leftOut.size;
  }

  has(id: string): boolean {
    return this.#all === undefined ? this.#picked.has(id) : !this.#leftOut.has(id);
  }

  /** Ticks or unticks. What goes past the limits is passed over. */
  set(ids: readonly string[], isTicked: boolean): void {
    const [into, most] = this.#all === undefined ? [this.#picked, mostPicked] : [this.#leftOut, mostLeftOut];
    const isIn = this.#all === undefined ? isTicked : !isTicked;
    for (const id of ids) {
      if (!isIn) into.delete(id);
      else if (into.size < most) into.add(id);
    }
  }

  /** Ticks everybody who matches, counted exactly. */
  async setAll(filter: FilterWords): Promise<void> {
    const { count } = await call("countUsers", { query: { ...filter } });
    this.#picked.clear();
    this.#leftOut.clear();
    this.#all = { filter, count };
  }

  /** What is ticked by a filter is not, once the list shows another. */
  keepTo(filter: FilterWords): void {
    if (this.#all !== undefined && wordsOf(this.#all.filter) !== wordsOf(filter)) this.clear();
  }

  clear(): void {
    this.#picked.clear();
    this.#leftOut.clear();
    this.#all = undefined;
  }

  /** Those who are ticked, as the API takes them. */
  get selection(): Selection {
    if (this.#all === undefined) return { ids: [...this.#picked] };
    return { filter: { ...this.#all.filter }, except: [...this.#leftOut] };
  }

  /** Counts anew: others change accounts, too. */
  async recount(): Promise<number> {
    if (this.#all !== undefined) {
      const { filter } = this.#all;
      const { count } = await call("countUsers", { query: { ...filter } });
      this.#all = { filter, count };
    }
    return this.count;
  }
}

function wordsOf(filter: FilterWords): string {
  return JSON.stringify(Object.entries(filter).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** One selection for the console: it outlives the page of the list. */
export const ticks = new Ticks();
