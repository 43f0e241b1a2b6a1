import { none, some } from "./move.ts";
import type { Move, Person, Stage, Wanted } from "./move.ts";

// Moves that several clients make alike. What is a client's own is in its own file.

export const core = "urn:ietf:params:scim:schemas:core:2.0:User";
export const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
export const groupSchema = "urn:ietf:params:scim:schemas:core:2.0:Group";
const listSchema = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const errorSchema = "urn:ietf:params:scim:api:messages:2.0:Error";
const patchSchema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/** The body of a PATCH. */
export function patch(...operations: unknown[]): object {
  return { schemas: [patchSchema], Operations: operations };
}

/** A list with this filter, and more of the query behind it. */
export function filtered(type: "Users" | "Groups", filter: string, more = ""): string {
  return `/${type}?filter=${encodeURIComponent(filter)}${more}`;
}

/** Nobody is found, and that is no error (RFC 7644 §3.4.2). */
export const emptyList: Readonly<Record<string, Wanted>> = { "/schemas/0": listSchema, "/totalResults": 0 };

/** Exactly the test user is found. */
export const onlyUser = (stage: Stage): Record<string, Wanted> => ({
  "/totalResults": 1,
  "/Resources/0/id": stage.ids.user ?? some,
});

/** An error as RFC 7644 §3.12 has it. */
export const errorOf = (status: number): Readonly<Record<string, Wanted>> => ({
  "/schemas/0": errorSchema,
  "/status": String(status),
});

/** The address of the test user, of the second one or of the group. */
export const at = (stage: Stage, role: keyof Stage["ids"]): string =>
  `/${role === "group" ? "Groups" : "Users"}/${stage.ids[role] ?? ""}`;

/** A new user as most clients send it. */
export const plainUser = ({ person }: Stage): object => ({
  schemas: [core],
  externalId: person.externalId,
  userName: person.userName,
  displayName: person.displayName,
  name: { givenName: person.givenName, familyName: person.familyName },
  emails: [{ value: person.email, type: "work", primary: true }],
  active: true,
});

/** What the answer to a new user must say, whoever made it. */
export const newUserShows = (person: Person): Record<string, Wanted> => ({
  "/id": some,
  "/userName": person.userName,
  "/name/givenName": person.givenName,
  "/name/familyName": person.familyName,
  "/active": true,
  "/emails/0/value": person.email,
});

export const unknownId: Move = {
  name: "unknownId",
  ask: () => ({ method: "GET", path: "/Users/00919288221112222" }),
  statuses: [404],
  shows: () => errorOf(404),
};

export const noToken: Move = {
  name: "noToken",
  ask: () => ({ method: "GET", path: "/Users?count=1", anonymous: true }),
  statuses: [401],
  shows: () => errorOf(401),
};

export const config: Move = {
  name: "config",
  ask: () => ({ method: "GET", path: "/ServiceProviderConfig" }),
  statuses: [200],
  shows: () => ({ "/patch/supported": true, "/filter/supported": true, "/bulk/maxOperations": some }),
};

export const resourceTypes: Move = {
  name: "resourceTypes",
  ask: () => ({ method: "GET", path: "/ResourceTypes" }),
  statuses: [200],
  shows: () => ({ "/Resources/0/endpoint": "/Users", "/Resources/1/endpoint": "/Groups" }),
};

export const schemas: Move = {
  name: "schemas",
  ask: () => ({ method: "GET", path: "/Schemas" }),
  statuses: [200],
  shows: () => ({ "/Resources/0/id": some, "/Resources/0/attributes/0/name": some }),
};

export const read: Move = {
  name: "read",
  after: ["user"],
  ask: (stage) => ({ method: "GET", path: at(stage, "user") }),
  statuses: [200],
  shows: ({ person }) => newUserShows(person),
};

/** Deactivates the way that RFC 7644 §3.5.2.3 has it, without a path. */
export const deactivate: Move = {
  name: "deactivate",
  after: ["user"],
  ask: (stage) => ({
    method: "PATCH",
    path: at(stage, "user"),
    body: patch({ op: "replace", value: { active: false } }),
  }),
  statuses: [200, 204],
  shows: () => ({ "/active": false }),
};

export const reactivate: Move = {
  ...deactivate,
  name: "reactivate",
  ask: (stage) => ({
    method: "PATCH",
    path: at(stage, "user"),
    body: patch({ op: "replace", value: { active: true } }),
  }),
  shows: ({ ids }) => ({ "/active": true, "/id": ids.user ?? some }),
};

export const createGroup: Move = {
  name: "createGroup",
  ask: ({ groupName }) => ({
    method: "POST",
    path: "/Groups",
    body: { schemas: [groupSchema], displayName: groupName, members: [] },
  }),
  statuses: [201],
  shows: ({ groupName }) => ({ "/id": some, "/displayName": groupName }),
  makes: "group",
};

export const addMembers: Move = {
  name: "addMembers",
  after: ["user", "group"],
  ask: (stage) => ({
    method: "PATCH",
    path: at(stage, "group"),
    body: patch({ op: "add", path: "members", value: [{ value: stage.ids.user }] }),
  }),
  statuses: [200, 204],
};

export const readMembers: Move = {
  name: "readMembers",
  after: ["user", "group"],
  follows: "addMembers",
  ask: (stage) => ({ method: "GET", path: at(stage, "group") }),
  statuses: [200],
  shows: ({ ids }) => ({ "/members/0/value": ids.user ?? some, "/members/1": none }),
};

/** The same once the test user was taken out. */
export const readNoMembers: Move = {
  ...readMembers,
  follows: "removeMember",
  shows: () => ({ "/members": none }),
};

export const removeMember: Move = {
  name: "removeMember",
  after: ["user", "group"],
  ask: (stage) => ({
    method: "PATCH",
    path: at(stage, "group"),
    body: patch({ op: "remove", path: `members[value eq "${stage.ids.user}"]` }),
  }),
  statuses: [200, 204],
};

export const deleteGroup: Move = {
  name: "deleteGroup",
  after: ["group"],
  ask: (stage) => ({ method: "DELETE", path: at(stage, "group") }),
  statuses: [204],
};

export const deleteUser: Move = {
  name: "deleteUser",
  after: ["user"],
  ask: (stage) => ({ method: "DELETE", path: at(stage, "user") }),
  statuses: [204],
};

export const isGone: Move = {
  name: "isGone",
  after: ["user"],
  follows: "deleteUser",
  ask: (stage) => ({ method: "GET", path: at(stage, "user") }),
  statuses: [404],
};
