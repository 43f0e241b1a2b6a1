import type { Work } from "#server/db/work.ts";
import { findUsers } from "#server/users/find-users.ts";
import { presentUserRow } from "#server/users/present-user.ts";
import { readCount } from "../words/read-count.ts";

interface ListFlags {
  search: string | undefined;
  status: string[] | undefined;
  limit: string | undefined;
}

export interface ListedUsers {
  items: ReturnType<typeof presentUserRow>[];
  total: number;
  /** True: there are more than `total`. */
  totalIsMore: boolean;
}

const pageSize = 200;

/** The newest users that fit, page by page up to the limit. */
export async function listUsers(work: Work, flags: ListFlags): Promise<ListedUsers> {
  const limit = flags.limit === undefined ? 50 : readCount("--limit", flags.limit, { least: 1, most: 100_000 });
  const items: ListedUsers["items"] = [];
  for (let cursor: string | undefined; ;) {
    const found = await findUsers(work, {
      q: flags.search,
      status: flags.status?.join(","),
      sort: "created",
      order: "desc",
      cursor,
      limit: Math.min(pageSize, limit - items.length),
    });
    items.push(...found.rows.map((row) => presentUserRow(row, work.actor)));
    cursor = found.nextCursor ?? undefined;
    if (cursor === undefined || items.length >= limit) {
      return { items, total: found.total, totalIsMore: found.totalIsMore };
    }
  }
}
