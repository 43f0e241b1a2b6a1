import { selectOwnEventPage } from "../db/sql/event-list.ts";
import type { EventListRow } from "../db/sql/event-list.ts";
import type { Page } from "../db/keyset.ts";
import type { Work } from "../db/work.ts";

/**
 * What happened to somebody's own account, newest first (S8). What administrators and directories did shows, but not
 * from where.
 *
 * @throws request.cursorInvalid
 */
export async function readOwnEvents(
  work: Work,
  page: { cursor?: string | undefined; limit: number },
): Promise<Page<EventListRow>> {
  // open to all: whoever acts reads their own lines, and no others
  const { actor } = work;
  if (actor.kind !== "user" || actor.id === null) throw new Error("only a user has events of their own");
  return await selectOwnEventPage(work.tx, actor.id, page);
}
