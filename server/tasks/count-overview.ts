import { countAll, saveCounts } from "../db/sql/overview.ts";
import type { House } from "../house.ts";

/** Counts what the overview shows and takes long to count. Nobody waits for it, so it may read whole tables. */
export async function countOverview(house: House): Promise<void> {
  const now = house.now();
  await saveCounts(house.db, await countAll(house.db, now), now);
}
