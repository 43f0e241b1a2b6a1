import type { Queryable } from "../queryable.ts";

/**
 * Makes the partitions that events of this month and the next two go to. Where nobody did so in time, the events that
 * lie in the default partition move to theirs. Costs next to nothing when all are there.
 */
export async function ensureEventPartitions(to: Queryable, now: Date): Promise<void> {
  await to.rows("select ensure_event_partitions($1)", [now]);
}
