import type { Work } from "../db/work.ts";
import { selectOverview, selectSignInDays } from "../db/sql/overview.ts";
import type { OverviewRow, SignInDay } from "../db/sql/overview.ts";

/** The figures of the overview page. They name nobody, so everyone who may use the console may see them. */
export async function readOverview(work: Work, days: number): Promise<{ figures: OverviewRow; signIns: SignInDay[] }> {
  return { figures: await selectOverview(work.tx, work.now), signIns: await selectSignInDays(work.tx, work.now, days) };
}
