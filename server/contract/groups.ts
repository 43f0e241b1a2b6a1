import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { byId, id, noReply, nothing, page, pageQuery, time } from "./shapes.ts";
import { userRow } from "./users.ts";

const named = z.object({ id, name: z.string() });

export const groupRow = z.object({
  id,
  displayName: z.string(),
  /** The directory that owns the group, and alone changes it; null for one made here. */
  directory: named.nullable(),
  /** Users and groups in it, not counting who is in those groups. */
  memberCount: z.number().int(),
  createdAt: time,
  updatedAt: time,
});

/** Everything about a group that its page shows. */
export const groupDetails = groupRow.extend({
  /** How many of the members are groups. */
  groupCount: z.number().int(),
  /** Groups that this one is in, the first 50 by name: its members count as theirs. */
  parents: z.array(named),
  /** Advances with every change of the group or its members. */
  version: z.string(),
});

const displayName = z.string().max(1000);
const search = z.string().max(200).optional();
/** How many a call adds or removes at most. */
export const mostMembers = 500;
const ids = z.array(id).max(mostMembers);

/** Users and groups that go into a group. */
export const newMembers = z.object({ userIds: ids.optional(), groupIds: ids.optional() }).strict();

export const newGroup = z.object({ displayName }).strict();
export const groupChange = z.object({ displayName }).partial().strict();

export const listGroups = endpoint({
  method: "GET",
  path: "/groups",
  summary: "List and search groups by name",
  permission: "groups",
  params: nothing,
  query: z.object({ ...pageQuery, q: search }),
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
  reply: groupDetails,
  isVersioned: true,
  failures: ["group.missing"],
});

export const createGroup = endpoint({
  method: "POST",
  path: "/groups",
  summary: "Create a group without members",
  permission: "groups",
  params: nothing,
  query: nothing,
  body: newGroup,
  status: 201,
  reply: groupDetails,
  failures: ["group.nameMissing", "group.nameTooLong", "group.nameTaken"],
});

export const updateGroup = endpoint({
  method: "PATCH",
  path: "/groups/:id",
  summary: "Rename a group",
  permission: "groups",
  params: byId,
  query: nothing,
  body: groupChange,
  status: 200,
  reply: groupDetails,
  isVersioned: true,
  failures: [
    "group.missing",
    "group.ofDirectory",
    "group.nameMissing",
    "group.nameTooLong",
    "group.nameTaken",
    "request.stale",
  ],
});

export const deleteGroup = endpoint({
  method: "DELETE",
  path: "/groups/:id",
  summary: "Delete a group; its members stay, and lose what only the group gave them",
  permission: "groups",
  params: byId,
  query: nothing,
  body: nothing,
  status: 204,
  reply: noReply,
  failures: ["group.missing", "group.ofDirectory"],
});

export const listGroupMembers = endpoint({
  method: "GET",
  path: "/groups/:id/members",
  summary: "Users in a group",
  permission: "groups",
  params: byId,
  query: z.object({ ...pageQuery, q: search }),
  body: nothing,
  status: 200,
  reply: page(userRow.pick({ id: true, username: true, displayName: true, email: true, status: true })),
  failures: ["group.missing", "request.cursorInvalid"],
});

export const listGroupGroups = endpoint({
  method: "GET",
  path: "/groups/:id/groups",
  summary: "Groups in a group, by name; who is in them counts as a member of it, too",
  permission: "groups",
  params: byId,
  query: z.object({ ...pageQuery, q: search }),
  body: nothing,
  status: 200,
  reply: page(groupRow),
  failures: ["group.missing", "request.cursorInvalid"],
});

export const findGroupCandidates = endpoint({
  method: "GET",
  path: "/groups/:id/members/candidates",
  summary: "Users and groups that could be put into a group: those that are not in it and would close no ring",
  permission: "groups",
  params: byId,
  query: z.object({ q: search }),
  body: nothing,
  status: 200,
  reply: z.object({
    users: z.array(userRow.pick({ id: true, username: true, displayName: true, email: true, status: true })),
    groups: z.array(groupRow.pick({ id: true, displayName: true, directory: true, memberCount: true })),
    /** Whether there are more than are shown: a longer search finds them. */
    hasMore: z.boolean(),
  }),
  failures: ["group.missing"],
});

export const addGroupMembers = endpoint({
  method: "POST",
  path: "/groups/:id/members",
  summary: "Put users and groups into a group; those in it already are left alone",
  permission: "groups",
  params: byId,
  query: nothing,
  body: newMembers,
  status: 200,
  reply: z.object({ added: z.number().int() }),
  failures: ["group.missing", "group.ofDirectory", "group.unknownMember", "group.cycle"],
});

export const removeGroupMembers = endpoint({
  method: "POST",
  path: "/groups/:id/members/remove",
  summary: "Take users and groups out of a group; what only the group gave them ends at once",
  permission: "groups",
  params: byId,
  query: nothing,
  body: z.object({ ids: ids.min(1) }).strict(),
  status: 200,
  reply: z.object({ removed: z.number().int() }),
  failures: ["group.missing", "group.ofDirectory"],
});

/** A group that a user is in. */
export const groupOfUser = groupRow.pick({ id: true, displayName: true, directory: true, memberCount: true });

export const listUserGroups = endpoint({
  method: "GET",
  path: "/users/:id/groups",
  summary: "Groups of a user by name, and those that hold one of them",
  permission: "accounts",
  params: byId,
  query: z.object({ ...pageQuery, q: search }),
  body: nothing,
  status: 200,
  reply: page(groupOfUser).extend({
    /** Groups that the user is in through another one, the first 50 by name. */
    through: z.array(groupOfUser.extend({ via: named })),
  }),
  failures: ["user.missing", "request.cursorInvalid"],
});

export const findUserGroupCandidates = endpoint({
  method: "GET",
  path: "/users/:id/groups/candidates",
  summary: "Groups that a user is not in, as far as people may be added to them here",
  permission: "groups",
  params: byId,
  query: z.object({ q: search }),
  body: nothing,
  status: 200,
  reply: z.object({ items: z.array(groupOfUser), hasMore: z.boolean() }),
  failures: ["user.missing"],
});

const someGroups = z.object({ groupIds: z.array(id).min(1).max(100) }).strict();

export const addUserToGroups = endpoint({
  method: "POST",
  path: "/users/:id/groups",
  summary: "Put a user into groups; all of them, or none when one refuses",
  permission: "groups",
  params: byId,
  query: nothing,
  body: someGroups,
  status: 200,
  reply: z.object({ added: z.number().int() }),
  failures: ["user.missing", "group.missing", "group.ofDirectory"],
});

export const removeUserFromGroups = endpoint({
  method: "POST",
  path: "/users/:id/groups/remove",
  summary: "Take a user out of groups; all of them, or none when one refuses",
  permission: "groups",
  params: byId,
  query: nothing,
  body: someGroups,
  status: 200,
  reply: z.object({ removed: z.number().int() }),
  failures: ["user.missing", "group.missing", "group.ofDirectory"],
});
