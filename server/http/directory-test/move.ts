import type { DirectorySwitch } from "../../contract/directory-products.ts";

/** What a test may make, by the name under which later moves find its id. */
export type Role = "user" | "second" | "group";

/** Somebody who is made up for a test. */
export interface Person {
  userName: string;
  email: string;
  externalId: string;
  displayName: string;
  givenName: string;
  familyName: string;
}

/** Who and what a test is about, and the ids it has learned. */
export interface Stage {
  person: Person;
  second: Person;
  groupName: string;
  renamedGroup: string;
  /** A name and an id that nobody has. */
  nobody: string;
  password: string;
  ids: Partial<Record<Role, string>>;
  /** The last answer about the test user, for clients that send back what they read. */
  lastUser: Readonly<Record<string, unknown>>;
}

export interface Ask {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  /** True: without the Authorization header. */
  anonymous?: boolean;
}

/** A value that an answer must have: itself, any at all, or none. */
export type Wanted = string | number | boolean | typeof some | typeof none;
export const some = Symbol("anything");
export const none = Symbol("nothing");

/** One thing that a client does when it is set up. */
export interface Move {
  name: MoveName;
  /** Roles whose ids it needs; without them it is not made. */
  after?: readonly Role[];
  /** A move that it looks at the effect of; when that one failed, it is not made. */
  follows?: MoveName;
  /** Habits in it that a directory may have switched off. */
  needs?: readonly DirectorySwitch[];
  ask(stage: Stage): Ask;
  /** Statuses with which this client is content. */
  statuses: readonly number[];
  /** What the answer must say, by JSON pointer (RFC 6901). Statuses without a body are not looked into. */
  shows?(stage: Stage): Readonly<Record<string, Wanted>>;
  /** The media type that the client insists on. */
  type?: string;
  /** The role whose id the answer tells. */
  makes?: Role;
}

/** What each kind of move is for. */
export const moveTitles = {
  listUsers: "List users",
  findNobody: "Look for somebody who is not there",
  unknownId: "Ask for an id that nobody has",
  noToken: "Ask without a token",
  config: "Read what the server can do",
  resourceTypes: "Read the resource types",
  userType: "Read the resource type of users",
  groupType: "Read the resource type of groups",
  schemas: "Read the schemas",
  create: "Create a test user",
  createSecond: "Create a second test user",
  read: "Read the test user",
  duplicate: "Create the same user again, which must be refused",
  findByName: "Find the test user by userName",
  findByCase: "Find the test user by userName in capitals",
  findByEmail: "Find the test user by email",
  findByExternalId: "Find the test user by externalId",
  update: "Change the name of the test user",
  updateParts: "Change several attributes at once",
  addAddress: "Add a work address where there is none",
  setManager: "Make the second test user the manager",
  checkManager: "Check the manager",
  deactivate: "Deactivate the test user",
  isInactive: "Find the test user deactivated",
  reactivate: "Activate the test user again",
  listGroups: "List groups",
  findNoGroup: "Look for a group that is not there",
  createGroup: "Create a test group",
  renameGroup: "Rename the test group",
  addMembers: "Add members to the test group",
  removeMember: "Remove one member from the test group",
  readMembers: "Read the members of the test group",
  deleteGroup: "Delete the test group",
  deleteUser: "Delete the test user",
  isGone: "Look for the deleted test user",
} as const;

export type MoveName = keyof typeof moveTitles;
