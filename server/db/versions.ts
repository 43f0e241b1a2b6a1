import { prepared } from "./queryable.ts";
import type { Queryable } from "./queryable.ts";

/** Numbers that change with what processes remember (see version-memory.ts). */
export interface Versions {
  settings: number;
  apps: number;
}

/** A column `versions`, for statements that a request sends anyway. */
export const versionsColumn = `json_build_object('settings', (select version from settings_version),
  'apps', (select version from apps_version)) as versions`;

const both = prepared(`select ${versionsColumn}`);

/**
 * Asks which versions hold. Whoever asks gets an answer that was looked up after they asked, so a change holds from its
 * commit on; those who ask while a look is under way share the next one.
 */
export class VersionCheck {
  readonly #from: Queryable;
  #looking: Promise<unknown> = Promise.resolve();
  #next: Promise<Versions> | undefined;

  constructor(from: Queryable) {
    this.#from = from;
  }

  async now(): Promise<Versions> {
    this.#next ??= this.#lookNext();
    return await this.#next;
  }

  async #lookNext(): Promise<Versions> {
    // How the look before ended is the business of those who asked for it.
    await this.#looking.catch(() => {});
    this.#next = undefined;
    const looking = this.#look();
    this.#looking = looking;
    return await looking;
  }

  async #look(): Promise<Versions> {
    const row = await this.#from.row<{ versions: Versions }>(both);
    if (row === undefined) throw new Error("a select without from has one row");
    return row.versions;
  }
}
