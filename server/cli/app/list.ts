import { listApps, presentApp } from "#server/apps/list-apps.ts";
import type { Work } from "#server/db/work.ts";

const pageSize = 200;

/** All apps by name; there are few. */
export async function listAllApps(work: Work): Promise<ReturnType<typeof presentApp>[]> {
  const items: ReturnType<typeof presentApp>[] = [];
  let cursor: string | undefined;
  do {
    const page = await listApps(work, { cursor, limit: pageSize });
    items.push(...page.rows.map((row) => presentApp(row, row.userCount)));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}
