import type { BulkOutcome } from "../contract/bulk.ts";
import { failure } from "../contract/failure.ts";
import { totalLimit } from "../contract/shapes.ts";
import {
  countBulkJobs,
  countRefusals,
  lockBulkJob,
  selectBulkJob,
  selectBulkPage,
  selectBulkResults,
} from "../db/sql/bulk.ts";
import type { BulkJobRow, BulkResultRow } from "../db/sql/bulk.ts";
import type { Page } from "../db/keyset.ts";
import type { Work } from "../db/work.ts";
import { isId } from "../kernel/ids.ts";
import { end } from "./run-batch.ts";

type Asked = { cursor?: string | undefined; limit: number };
type Counted<Row> = Page<Row> & { total: number; totalIsMore: boolean };

/** One page of bulk actions, newest first. @throws access.denied request.cursorInvalid */
export async function findBulkJobs(work: Work, asked: Asked): Promise<Counted<BulkJobRow>> {
  if (!work.actor.can("accounts")) throw failure("access.denied");
  const page = await selectBulkPage(work.tx, asked);
  return { ...page, ...capped(await countBulkJobs(work.tx, totalLimit)) };
}

/** One bulk action with the reasons of its refusals. @throws bulk.missing access.denied */
export async function readBulkJob(
  work: Work,
  id: string,
): Promise<{ job: BulkJobRow; refusals: { code: string; count: number }[] }> {
  if (!work.actor.can("accounts")) throw failure("access.denied");
  const job = isId(id) ? await selectBulkJob(work.tx, id) : undefined;
  if (job === undefined) throw failure("bulk.missing");
  return { job, refusals: job.refused === 0 ? [] : await countRefusals(work.tx, id) };
}

/** One page of what has become of the users. @throws bulk.missing access.denied request.cursorInvalid */
export async function findBulkResults(
  work: Work,
  id: string,
  asked: Asked & { outcome?: BulkOutcome | undefined },
): Promise<Counted<BulkResultRow>> {
  const { job } = await readBulkJob(work, id);
  const page = await selectBulkResults(work.tx, job.id, asked.outcome, asked);
  return { ...page, total: asked.outcome === undefined ? job.total : job[asked.outcome], totalIsMore: false };
}

/**
 * Stops a bulk action between two batches: what is done stays done.
 *
 * @throws bulk.missing bulk.over access.denied
 */
export async function cancelBulk(work: Work, id: string): Promise<BulkJobRow> {
  if (!work.actor.can("accounts")) throw failure("access.denied");
  const job = isId(id) ? await lockBulkJob(work.tx, id) : undefined;
  if (job === undefined) throw failure("bulk.missing");
  if (job.state !== "working") throw failure("bulk.over");
  await end(work, job, "cancelled", null);
  return { ...job, state: "cancelled", ended_at: work.now };
}

function capped(count: number) {
  return { total: Math.min(count, totalLimit), totalIsMore: count > totalLimit };
}
