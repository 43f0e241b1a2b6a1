import { record } from "../audit/record.ts";
import { failure } from "../contract/failure.ts";
import { totalLimit } from "../contract/shapes.ts";
import { countComments, deleteCommentRow, insertComment, lockComment, selectComments } from "../db/sql/comments.ts";
import type { CommentRow } from "../db/sql/comments.ts";
import { selectUser } from "../db/sql/users.ts";
import type { UserRow } from "../db/sql/users.ts";
import type { Page } from "../db/keyset.ts";
import type { Actor, Work } from "../db/work.ts";
import { isId, newId } from "../kernel/ids.ts";
import { allow } from "../permissions/rules.ts";
import { userRules } from "./policy.ts";
import { targetOf } from "./update-user.ts";

/**
 * One page of what administrators wrote about a user (U6), newest first.
 *
 * @throws user.missing access.denied request.cursorInvalid
 */
export async function findComments(
  work: Work,
  userId: string,
  asked: { cursor?: string | undefined; limit: number },
): Promise<Page<CommentRow> & { total: number; totalIsMore: boolean }> {
  const user = await requireUser(work, userId);
  const page = await selectComments(work.tx, user.id, asked);
  const count = await countComments(work.tx, user.id, totalLimit);
  return { ...page, total: Math.min(count, totalLimit), totalIsMore: count > totalLimit };
}

/**
 * Writes a comment about a user (U6). The event tells of it without its text.
 *
 * @throws comment.empty user.missing access.denied
 */
export async function addComment(work: Work, userId: string, text: string): Promise<CommentRow> {
  const user = await requireUser(work, userId);
  const written = text.trim();
  if (written === "") throw failure("comment.empty", { field: "text" });
  const row = {
    id: newId<string>(work.now),
    user_id: user.id,
    author_kind: work.actor.kind,
    author_id: work.actor.id,
    author_name: work.actor.name,
    text: written,
    created_at: work.now,
  };
  await insertComment(work.tx, row);
  record(work, { type: "user.commented", subject: { kind: "user", id: user.id, name: user.display_name } });
  return { ...row, author_is_deleted: false };
}

/**
 * Deletes a comment that the actor wrote.
 *
 * @throws comment.missing comment.notOwn user.missing access.denied
 */
export async function deleteComment(work: Work, userId: string, commentId: string): Promise<void> {
  const user = await requireUser(work, userId);
  const row = isId(commentId) ? await lockComment(work.tx, commentId) : undefined;
  if (row === undefined || row.user_id !== user.id) throw failure("comment.missing");
  if (!wrote(work.actor, row)) throw failure("comment.notOwn");
  await deleteCommentRow(work.tx, row.id);
  record(work, { type: "user.commentDeleted", subject: { kind: "user", id: user.id, name: user.display_name } });
}

/** Whether somebody wrote a comment. */
export function wrote(actor: Actor, row: CommentRow): boolean {
  return row.author_kind === actor.kind && row.author_id === actor.id;
}

/** Comments are for those who manage accounts: the user and their directory never see them. */
async function requireUser(work: Work, id: string): Promise<UserRow> {
  if (!work.actor.can("accounts")) throw failure("access.denied");
  const user = isId(id) ? await selectUser(work.tx, id) : undefined;
  if (user === undefined) throw failure("user.missing");
  allow(userRules, work.actor, "user.read", targetOf(user));
  return user;
}
