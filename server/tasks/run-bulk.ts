import { runBatch } from "../bulk/run-batch.ts";
import { inWork, trusted } from "../db/work.ts";
import type { House } from "../house.ts";
import { addJob } from "../jobs/add-job.ts";
import type { Jobs } from "../jobs/add-job.ts";

/** How long a bulk action keeps others of the queue waiting. */
const turnMs = 2000;

/**
 * Works a bulk action off for a while, then lines up behind the others: a small one does not wait for one of a million
 * users. A worker that dies is followed by another that goes on where the last batch ended.
 */
export async function runBulk(house: House, { bulkJobId }: Jobs["bulk.run"]): Promise<void> {
  const until = performance.now() + turnMs;
  while (await runBatch(house, bulkJobId)) {
    if (performance.now() < until) continue;
    const by = { actor: trusted("system", "bulk action"), requestId: "bulk.run" };
    await inWork(house, by, async (work) => {
      addJob(work.tx, "bulk.run", { bulkJobId }, { queue: "bulk" });
    });
    return;
  }
}
