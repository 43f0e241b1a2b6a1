import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { byId, id, noReply, nothing, page, pageQuery, time } from "./shapes.ts";

export const comment = z.object({
  id,
  text: z.string(),
  author: z.object({ kind: z.string(), id: z.string().nullable(), name: z.string(), isDeleted: z.boolean() }),
  /** Whether whoever asks wrote it, and so may delete it. */
  isOwn: z.boolean(),
  createdAt: time,
});

export const listUserComments = endpoint({
  method: "GET",
  path: "/users/:id/comments",
  summary: "What administrators wrote about a user, newest first; users never see it",
  permission: "accounts",
  params: byId,
  query: z.object(pageQuery),
  body: nothing,
  status: 200,
  reply: page(comment),
  failures: ["user.missing", "request.cursorInvalid"],
});

export const addUserComment = endpoint({
  method: "POST",
  path: "/users/:id/comments",
  summary: "Write a comment about a user, for other administrators",
  permission: "accounts",
  params: byId,
  query: nothing,
  body: z.object({ text: z.string().max(4000) }).strict(),
  status: 201,
  reply: comment,
  failures: ["user.missing", "comment.empty"],
});

export const deleteUserComment = endpoint({
  method: "DELETE",
  path: "/users/:id/comments/:commentId",
  summary: "Delete an own comment",
  permission: "accounts",
  params: z.object({ id, commentId: id }),
  query: nothing,
  body: nothing,
  status: 204,
  reply: noReply,
  failures: ["user.missing", "comment.missing", "comment.notOwn"],
});
