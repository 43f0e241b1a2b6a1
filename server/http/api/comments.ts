import type { z } from "zod";
import type * as comments from "../../contract/comments.ts";
import type { CommentRow } from "../../db/sql/comments.ts";
import { inWork } from "../../db/work.ts";
import type { Actor } from "../../db/work.ts";
import { addComment, deleteComment, findComments, wrote } from "../../users/comments.ts";
import type { Handlers } from "./handler.ts";

type Operations = Pick<typeof comments, "listUserComments" | "addUserComment" | "deleteUserComment">;

export const commentHandlers: Handlers<Operations> = {
  listUserComments: async ({ house, by, params, query }) =>
    await inWork(house, by, async (work) => {
      const found = await findComments(work, params.id, query);
      return { ...found, items: found.rows.map((row) => presentComment(row, by.actor)) };
    }),

  addUserComment: async ({ house, by, params, body }) =>
    presentComment(await inWork(house, by, async (work) => await addComment(work, params.id, body.text)), by.actor),

  deleteUserComment: async ({ house, by, params }) =>
    await inWork(house, by, async (work) => {
      await deleteComment(work, params.id, params.commentId);
      return undefined;
    }),
};

function presentComment(row: CommentRow, viewer: Actor): z.input<typeof comments.comment> {
  return {
    id: row.id,
    text: row.text,
    author: {
      kind: row.author_kind,
      id: row.author_id,
      name: row.author_name,
      isDeleted: row.author_is_deleted,
    },
    isOwn: wrote(viewer, row),
    createdAt: row.created_at.toISOString(),
  };
}
