import { ensureEventPartitions } from "../db/sql/event-partitions.ts";
import type { House } from "../house.ts";

/** Makes the partitions of the event log. A failure is told in the log only: events have the default partition meanwhile. */
export async function makePartitions(house: House): Promise<void> {
  try {
    await ensureEventPartitions(house.db, house.now());
  } catch (error) {
    house.log.error({ err: error }, "the partitions of the event log cannot be made");
  }
}
