import { failure } from "../contract/failure.ts";
import { countOnboarding, selectOnboardingDays, selectOnboardingTotals } from "../db/sql/onboarding-figures.ts";
import type { OnboardingDay, OnboardingTotals } from "../db/sql/onboarding-figures.ts";
import type { Work } from "../db/work.ts";
import { addJob } from "../jobs/add-job.ts";

/** Figures that are older are counted anew while somebody looks at them. */
const freshMs = 60_000;

/**
 * The figures of onboarding (O2): of the moment and by day, oldest first. They were counted by a job; where they are not
 * fresh, another is asked for.
 *
 * @throws access.denied
 */
export async function readOnboardingFigures(
  work: Work,
  days: number,
): Promise<{ totals: OnboardingTotals; days: OnboardingDay[] }> {
  if (!work.actor.can("accounts")) throw failure("access.denied");
  let totals = await selectOnboardingTotals(work.tx);
  if (totals === undefined) {
    await countOnboarding(work.tx, work.now);
    totals = await selectOnboardingTotals(work.tx);
  } else if (work.now.getTime() - totals.counted_at.getTime() > freshMs) {
    addJob(work.tx, "onboarding.count", {}, { key: "onboarding.count" });
  }
  if (totals === undefined) throw new Error("what was counted is not there");
  return { totals, days: await selectOnboardingDays(work.tx, days) };
}
