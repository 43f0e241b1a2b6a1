import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { byId, id, nothing, page, pageQuery, time } from "./shapes.ts";
import { userRow } from "./users.ts";

export const groupRow = z.object({
  id,
  displayName: z.string(),
  directory: z.object({ id, name: z.string() }).nullable(),
  memberCount: z.number().int(),
  createdAt: time,
  updatedAt: time,
});

export const listGroups = endpoint({
  method: "GET",
  path: "/groups",
  summary: "List and search groups by name",
  permission: "groups",
  params: nothing,
  query: z.object({ ...pageQuery, q: z.string().max(200).optional() }),
  body: nothing,
  status: 200,
  reply: page(groupRow),
  failures: ["request.cursorInvalid"],
});

export const getGroup = endpoint({
  method: "GET",
  path: "/groups/:id",
  summary: "One group",
  permission: "groups",
  params: byId,
  query: nothing,
  body: nothing,
  status: 200,
  reply: groupRow,
  failures: ["group.missing"],
});

export const listGroupMembers = endpoint({
  method: "GET",
  path: "/groups/:id/members",
  summary: "Members of a group, by name",
  permission: "groups",
  params: byId,
  query: z.object({ ...pageQuery, q: z.string().max(200).optional() }),
  body: nothing,
  status: 200,
  reply: page(userRow.pick({ id: true, username: true, displayName: true, email: true, status: true })),
  failures: ["group.missing", "request.cursorInvalid"],
});
