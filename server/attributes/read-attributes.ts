import { selectAttributes, selectAttributeVersion } from "../db/sql/attributes.ts";
import type { Queryable } from "../db/queryable.ts";
import { VersionMemory } from "../db/version-memory.ts";
import { makeAttributeSet } from "./attribute-set.ts";
import type { AttributeSet } from "./attribute-set.ts";

// One unit of work asks in several places; the definitions are read once for it.
const readInWork = new WeakMap<Queryable, Promise<AttributeSet>>();

/** The attributes of the organization. Within a transaction they stay what they were when it first asked. */
export async function readAttributes(from: Queryable): Promise<AttributeSet> {
  if (!("transaction" in from)) return await selectSet(from);
  const known = readInWork.get(from);
  if (known !== undefined) return await known;
  const reading = selectSet(from);
  readInWork.set(from, reading);
  return await reading;
}

/** Tells a unit of work the attributes that its request was read by, so that it need not read them again. */
export function knowAttributes(from: Queryable, set: AttributeSet): void {
  readInWork.set(from, Promise.resolve(set));
}

/** Lets a transaction read them anew, after it changed one. */
export function forgetAttributes(from: Queryable): void {
  readInWork.delete(from);
}

async function selectSet(from: Queryable): Promise<AttributeSet> {
  const { version, rows } = await selectAttributes(from);
  return makeAttributeSet(version, rows);
}

/** How long a process that was not told the version goes without asking for it. */
const freshMs = 500;

/**
 * The attributes as a process remembers them, with whatever is built from them. They are read again when their version
 * is another one: several processes work on one database, and a definition made in one holds in all.
 */
export class AttributeMemory<Built> {
  readonly #from: Queryable;
  readonly #memory: VersionMemory<Built>;
  #checkedAt = -Infinity;

  constructor(from: Queryable, build: (set: AttributeSet) => Built) {
    this.#from = from;
    this.#memory = new VersionMemory(async () => build(await selectSet(from)));
  }

  /** @param version as a statement of this request found it */
  async at(version: number): Promise<Built> {
    this.#checkedAt = performance.now();
    return await this.#memory.at(version);
  }

  /** For those who have not asked the database anything; no more than half a second old. */
  async recent(): Promise<Built> {
    const isFresh = performance.now() - this.#checkedAt < freshMs;
    const { latest } = this.#memory;
    if (isFresh && latest !== undefined) return await latest;
    return await this.at(await selectAttributeVersion(this.#from));
  }
}
