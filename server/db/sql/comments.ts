import type { UserId } from "../../kernel/ids.ts";
import { Binds, cutPage, keyset, readCursor } from "../keyset.ts";
import type { Page } from "../keyset.ts";
import type { Queryable } from "../queryable.ts";

export interface CommentRow {
  id: string;
  user_id: UserId;
  author_kind: string;
  author_id: string | null;
  author_name: string;
  author_is_deleted: boolean;
  text: string;
  created_at: Date;
}

/** One page of comments about a user, newest first. Uses user_comments_user. */
export async function selectComments(
  from: Queryable,
  userId: UserId,
  page: { cursor?: string | undefined; limit: number },
): Promise<Page<CommentRow>> {
  const cursor = page.cursor === undefined ? undefined : readCursor(page.cursor, "comments");
  const binds = new Binds();
  const user = binds.bind(userId);
  const { where, orderBy } = keyset({ expression: "c.id", type: "uuid" }, "c.id", "desc", cursor, binds);
  const rows = await from.rows<CommentRow>(
    `select c.id, c.user_id, c.author_kind, c.author_id, c.author_name, c.text, c.created_at,
       (a.deleted_at is not null) as author_is_deleted
     from user_comments c left join users a on c.author_kind = 'user' and a.id::text = c.author_id
     where c.user_id = ${user} and ${where} order by ${orderBy} limit ${binds.bind(page.limit + 1)}`,
    binds.values,
  );
  return cutPage(rows, page.limit, cursor, "comments", (row) => ({ value: row.id, id: row.id }));
}

/** How many comments there are about a user, counted no further than `most` + 1. Uses user_comments_user. */
export async function countComments(from: Queryable, userId: UserId, most: number): Promise<number> {
  const row = await from.row<{ count: number }>(
    "select count(*)::int as count from (select 1 from user_comments where user_id = $1 limit $2) c",
    [userId, most + 1],
  );
  return row?.count ?? 0;
}

/** One comment. Uses user_comments_pkey. */
export async function lockComment(from: Queryable, id: string): Promise<CommentRow | undefined> {
  return await from.row<CommentRow>("select * from user_comments where id = $1 for update", [id]);
}

export async function insertComment(to: Queryable, row: Omit<CommentRow, "author_is_deleted">): Promise<void> {
  await to.run(
    `insert into user_comments (id, user_id, author_kind, author_id, author_name, text, created_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [row.id, row.user_id, row.author_kind, row.author_id, row.author_name, row.text, row.created_at],
  );
}

/** Uses user_comments_pkey. */
export async function deleteCommentRow(to: Queryable, id: string): Promise<void> {
  await to.run("delete from user_comments where id = $1", [id]);
}
