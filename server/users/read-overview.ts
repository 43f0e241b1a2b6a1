import type { Work } from "../db/work.ts";
import { countAll, saveCounts, selectCounts, selectFigures, selectSignInDays } from "../db/sql/overview.ts";
import type { Counts, Figures, SignInDay } from "../db/sql/overview.ts";
import { addJob } from "../jobs/add-job.ts";
import { firstIdAt } from "../kernel/ids.ts";

// Fewer accounts are counted faster than anybody notices, and then the numbers are of this moment.
const fewAccounts = 20_000;
const freshMs = 5 * 60_000;
const dayMs = 24 * 60 * 60_000;

export interface Overview {
  counts: Counts;
  /** When they were counted; null: just now. */
  countedAt: Date | null;
  figures: Figures;
  signIns: SignInDay[];
}

/**
 * The figures of the overview page (U18). They name nobody, so everyone who may use the console may see them.
 * Where there are many accounts, what takes long to count is what was counted last; a job counts again for the next one
 * who looks.
 */
export async function readOverview(work: Work, days: number): Promise<Overview> {
  return {
    ...(await readCounts(work)),
    figures: await selectFigures(work.tx, work.now, firstIdAt(new Date(work.now.getTime() - dayMs))),
    signIns: await selectSignInDays(work.tx, work.now, days),
  };
}

async function readCounts(work: Work): Promise<Pick<Overview, "counts" | "countedAt">> {
  const kept = await selectCounts(work.tx);
  if (kept !== undefined && accountsOf(kept.counts) >= fewAccounts) {
    const isOld = work.now.getTime() - kept.counted_at.getTime() > freshMs;
    if (isOld) addJob(work.tx, "overview.count", {}, { key: "overview.count", maxAttempts: 2 });
    return { counts: kept.counts, countedAt: kept.counted_at };
  }
  const counts = await countAll(work.tx, work.now);
  if (accountsOf(counts) >= fewAccounts) await saveCounts(work.tx, counts, work.now);
  return { counts, countedAt: null };
}

/** All accounts but those that are deleted. */
export function accountsOf(counts: Counts): number {
  return counts.pending + counts.active + counts.blocked + counts.disabled;
}
