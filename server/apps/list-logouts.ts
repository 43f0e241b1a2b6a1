import type { z } from "zod";
import type { appLogout } from "../contract/apps.ts";
import { totalLimit } from "../contract/shapes.ts";
import { countLogoutNotices, selectLogoutNoticePage } from "../db/sql/logout-notices.ts";
import type { LogoutNoticeRow } from "../db/sql/logout-notices.ts";
import type { Page } from "../db/keyset.ts";
import type { Work } from "../db/work.ts";
import { readApp } from "./update-app.ts";

/**
 * One page of what an app was told over its back channel, newest first.
 *
 * @throws app.missing access.denied request.cursorInvalid
 */
export async function listLogouts(
  work: Work,
  appId: string,
  page: { cursor?: string | undefined; limit: number },
): Promise<Page<LogoutNoticeRow> & { total: number; totalIsMore: boolean }> {
  const app = await readApp(work, appId);
  const count = await countLogoutNotices(work.tx, app.id, totalLimit);
  return {
    ...(await selectLogoutNoticePage(work.tx, app.id, page)),
    total: Math.min(count, totalLimit),
    totalIsMore: count > totalLimit,
  };
}

/** A line of it in the words of the contract. */
export function presentLogout(row: LogoutNoticeRow): z.infer<typeof appLogout> {
  return {
    id: row.id,
    user: { id: row.user_id, name: row.user_name },
    reason: row.reason,
    state: row.state,
    attempts: row.attempts,
    lastError: row.last_error,
    createdAt: row.created_at.toISOString(),
    doneAt: row.done_at?.toISOString() ?? null,
  };
}
