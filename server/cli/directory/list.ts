import type { Work } from "#server/db/work.ts";
import { listDirectories, presentDirectory } from "#server/directories/list-directories.ts";

const pageSize = 200;

/** All directories by name; there are few. */
export async function listAllDirectories(work: Work, issuer: string): Promise<ReturnType<typeof presentDirectory>[]> {
  const items: ReturnType<typeof presentDirectory>[] = [];
  let cursor: string | undefined;
  do {
    const page = await listDirectories(work, { cursor, limit: pageSize });
    items.push(...page.rows.map((row) => presentDirectory(row, issuer)));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}
