import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { byId, id, noReply, nothing, time } from "./shapes.ts";

export const userView = z.object({
  id,
  name: z.string(),
  /** What stands behind the question mark in the address of the user list: filters, order, columns. */
  query: z.string(),
  createdAt: time,
});

export const listUserViews = endpoint({
  method: "GET",
  path: "/me/user-views",
  summary: "Own views of the user list, by name; an API token has none",
  permission: "accounts",
  params: nothing,
  query: nothing,
  body: nothing,
  status: 200,
  reply: z.object({ items: z.array(userView) }),
  failures: [],
});

export const saveUserView = endpoint({
  method: "PUT",
  path: "/me/user-views",
  summary: "Keep a view of the user list; one of the same name is replaced",
  permission: "accounts",
  params: nothing,
  query: nothing,
  body: z.object({ name: z.string().max(60), query: z.string().max(4000) }).strict(),
  status: 200,
  reply: userView,
  failures: ["view.nameMissing", "view.tooMany", "view.noOwner"],
});

export const deleteUserView = endpoint({
  method: "DELETE",
  path: "/me/user-views/:id",
  summary: "Forget a view of the user list",
  permission: "accounts",
  params: byId,
  query: nothing,
  body: nothing,
  status: 204,
  reply: noReply,
  failures: ["view.missing"],
});
