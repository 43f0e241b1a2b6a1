import { timingSafeEqual } from "node:crypto";
import type { Queryable } from "../db/queryable.ts";
import {
  selectByTurn,
  selectEventTime,
  selectPrunedBefore,
  selectSeals,
  selectStray,
  selectUnsealed,
  selectUntimed,
} from "../db/sql/event-seals.ts";
import type { DigestedEvent, SealRow } from "../db/sql/event-seals.ts";
import type { Keyring } from "../kernel/keyring.ts";
import { halfOf, hashOf, readContents, readSealKey } from "./seal.ts";

/** What is wrong with the log. */
export interface LogProblem {
  /**
   * seal: a seal is not the one that was made, or one is missing; changed, missing, added: an event among those of a
   * seal; stray: an event where none can be; key: the key is gone or no SECRET_KEY opens it; head: the log does not go on
   * from the seal that was noted.
   */
  kind: "seal" | "changed" | "missing" | "added" | "stray" | "key" | "head";
  /** Number of the seal. */
  seal: number | null;
  eventId: string | null;
  /** When it happened, by the event, or by its id where it is gone. */
  at: string | null;
}

export interface LogReport {
  isWhole: boolean;
  seals: number;
  /** Events that are as they were sealed. */
  events: number;
  /** Events that retention has let go. */
  pruned: number;
  /** Events that wait for their seal. */
  unsealed: number;
  /** When the first of these was; it is a minute ago at most where the worker runs. */
  unsealedSince: string | null;
  /** The newest seal: noted elsewhere, it shows later that nothing was cut off. */
  head: string | null;
  /** The first places, in the order of the log. */
  problems: LogProblem[];
  problemCount: number;
}

const sealsAtOnce = 20;
const mostProblems = 20;

/**
 * Reads all seals and all events as of one moment and compares them (L3).
 *
 * @param from a transaction that sees one state all the time
 * @param expected a head that an earlier run told, `NUMBER:HASH`
 * @param tell called now and then with the number of seals that were read
 */
export async function verifyEvents(
  from: Queryable,
  keyring: Keyring,
  expected: string | undefined,
  tell: (seals: number) => void = () => {},
): Promise<LogReport> {
  const report = new Report();
  const key = await openKey(from, keyring, report);
  const prunedBefore = (await selectPrunedBefore(from))?.getTime() ?? -Infinity;
  let last: SealRow | undefined;
  let isExpected = expected === undefined;
  /** Where the next seal of each era has to begin. */
  const ends = new Map<number, string | null>([[0, null]]);
  for (;;) {
    const seals = await selectSeals(from, last?.number ?? 0, sealsAtOnce);
    if (seals.length === 0) break;
    for (const seal of seals) {
      if (key !== undefined && !isAuthentic(key, last, seal)) report.add("seal", seal.number, null, seal.sealed_at);
      else if (seal.kind === "events") {
        if (!follows(ends, seal)) report.add("seal", seal.number, null, seal.sealed_at);
        await compare(from, seal, prunedBefore, report);
      }
      isExpected ||= headOf(seal) === expected;
      last = seal;
      report.seals += 1;
    }
    tell(report.seals);
  }
  if (!isExpected) report.add("head", null, null, null);
  await countRest(from, ends, report);
  return report.told(last === undefined ? null : headOf(last));
}

class Report {
  seals = 0;
  events = 0;
  pruned = 0;
  unsealed = 0;
  unsealedSince: Date | null = null;
  #problems: LogProblem[] = [];
  #count = 0;

  add(kind: LogProblem["kind"], seal: number | null, eventId: string | null, at: Date | undefined | null): void {
    this.#count += 1;
    if (this.#problems.length >= mostProblems) return;
    this.#problems.push({ kind, seal, eventId, at: at?.toISOString() ?? null });
  }

  get isFull(): boolean {
    return this.#problems.length >= mostProblems;
  }

  told(head: string | null): LogReport {
    const { seals, events, pruned, unsealed } = this;
    return {
      isWhole: this.#count === 0,
      seals,
      events,
      pruned,
      unsealed,
      unsealedSince: this.unsealedSince?.toISOString() ?? null,
      head,
      problems: this.#problems,
      problemCount: this.#count,
    };
  }
}

async function openKey(from: Queryable, keyring: Keyring, report: Report): Promise<Buffer | undefined> {
  try {
    const key = await readSealKey(from, keyring);
    const [first] = key === undefined ? await selectSeals(from, 0, 1) : [];
    if (first !== undefined) report.add("key", null, null, null);
    return key;
  } catch {
    // The key was sealed with another SECRET_KEY, or changed: nothing can be said of the seals, and much of the events.
    report.add("key", null, null, null);
    return undefined;
  }
}

function headOf({ number, hash }: SealRow): string {
  return `${number}:${hash.toString("hex")}`;
}

function isAuthentic(key: Buffer, before: SealRow | undefined, seal: SealRow): boolean {
  if (seal.number !== (before?.number ?? 0) + 1) return false;
  const hash = hashOf(key, before?.hash, seal);
  return hash.length === seal.hash.length && timingSafeEqual(hash, seal.hash);
}

/** Whether a seal begins where the one before it of its era ended. */
function follows(ends: Map<number, string | null>, seal: SealRow): boolean {
  const expected = ends.has(seal.era) ? ends.get(seal.era) : "0";
  if (seal.era === 0) {
    ends.set(0, seal.last_id);
    return seal.first_id === expected;
  }
  ends.set(seal.era, seal.end_turn);
  return seal.first_turn === expected;
}

async function eventsOf(from: Queryable, seal: SealRow): Promise<DigestedEvent[]> {
  return seal.era === 0
    ? await selectUntimed(from, seal.first_id, seal.last_id, null)
    : await selectByTurn(from, seal.era, seal.first_turn ?? "0", seal.end_turn, null);
}

async function compare(from: Queryable, seal: SealRow, prunedBefore: number, report: Report): Promise<void> {
  const found = new Map((await eventsOf(from, seal)).map((event) => [event.id, halfOf(event)]));
  for (const { id, digest } of readContents(seal.contents)) {
    const present = found.get(id);
    found.delete(id);
    if (present === digest) report.events += 1;
    else if (present !== undefined) report.add("changed", seal.number, id, await timeOf(from, id, report));
    else if (timeIn(id).getTime() < prunedBefore) report.pruned += 1;
    else report.add("missing", seal.number, id, timeIn(id));
  }
  for (const id of found.keys()) report.add("added", seal.number, id, await timeOf(from, id, report));
}

/** Asked only for those that are told. */
async function timeOf(from: Queryable, id: string, report: Report): Promise<Date | undefined> {
  return report.isFull ? undefined : await selectEventTime(from, id);
}

/** The time that an id carries (RFC 9562 §5.7). */
function timeIn(id: string): Date {
  return new Date(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16));
}

/** What no seal has yet, and what no seal will ever have. */
async function countRest(from: Queryable, ends: Map<number, string | null>, report: Report): Promise<void> {
  const known = [...ends].map(([era, end]) => ({ era, end: end ?? null }));
  const rest = await selectUnsealed(from, known);
  report.unsealed = rest.count;
  report.unsealedSince = rest.since;
  const stray = await selectStray(from);
  if (stray !== undefined) report.add("stray", null, stray.id, stray.at);
}
