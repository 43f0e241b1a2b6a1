import { failure } from "../contract/failure.ts";
import { totalLimit } from "../contract/shapes.ts";
import { countEvents, selectEventPage } from "../db/sql/event-list.ts";
import type { EventListFilter, EventListRow } from "../db/sql/event-list.ts";
import type { Page } from "../db/keyset.ts";
import type { Work } from "../db/work.ts";

/**
 * One page of the audit log, newest first (L2).
 *
 * @throws access.denied request.cursorInvalid
 */
export async function findEvents(
  work: Work,
  filter: EventListFilter,
  page: { cursor?: string | undefined; limit: number },
): Promise<Page<EventListRow> & { total: number; totalIsMore: boolean }> {
  if (!work.actor.can("logs")) throw failure("access.denied");
  const count = await countEvents(work.tx, filter, totalLimit);
  return {
    ...(await selectEventPage(work.tx, filter, page)),
    total: Math.min(count, totalLimit),
    totalIsMore: count > totalLimit,
  };
}
