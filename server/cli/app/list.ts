import { listApps, presentAppRow } from "#server/apps/list-apps.ts";
import type { Work } from "#server/db/work.ts";

const pageSize = 200;

/** All apps by name; there are few. */
export async function listAllApps(work: Work): Promise<ReturnType<typeof presentAppRow>[]> {
  const items: ReturnType<typeof presentAppRow>[] = [];
  let cursor: string | undefined;
  do {
    const page = await listApps(work, { cursor, limit: pageSize });
    items.push(...page.rows.map(presentAppRow));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}
