import type { Work } from "#server/db/work.ts";
import { listDirectoryRequests, presentRequest } from "#server/directories/list-directories.ts";
import { UsageError } from "../command.ts";
import { readCount } from "../words/read-count.ts";
import { findDirectory } from "./find.ts";

interface RequestFlags {
  failed: boolean;
  status: string | undefined;
  method: string | undefined;
  path: string | undefined;
  limit: string | undefined;
}

const pageSize = 200;

/** The newest requests of a directory that fit. @throws directory.missing UsageError */
export async function listRequestsOf(
  work: Work,
  named: string,
  flags: RequestFlags,
): Promise<ReturnType<typeof presentRequest>[]> {
  const { failed, status, method, path } = flags;
  if (status !== undefined && !/^[2-5](?:\d\d|xx)$/.test(status)) {
    throw new UsageError(`\`--status\` is a code such as 409 or a class such as 4xx, not \`${status}\`.`);
  }
  const most = flags.limit === undefined ? 50 : readCount("--limit", flags.limit, { least: 1, most: 10_000 });
  const id = await findDirectory(work, named);
  const items: ReturnType<typeof presentRequest>[] = [];
  for (let cursor: string | undefined; ;) {
    const limit = Math.min(pageSize, most - items.length);
    const page = await listDirectoryRequests(work, id, { failed, status, method, path, cursor, limit });
    items.push(...page.rows.map(presentRequest));
    cursor = page.nextCursor ?? undefined;
    if (cursor === undefined || items.length >= most) return items;
  }
}
