import {
  dropEventMonths,
  ensureEventEra,
  insertSeal,
  selectByTurn,
  selectHorizon,
  selectLastSeal,
  selectUntimed,
  takeSealingTurn,
} from "../db/sql/event-seals.ts";
import type { DigestedEvent, SealRow } from "../db/sql/event-seals.ts";
import type { Work } from "../db/work.ts";
import { record } from "./record.ts";
import { contentsOf, hashOf } from "./seal.ts";

/** Events of one seal; all of one transaction are in one. */
const mostEvents = 5000;

/**
 * Seals some of the events that nothing can come between any more, in the order of their transactions (L3). Those that
 * record events wait for nobody.
 *
 * @param key of the seals
 * @returns how many were sealed; 0 when there are none, or somebody else seals
 */
export async function sealEvents(work: Work, key: Buffer): Promise<number> {
  // open to all: only the house itself seals
  const { tx } = work;
  if (!(await takeSealingTurn(tx))) return 0;
  const present = await ensureEventEra(tx);
  const last = await selectLastSeal(tx, "events");
  if (last === undefined || last.era === 0) {
    const behind = last?.last_id ?? null;
    const events = await selectUntimed(tx, behind, null, mostEvents);
    const end = events.at(-1);
    if (end !== undefined) {
      await addSeal(work, key, { kind: "events", era: 0, first_id: behind, last_id: end.id, events });
      return events.length;
    }
  }
  const horizon = await selectHorizon(tx);
  // Eras that are over have no transactions under way.
  for (let era = Math.max(1, last?.era ?? 1); era <= present; era += 1) {
    const first = last?.era === era ? (last.end_turn ?? "0") : "0";
    const end = era === present ? horizon : null;
    const { events, upTo } = await selectWhole(work, era, first, end);
    if (events.length === 0) continue;
    await addSeal(work, key, { kind: "events", era, first_turn: first, end_turn: upTo, events });
    return events.length;
  }
  return 0;
}

/** The next events, no transaction cut in two, and the turn that they end before. */
async function selectWhole(
  { tx }: Work,
  era: number,
  first: string,
  end: string | null,
): Promise<{ events: DigestedEvent[]; upTo: string }> {
  const found = await selectByTurn(tx, era, first, end, mostEvents + 1);
  const lastTurn = found.at(-1)?.turn ?? first;
  if (found.length <= mostEvents) return { events: found, upTo: end ?? next(lastTurn) };
  const whole = found.filter(({ turn }) => turn !== lastTurn);
  if (whole.length > 0) return { events: whole, upTo: lastTurn };
  // One transaction alone has more.
  return { events: await selectByTurn(tx, era, lastTurn, next(lastTurn), null), upTo: next(lastTurn) };
}

function next(turn: string): string {
  return String(BigInt(turn) + 1n);
}

type NewSeal = Partial<Pick<SealRow, "first_turn" | "end_turn" | "first_id" | "last_id" | "pruned_before">> &
  Pick<SealRow, "kind" | "era"> & { events: readonly DigestedEvent[] };

async function addSeal(work: Work, key: Buffer, wanted: NewSeal): Promise<void> {
  const before = await selectLastSeal(work.tx);
  const { events, ...rest } = wanted;
  const seal = {
    first_turn: null,
    end_turn: null,
    first_id: null,
    last_id: null,
    pruned_before: null,
    ...rest,
    number: (before?.number ?? 0) + 1,
    events: events.length,
    contents: contentsOf(events),
    sealed_at: work.now,
  };
  await insertSeal(work.tx, { ...seal, hash: hashOf(key, before?.hash, seal) });
}

/**
 * Lets the months of the log go that are older than the organization keeps them, and seals that it was so. Waits until
 * all that goes is sealed.
 *
 * @returns how many events went
 */
export async function pruneEvents(work: Work, key: Buffer, before: Date): Promise<number> {
  // open to all: only the house itself prunes
  if (!(await takeSealingTurn(work.tx))) return 0;
  const month = new Date(Date.UTC(before.getUTCFullYear(), before.getUTCMonth(), 1));
  const count = await dropEventMonths(work.tx, month);
  if (count === 0) return 0;
  await addSeal(work, key, { kind: "pruned", era: 0, pruned_before: month, events: [] });
  record(work, { type: "log.pruned", details: { before: month.toISOString(), events: count } });
  return count;
}
